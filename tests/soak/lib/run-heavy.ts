import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import {
  connectMqttPublisher,
  type MqttPublisher,
} from '../../../src/recordings/simulation/mqtt-publisher.js';
import { parseJson } from '../../../src/shared/text.js';
import { type LedgerAnswer, ledgerSchema } from '../../helpers/api-schemas.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { type HeavyPayload, heavyPayloads } from './heavy-payloads.js';
import { LOAD_SUBSCRIPTIONS } from './phone-load.js';
import { waitedMs } from './stall-probe.mjs';
import { metricsOf, type SupervisedGateway, startSupervisedGateway } from './supervised-gateway.js';

export interface HeavyRunOptions {
  readonly seed: number;
  readonly messages: number;
  readonly maxBytes: number;
  readonly onStep?: (step: HeavyStep) => void;
}

const stallsSchema = z.object({
  /** Longest delay of the gateway's event loop. */
  stallMs: z.number(),
  /** The longest without the time in which others of the machine had the cores. */
  busyMs: z.number(),
});
type Stalls = z.infer<typeof stallsSchema>;

/** What one message, or several at once, did to the gateway's process. */
export interface HeavyStep extends Stalls {
  readonly name: string;
  /** A start loads the program as well, and nobody has connected. */
  readonly isStart: boolean;
  readonly bytes: number;
  /** Parsing the longest payload as JSON and nothing else, in this process. */
  readonly parsingMs: number;
  readonly rssMb: number;
  readonly heapMb: number;
}

export interface HeavyReport {
  readonly steps: readonly HeavyStep[];
  /** What did not hold, in words; empty when all is well. */
  readonly broken: readonly string[];
}

const PROBE = new URL('stall-probe.mjs', import.meta.url);
const AT_ONCE = 4;
const POLL_MS = 100;
const DONE_WITHIN_MS = 180_000;
const BYTES_PER_MB = 2 ** 20;
const devicesSchema = z.object({ devices: z.array(z.object({ id: z.string() })) });

/**
 * Sends large and odd messages to a gateway process, one by one and several at once, kills it at the end and starts it
 * again, and reads the longest stall of its event loop and its memory after each. Times are told, not judged.
 */
export async function runHeavy({ seed, messages, maxBytes, onStep }: HeavyRunOptions): Promise<HeavyReport> {
  await using folder = await temporaryFolder();
  await using gateway = await startSupervisedGateway(
    join(folder.path, 'data'),
    [`mqtt.subscriptions=${JSON.stringify(LOAD_SUBSCRIPTIONS)}`, 'logLevel=error'],
    { NODE_OPTIONS: `--import=${PROBE}`, STALL_PROBE_FOLDER: folder.path },
  );
  await gateway.untilListening();
  const run = new HeavyRun(gateway, folder.path, onStep);
  const payloads = heavyPayloads({ seed, count: messages, nowMs: Date.now(), maxBytes });
  await run.started('start');
  for (const payload of payloads) await run.send(payload.kind, [payload]);
  const together = payloads.filter(({ kind }) => kind !== 'deep JSON').slice(0, AT_ONCE);
  await run.send(`${AT_ONCE} at once`, together);
  await run.restartUnder(together);
  return { steps: run.steps, broken: [...run.broken, ...gateway.crashes] };
}

class HeavyRun {
  readonly steps: HeavyStep[] = [];
  readonly broken: string[] = [];
  readonly #gateway: SupervisedGateway;
  readonly #folder: string;
  readonly #onStep: HeavyRunOptions['onStep'];
  readonly #listed = new Set<string>();
  #sent = 0;

  constructor(gateway: SupervisedGateway, folder: string, onStep: HeavyRunOptions['onStep']) {
    this.#gateway = gateway;
    this.#folder = folder;
    this.#onStep = onStep;
  }

  /** Waits until nothing is left to do after a start, and notes what the start took. */
  async started(name: string, payloads: readonly HeavyPayload[] = []): Promise<void> {
    await this.#untilDone();
    await this.#note(name, payloads, true);
  }

  /** Sends payloads at once, each from a device of its own, and notes what that did. */
  async send(name: string, payloads: readonly HeavyPayload[]): Promise<void> {
    const before = await this.#ledger();
    {
      await using publisher = await this.#connect();
      this.#publish(publisher, payloads);
      await publisher.settled(0);
    }
    const after = await this.#untilDone();
    const arrived = after.messages.received - before.messages.received;
    if (arrived !== payloads.length)
      this.#break(name, `${arrived} of ${payloads.length} messages were counted`);
    await this.#note(name, payloads);
  }

  /** Kills the gateway while messages are being worked on, and lets the next one go through them again. */
  async restartUnder(payloads: readonly HeavyPayload[]): Promise<void> {
    {
      await using publisher = await this.#connect();
      this.#publish(publisher, payloads);
      await publisher.settled(0);
      await this.#gateway.kill();
    }
    await this.#gateway.start();
    await this.#gateway.untilListening();
    // A killed gateway lists a device again once it has been checkpointed or sends: that is not another one's doing.
    this.#listed.clear();
    await this.started('restart from the journal', payloads);
  }

  #publish(publisher: MqttPublisher, payloads: readonly HeavyPayload[]): void {
    for (const { format, payload } of payloads) {
      const device = `heavy-${this.#sent++}`;
      const topic = format === 'alongside' ? `alongside/${device}/sensors` : `sensor-logger/${device}`;
      publisher.publish(0, topic, payload.toString());
    }
  }

  #connect(): Promise<MqttPublisher> {
    return connectMqttPublisher({ url: this.#gateway.process.mqtt, clientIds: undefined });
  }

  async #note(name: string, payloads: readonly HeavyPayload[], isStart = false): Promise<void> {
    const metrics = await metricsOf(this.#gateway.process);
    const reading = (metric: string): number => metrics.get(metric) ?? Number.NaN;
    const step = {
      name,
      isStart,
      bytes: payloads.reduce((sum, { payload }) => sum + payload.length, 0),
      ...(await this.#stalls()),
      parsingMs: Math.max(0, ...payloads.map(({ payload }) => parsingMs(payload))),
      rssMb: reading('process_resident_memory_bytes') / BYTES_PER_MB,
      heapMb: reading('nodejs_heap_size_used_bytes') / BYTES_PER_MB,
    };
    this.steps.push(step);
    this.#onStep?.(step);
    await this.#lookForDevices(name);
  }

  /** None that was listed may be hidden by what another one sent. */
  async #lookForDevices(name: string): Promise<void> {
    try {
      const { devices } = await this.#gateway.process.get('/v1/devices', devicesSchema);
      const listed = devices.map(({ id }) => id);
      for (const device of this.#listed)
        if (!listed.includes(device)) this.#break(name, `${device} is hidden`);
      for (const device of listed) this.#listed.add(device);
    } catch (error) {
      this.#break(name, `devices cannot be listed: ${String(error)}`);
    }
  }

  /** Resolves when two looks in a row find the same ledger with nothing pending. */
  async #untilDone(): Promise<LedgerAnswer> {
    const deadlineMs = performance.now() + DONE_WITHIN_MS;
    for (let last = await this.#ledger(); performance.now() < deadlineMs; ) {
      await sleep(POLL_MS);
      const ledger = await this.#ledger();
      if (!ledger.balanced) this.#break('ledger', 'not balanced');
      if (ledger.windows.pending === 0 && isDeepStrictEqual(ledger, last)) return ledger;
      last = ledger;
    }
    throw new Error(`the gateway is still at work after ${DONE_WITHIN_MS} ms`);
  }

  #ledger(): Promise<LedgerAnswer> {
    return this.#gateway.process.get('/v1/ledger', ledgerSchema);
  }

  /** What `stall-probe.mjs` in the gateway's process has seen since it was asked last. */
  async #stalls(): Promise<Stalls> {
    const socket = connect(join(this.#folder, `${this.#gateway.process.pid}.sock`));
    return stallsSchema.parse(JSON.parse(await text(socket)));
  }

  #break(name: string, words: string): void {
    this.broken.push(`${name}: ${words}`);
  }
}

/** The least of three. */
function parsingMs(payload: Buffer): number {
  const times = Array.from({ length: 3 }, () => {
    const beganMs = performance.now() - waitedMs();
    try {
      parseJson(payload);
    } catch {
      // That takes its time as well.
    }
    return performance.now() - waitedMs() - beganMs;
  });
  return Math.min(...times);
}
