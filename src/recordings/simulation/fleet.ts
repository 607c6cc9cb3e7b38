import { setTimeout as sleep } from 'node:timers/promises';
import type { DeviceId } from '../../domain/ids.js';
import type { Clock } from '../../shared/clock.js';
import { GatewayError } from '../../shared/errors.js';
import { createPhones, type PhonesOptions } from './create-phones.js';
import { TRUTH_TARGETS, type TruthInterval, type TruthTarget } from './day-plan.js';
import { connectMqttPublisher, type MqttPublisher } from './mqtt-publisher.js';
import type { SimulatedPhone } from './phone.js';

export interface FleetOptions extends Omit<PhonesOptions, 'startMs'> {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** Time simulated, seconds; `undefined`: until disposed of. */
  readonly seconds?: number;
  /** Whether the wearers say what is true, on `alongside/<device>/labels`. */
  readonly labels?: boolean;
  /**
   * `real-time` sends a message when a phone would, `max` as fast as the broker acknowledges; `catch-up` does the second
   * until simulated time is now, then the first.
   */
  readonly pace: 'real-time' | 'max' | 'catch-up';
  /** One connection for all phones, or one each with the device's name as its client id. */
  readonly connections: 'shared' | 'each';
  /**
   * Simulated time at which the phones are switched on, epoch milliseconds. Defaults to now; with pace `max`, to so long
   * ago that nothing comes from the future.
   */
  readonly startMs?: number;
  readonly clock: Clock;
}

export interface FleetCounts {
  readonly phones: number;
  /** Handed to the broker. */
  readonly messages: number;
  readonly samples: number;
  readonly acknowledged: number;
  readonly failed: number;
  /** Wall-clock time so far, seconds. */
  readonly seconds: number;
  /** The most that the fleet has been behind its own schedule, milliseconds; 0 unless the pace is `real-time`. */
  readonly largestLagMs: number;
}

/** Simulated phones that are sending; disposing of it stops them. */
export interface Fleet extends AsyncDisposable {
  readonly devices: readonly DeviceId[];
  /** Simulated time at which the phones were switched on, epoch milliseconds. */
  readonly startMs: number;
  /** Resolves when everything is sent and acknowledged, or the fleet is disposed of. */
  readonly finished: Promise<FleetCounts>;
  counts(): FleetCounts;
  /** Ascending, without gaps. @throws GatewayError `NOT_FOUND` for a device that is not of the fleet */
  truth(device: DeviceId, target: TruthTarget, fromMs: number, toMs: number): TruthInterval[];
  truthAt(device: DeviceId, target: TruthTarget, timeMs: number): boolean;
}

/** Messages the broker may be behind before the fleet waits for it. */
const MOST_PENDING = 1000;
const DEFAULT_MESSAGE_MS = 1000;

/**
 * Connects simulated phones to a broker and lets them send.
 *
 * @throws GatewayError `SOURCE_FAILED` when the broker cannot be reached, `USAGE` when the options do not go together
 */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { seconds, pace, clock } = options;
  if (pace === 'max' && seconds === undefined) {
    throw new GatewayError('USAGE', 'sending as fast as possible needs a number of seconds to simulate');
  }
  const begunMs = clock.nowMs();
  const messageMs = options.messageMs ?? DEFAULT_MESSAGE_MS;
  const aheadMs = pace === 'max' ? (seconds ?? 0) * 1000 + messageMs : 0;
  const startMs = options.startMs ?? begunMs - aheadMs;
  const phones = createPhones({ ...options, startMs });
  const publisher = await connectMqttPublisher({
    ...options,
    clientIds: options.connections === 'each' ? phones.map(({ device }) => device) : undefined,
  });
  const periods = seconds === undefined ? Number.POSITIVE_INFINITY : Math.floor((seconds * 1000) / messageMs);
  const isLabelled = options.labels ?? false;
  return new RunningFleet(phones, publisher, { periods, startMs, messageMs, pace, isLabelled, clock });
}

interface Schedule {
  readonly periods: number;
  readonly startMs: number;
  readonly messageMs: number;
  readonly pace: FleetOptions['pace'];
  readonly isLabelled: boolean;
  readonly clock: Clock;
}

class RunningFleet implements Fleet {
  readonly devices: readonly DeviceId[];
  readonly startMs: number;
  readonly finished: Promise<FleetCounts>;
  readonly #phones: ReadonlyMap<DeviceId, SimulatedPhone>;
  readonly #publisher: MqttPublisher;
  readonly #schedule: Schedule;
  readonly #begunMs: number;
  readonly #stop = new AbortController();
  #messages = 0;
  #samples = 0;
  #largestLagMs = 0;

  constructor(phones: readonly SimulatedPhone[], publisher: MqttPublisher, schedule: Schedule) {
    this.devices = phones.map(({ device }) => device);
    this.startMs = schedule.startMs;
    this.#phones = new Map(phones.map((phone) => [phone.device, phone]));
    this.#publisher = publisher;
    this.#schedule = schedule;
    this.#begunMs = schedule.clock.nowMs();
    this.finished = this.#run(phones);
  }

  counts(): FleetCounts {
    return {
      phones: this.devices.length,
      messages: this.#messages,
      samples: this.#samples,
      acknowledged: this.#publisher.acknowledged,
      failed: this.#publisher.failed,
      seconds: (this.#schedule.clock.nowMs() - this.#begunMs) / 1000,
      largestLagMs: this.#largestLagMs,
    };
  }

  truth(device: DeviceId, target: TruthTarget, fromMs: number, toMs: number): TruthInterval[] {
    return this.#phone(device).truth(target, fromMs, toMs);
  }

  truthAt(device: DeviceId, target: TruthTarget, timeMs: number): boolean {
    return this.#phone(device).truthAt(target, timeMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#publisher[Symbol.asyncDispose]();
    await this.finished;
  }

  #phone(device: DeviceId): SimulatedPhone {
    const phone = this.#phones.get(device);
    if (phone === undefined)
      throw new GatewayError('NOT_FOUND', `${device} is no simulated phone of this fleet`);
    return phone;
  }

  async #run(phones: readonly SimulatedPhone[]): Promise<FleetCounts> {
    const inOrder = phones
      .map((phone, connection) => ({ phone, connection, dueMs: phone.dueMs(0) }))
      .sort((a, b) => a.dueMs - b.dueMs);
    for (let period = 0; period < this.#schedule.periods; period++) {
      for (const { phone, connection } of inOrder) {
        await this.#waitUntil(phone.dueMs(period));
        await this.#publisher.settled(MOST_PENDING);
        if (this.#stop.signal.aborted) return this.counts();
        this.#sendLabels(phone, connection, period);
        const { publishes, samples } = phone.sentIn(period);
        for (const { topic, payload } of publishes) this.#publisher.publish(connection, topic, payload);
        this.#messages += publishes.length;
        this.#samples += samples;
      }
    }
    await this.#publisher.settled(0);
    return this.counts();
  }

  #sendLabels(phone: SimulatedPhone, connection: number, period: number): void {
    const { isLabelled, startMs, messageMs } = this.#schedule;
    if (!isLabelled) return;
    const fromMs = startMs + period * messageMs;
    for (const payload of truthLabels(phone, fromMs, fromMs + messageMs, period === 0)) {
      this.#publisher.publish(connection, `alongside/${phone.device}/labels`, payload);
      this.#messages += 1;
    }
  }

  async #waitUntil(dueMs: number): Promise<void> {
    const { pace, clock, startMs } = this.#schedule;
    if (pace === 'max') return;
    const beginMs = pace === 'catch-up' ? startMs : this.#begunMs;
    const waitMs = dueMs - startMs - (clock.nowMs() - beginMs);
    if (pace === 'real-time') this.#largestLagMs = Math.max(this.#largestLagMs, -waitMs);
    if (waitMs > 0) await sleep(waitMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}

/**
 * What a wearer who knows the truth would press during `[fromMs, toMs)`, as payloads for `alongside/<device>/labels`: one
 * whenever a target changes.
 *
 * @param isFirst whether nothing was said before `fromMs`
 */
export function truthLabels(
  phone: Pick<SimulatedPhone, 'truth' | 'truthAt'>,
  fromMs: number,
  toMs: number,
  isFirst: boolean,
): string[] {
  const changesMs = TRUTH_TARGETS.flatMap((target) =>
    phone
      .truth(target, fromMs - 1, toMs)
      .flatMap((interval, index) => (index === 0 ? [] : [interval.fromMs])),
  );
  const timesMs = new Set([...(isFirst ? [fromMs] : []), ...changesMs.sort((a, b) => a - b)]);
  return Array.from(timesMs, (atMs) => {
    const said = TRUTH_TARGETS.map((target) => [target, phone.truthAt(target, atMs)]);
    return JSON.stringify({ atMs, ...Object.fromEntries(said) });
  });
}
