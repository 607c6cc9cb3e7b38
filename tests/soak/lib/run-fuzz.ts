import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { parseDeviceId } from '../../../src/domain/ids.js';
import type { LedgerSnapshot } from '../../../src/domain/ledger.js';
import type { StoredWindow } from '../../../src/domain/store.js';
import { encodeAlongside } from '../../../src/recordings/encode-messages.js';
import { createHttpFixture, type HttpFixture } from '../../helpers/http-fixture.js';
import { createPipelineWorld, type PipelineWorld } from '../../helpers/pipeline-world.js';
import { blockAt, START_MS, timesAt } from '../../helpers/sensor-messages.js';
import { goodPayloads } from './fuzz-corpus.js';
import { type FuzzedPayload, fuzzedPayloads } from './fuzz-payloads.js';

export interface FuzzOptions {
  readonly payloads: number;
  readonly seed: number;
  /** Told after each batch how many payloads have been sent. */
  readonly onBatch?: (sent: number, seed: number) => void;
}

export interface FuzzReport {
  readonly payloads: number;
  /** What became of payloads: `<format or HTTP route> <accepted, reason or status>`, with how many. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** Windows of the device that went on sending; all of them were compared with an undisturbed run. */
  readonly windows: number;
}

/** Each batch has a gateway of its own and its own seed, so that a failure is found again without the others. */
const BATCH_PAYLOADS = 10_000;
/** The device that goes on sending is heard once in so many payloads. */
const HEALTHY_EVERY = 50;
const SECOND_MS = 1000;
const INGEST = '/v1/ingest/sensor-logger';
const NO_LIMIT = { perAddress: 1e9, perToken: 1e9 };
/** One payload in so many comes over HTTP. */
const HTTP_EVERY = 4;

/**
 * Sends nonsense through the whole data path, and over HTTP to every route that takes a body, while one device goes on
 * sending as it should. Each payload must be counted once, as accepted or by a reason; no answer may be a failure of the
 * gateway's own; the ledger must balance; and the device's windows must be those of an undisturbed run.
 *
 * @throws Error with seed and payload when something of that does not hold
 */
export async function runFuzz({ payloads, seed, onBatch }: FuzzOptions): Promise<FuzzReport> {
  const outcomes = new Map<string, number>();
  const arbitrary = fuzzedPayloads(await goodPayloads(START_MS));
  let windows = 0;
  for (let sent = 0; sent < payloads; ) {
    const count = Math.min(BATCH_PAYLOADS, payloads - sent);
    const batchSeed = seed + sent / BATCH_PAYLOADS;
    windows += await runBatch(arbitrary, count, batchSeed, (outcome) =>
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1),
    );
    sent += count;
    onBatch?.(sent, batchSeed);
  }
  return { payloads, outcomes, windows };
}

/** Resolves to the windows of the device that went on sending. */
async function runBatch(
  arbitrary: fc.Arbitrary<FuzzedPayload>,
  count: number,
  seed: number,
  tell: (outcome: string) => void,
): Promise<number> {
  await using target = await startTarget();
  let sent = 0;
  const property = fc.asyncProperty(arbitrary, async (payload) => {
    if (sent++ % HEALTHY_EVERY === 0) await target.healthySecond();
    tell(await (sent % HTTP_EVERY === 0 ? target.push(payload, sent) : target.publish(payload, sent)));
  });
  await fc.assert(property, { numRuns: count, seed, endOnFailure: false });
  return await target.compare();
}

interface Target extends AsyncDisposable {
  healthySecond(): Promise<void>;
  /** Hands a payload over as a broker would; resolves to what became of it. */
  publish(payload: FuzzedPayload, sent: number): Promise<string>;
  /** Sends it over HTTP. */
  push(payload: FuzzedPayload, sent: number): Promise<string>;
  /** Resolves to how many windows the healthy device has; throws when they are not as undisturbed. */
  compare(): Promise<number>;
}

async function startTarget(): Promise<Target> {
  const world = createPipelineWorld();
  const http = await createHttpFixture({
    requestsPerMinute: NO_LIMIT,
    logLevel: 'silent',
    ingest: (message) => world.intake.ingest({ ...message, receivedAtMs: nowMs() }),
    refuse: (reason, topic, detail) => {
      world.events.messageReceived();
      world.events.messageRejected({ reason, topic, detail });
    },
  });
  const routes = await routesWithBody(http);
  let seconds = 0;
  const nowMs = (): number => START_MS + seconds * SECOND_MS;
  return {
    healthySecond: () => healthySecond(world, seconds++),
    publish: async ({ format, payload }, sent) => {
      const before = world.ledger();
      const device = sent % 3 === 0 ? undefined : parseDeviceId(`fuzz-${sent % 5}`);
      await world.deliver({ format, topic: `fuzz/${format}`, device, payload, receivedAtMs: nowMs() });
      return `${format} ${whatBecame(before, world.ledger())}`;
    },
    push: async ({ payload }, sent) => {
      const before = world.ledger();
      // Every other one to the route that feeds the stream.
      const url = sent % 8 === 0 ? INGEST : (routes[(sent >> 3) % routes.length] ?? INGEST);
      const headers = { 'content-type': 'application/json' };
      const { statusCode, body } = await http.app.inject({ method: 'POST', url, payload, headers });
      if (statusCode >= 500 || body.includes('    at '))
        throw new Error(`${url} answered ${statusCode}: ${body}`);
      if (url === INGEST) whatBecame(before, world.ledger());
      return `${url} ${statusCode}`;
    },
    compare: () => compare(world, seconds),
    [Symbol.asyncDispose]: async () => {
      world[Symbol.dispose]();
      await http[Symbol.asyncDispose]();
    },
  };
}

/** Accepted, or by which reason refused; throws when it was not counted once, or the ledger does not balance. */
function whatBecame(before: LedgerSnapshot, { messages, ...after }: LedgerSnapshot): string {
  const accepted = messages.accepted - before.messages.accepted;
  const reasons = Object.entries(messages.rejected).filter(
    ([reason, count]) => count !== (before.messages.rejected as Record<string, number>)[reason],
  );
  const isCounted = messages.received === before.messages.received + 1 && accepted + reasons.length === 1;
  if (!(isCounted && after.balanced)) throw new Error(`counted as ${JSON.stringify({ messages, ...after })}`);
  return accepted === 1 ? 'accepted' : String(reasons[0]?.[0]);
}

async function healthySecond(world: PipelineWorld, second: number): Promise<void> {
  const fromMs = START_MS + second * SECOND_MS;
  const blocks = [blockAt('accelerometer', timesAt(50, fromMs, fromMs + SECOND_MS))];
  const device = parseDeviceId('healthy');
  const payload = Buffer.from(encodeAlongside({ session: 'a', sequence: second, blocks }));
  await world.deliver({
    format: 'alongside',
    topic: 'alongside/healthy/sensors',
    device,
    payload,
    receivedAtMs: fromMs + SECOND_MS,
  });
  await world.time.advance(SECOND_MS);
}

async function compare(world: PipelineWorld, seconds: number): Promise<number> {
  using undisturbed = createPipelineWorld();
  for (let second = 0; second < seconds; second++) await healthySecond(undisturbed, second);
  await undisturbed.time.advance(SECOND_MS);
  await world.time.advance(SECOND_MS);
  const windows = healthyWindows(world);
  const isSame = windows.length > 0 && isDeepStrictEqual(windows, healthyWindows(undisturbed));
  if (!isSame) throw new Error(`a device that sent as it should has other windows: ${windows.length}`);
  return windows.length;
}

function healthyWindows({ windows }: PipelineWorld): StoredWindow[] {
  return windows.filter(({ device }) => device === 'healthy');
}

/** Every route that takes a body by POST and has no part of its path to fill in. */
async function routesWithBody({ app }: HttpFixture): Promise<string[]> {
  const answer = await app.inject({ method: 'GET', url: '/openapi.json' });
  const { paths }: { paths: Record<string, { post?: unknown }> } = answer.json();
  return Object.entries(paths)
    .filter(([path, { post }]) => post !== undefined && !path.includes('{'))
    .map(([path]) => path);
}
