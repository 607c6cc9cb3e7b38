import { setTimeout as sleep } from 'node:timers/promises';
import type { Subscription } from '../../../src/ingest/topics.js';
import { createPhones } from '../../../src/recordings/simulation/create-phones.js';
import {
  connectMqttPublisher,
  type MqttPublisher,
} from '../../../src/recordings/simulation/mqtt-publisher.js';
import type { SimulatedPhone } from '../../../src/recordings/simulation/phone.js';

/** Messages a phone makes a second of its own time are one; periods follow one another in real time. */
const PERIOD_MS = 1000;

/** What the gateway has to listen to besides its built-in topics and its defaults. */
export const LOAD_SUBSCRIPTIONS: readonly Subscription[] = [
  { topic: 'sensor-logger/+', format: 'sensor-logger' },
  { topic: 'phyphox/+', format: 'phyphox' },
];

/**
 * Phones whose windows do not depend on when their messages arrive: in order and out of order, numbered and not, said
 * once and twice, of both platforms, with holes. A clock since boot is not among them: it is mapped by times of arrival.
 *
 * @param count phones of each kind
 * @param where before the name of each
 */
export function loadPhones(seed: number, startMs: number, count = 1, where = ''): SimulatedPhone[] {
  const common = { seed, startMs, phones: count, rateHz: 50 };
  return [
    ...createPhones({ ...common, format: 'sensor-logger', namePrefix: `${where}android-` }),
    ...createPhones({
      ...common,
      format: 'sensor-logger',
      namePrefix: `${where}iphone-`,
      platform: 'ios',
      // With gravity in it, so that the gateway finds out what it is.
      sensors: ['linear-acceleration', 'accelerometer', 'gyroscope', 'magnetometer'],
    }),
    ...createPhones({ ...common, format: 'alongside', namePrefix: `${where}own-` }),
    ...createPhones({ ...common, format: 'phyphox', namePrefix: `${where}phyphox-` }),
    ...createPhones({
      ...common,
      format: 'sensor-logger',
      namePrefix: `${where}twice-`,
      faultsOf: () => ({ repeatsMessages: true }),
    }),
    ...createPhones({
      ...common,
      format: 'alongside',
      namePrefix: `${where}reversed-`,
      faultsOf: () => ({ reversesMessages: 3 }),
    }),
    ...createPhones({
      ...common,
      format: 'sensor-logger',
      namePrefix: `${where}holes-`,
      faultsOf: () => ({ dropsOut: { sends: 9, silent: 1 } }),
    }),
  ];
}

/** Phones that are sending. */
export interface PhoneLoad extends AsyncDisposable {
  readonly phones: readonly SimulatedPhone[];
  /** Message periods whose messages were handed over so far; the same for every phone once it has stopped. */
  readonly periods: number;
  readonly messages: number;
  /** Messages the broker has not acknowledged. */
  readonly pending: number;
  /** Ends with the period under way, and resolves when the broker has acknowledged everything. */
  stop(): Promise<void>;
}

/** Lets phones send as they would: at the end of each period, over connections that come back. */
export async function startPhoneLoad(url: string, phones: readonly SimulatedPhone[]): Promise<PhoneLoad> {
  const publisher = await connectMqttPublisher({ url, clientIds: phones.map(({ device }) => device) });
  return new RunningLoad(phones, publisher);
}

class RunningLoad implements PhoneLoad {
  readonly phones: readonly SimulatedPhone[];
  periods = 0;
  messages = 0;
  readonly #publisher: MqttPublisher;
  readonly #running: Promise<void>;
  #isStopping = false;

  constructor(phones: readonly SimulatedPhone[], publisher: MqttPublisher) {
    this.phones = phones;
    this.#publisher = publisher;
    this.#running = this.#run();
  }

  get pending(): number {
    return this.#publisher.pending;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
    await this.#publisher.settled(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    await this.#running;
    await this.#publisher[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    const beganMs = performance.now();
    const slotMs = PERIOD_MS / this.phones.length;
    while (!this.#isStopping) {
      for (const [index, phone] of this.phones.entries()) {
        await sleep(beganMs + this.periods * PERIOD_MS + index * slotMs - performance.now());
        for (const { topic, payload } of phone.sentIn(this.periods).publishes) {
          this.#publisher.publish(index, topic, payload);
          this.messages += 1;
        }
      }
      this.periods += 1;
    }
  }
}
