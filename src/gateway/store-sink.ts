import type { Config } from '../config/schema.js';
import type { Erasable } from '../domain/erasable.js';
import type { Sink, Store } from '../domain/store.js';
import type { Clock } from '../shared/clock.js';
import { messageOf } from '../shared/errors.js';
import { startBufferedSink } from '../storage/buffered-sink.js';
import type { BufferedSinkHooks } from '../storage/buffered-sink-options.js';
import { type OutboxBacklog, type OutboxSink, startOutboxSink } from '../storage/outbox/outbox-sink.js';
import type { OutboxSinkHooks } from '../storage/outbox/outbox-sink-options.js';
import type { Events } from '../telemetry/events.js';
import type { Backpressure } from './backpressure.js';
import { erasableLeftOutbox } from './erasure/erasables.js';
import { flushIntervalOf } from './latency.js';
import { openOutbox } from './open-outbox.js';
import { storeDeadLetters } from './retention.js';
import type { WindowLedger } from './window-ledger.js';

interface StoreSinkDependencies {
  readonly clock: Clock;
  readonly events: Events;
  readonly backpressure: Backpressure;
  readonly windows: WindowLedger;
}

/** The way of results to the store. What is flushed is safe on a disk. */
export interface StoreSink extends Sink {
  /** Resolves to whether everything accepted before the call is on a disk: what was left when the sink closed is not. */
  areKept(): Promise<boolean>;
  /** What keeps results from being kept or stored; `undefined` while all is well. */
  problem(): string | undefined;
  /** What else there is to say of it, for people; empty when there is nothing. */
  note(): string;
  /** What it keeps of devices on a disk. */
  readonly erasables: readonly Erasable[];
}

/** A sink whose results are safe only once the store has them. */
export interface DirectStoreSink extends StoreSink {
  /** Windows that wait to be written or are being written. */
  waitingWindows(): number;
}

/** Starts the sink that writes results straight to a store: one on the disk itself, or one that is waited for. */
export function startDirectStoreSink(
  config: Config,
  store: Pick<Store, 'write'>,
  { clock, events, backpressure, windows }: StoreSinkDependencies,
): DirectStoreSink {
  const { maxBufferedPoints, influxdb } = config.store;
  let problem: string | undefined;
  const hooks: BufferedSinkHooks = {
    onStored: (batch, { report, writeMs }) => {
      events.storeWritten(writeMs);
      windows.stored(batch, report.refusedWindows);
    },
    onRefused: ({ reason, points, batch, detail }) => {
      events.storeRefused(points, detail);
      // What is not written when the gateway stops is still in the journal.
      if (reason !== 'store-refused' && reason !== 'closed') windows.lost(batch);
    },
    onPressure: (isHigh) => backpressure.set('store', isHigh),
    onUnavailable: (error) => {
      problem = messageOf(error);
      events.storeFailed(0, error);
    },
    onRecovered: () => {
      problem = undefined;
      events.storeRecovered();
    },
  };
  const sink = startBufferedSink(
    { store, hooks },
    {
      flushIntervalMs: flushIntervalOf(config),
      batchPoints: influxdb.batchLines,
      maxPoints: maxBufferedPoints,
      highWaterPoints: maxBufferedPoints / 2,
    },
  );
  return {
    accept: (results) => sink.accept(results),
    flush: () => sink.flush(),
    areKept: () => sink.areKept(),
    problem: () => problem,
    note: () => '',
    waitingWindows: () => sink.pending.windows,
    erasables: [erasableLeftOutbox(config, clock)],
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
  };
}

const DAY_MS = 86_400_000;
/** A store that takes longer gets results by way of the disk, milliseconds. */
const PASS_WITHIN_MS = 250;

/** Problems in force, by who has them, in the words to be told. */
type Problems = Map<'disk' | 'store', string>;

/** Starts the sink that keeps results on the disk until a store that may be away has taken them. */
function startOutboxStoreSink(
  config: Config,
  store: Pick<Store, 'write'>,
  dependencies: StoreSinkDependencies,
): StoreSink {
  const { clock, events, windows } = dependencies;
  const { maxBufferedPoints, influxdb } = config.store;
  const { maxBytes, maxAgeDays, catchUpBatchesPerSecond } = config.store.outbox;
  const outbox = openOutbox(config, clock, events);
  const problems: Problems = new Map();
  const changed = (): void => {
    const { points, bytes } = sink.backlog;
    events.outboxHolds(points, bytes);
  };
  const sink: OutboxSink = startOutboxSink(
    {
      store,
      outbox,
      deadLetters: storeDeadLetters(config),
      hooks: outboxHooks(dependencies, problems, changed),
    },
    {
      flushIntervalMs: flushIntervalOf(config),
      maxBytes,
      catchUpBatchesPerSecond,
      batchPoints: influxdb.batchLines,
      maxPoints: maxBufferedPoints,
      highWaterPoints: maxBufferedPoints / 2,
      maxAgeMs: maxAgeDays * DAY_MS,
      passWithinMs: PASS_WITHIN_MS,
    },
  );
  windows.countElsewhere(() => sink.backlog.windows);
  return {
    accept: (results) => sink.accept(results),
    flush: () => sink.flush(),
    areKept: () => sink.areKept(),
    problem: () => wordsOf(problems, sink.backlog),
    note: () => describeBacklog(sink.backlog),
    erasables: [
      { name: 'outbox', forget: (device) => sink.forget(device), holds: (device) => sink.holds(device) },
    ],
    [Symbol.asyncDispose]: async () => {
      await sink.dispose();
      await outbox[Symbol.asyncDispose]();
    },
  };
}

function outboxHooks(
  { events, backpressure, windows }: StoreSinkDependencies,
  problems: Problems,
  changed: () => void,
): OutboxSinkHooks {
  return {
    onKept: (batch, refusedWindows) => {
      windows.kept(batch, refusedWindows);
      changed();
    },
    onStored: (batch, { report, writeMs }) => {
      events.storeWritten(writeMs);
      windows.delivered(batch, report.refusedWindows);
      changed();
    },
    onRefused: ({ reason, points, batch, detail }) => {
      events.storeRefused(points, detail);
      if (reason === 'write-failed') windows.delivered(batch, batch.windows.length);
      if (reason === 'buffer-full') windows.lost(batch);
    },
    onExpired: ({ reason, points, windows: gone }) => {
      events.outboxExpired(reason, points);
      windows.gone(gone, 'outbox-expired');
      changed();
    },
    onForgotten: (gone) => windows.gone(gone, 'forgotten'),
    onRestored: (restored) => {
      windows.restored(restored);
      events.outboxRestored(restored);
      changed();
    },
    onDeadLetters: (written, deleted) => {
      events.deadLettersWritten(written);
      if (deleted > 0) events.deadLettersDeleted(deleted);
    },
    onPressure: (isHigh) => backpressure.set('store', isHigh),
    onUnavailable: (error) => {
      problems.set('store', messageOf(error));
      events.storeFailed(0, error);
    },
    onRecovered: () => {
      problems.delete('store');
      events.storeRecovered();
    },
    onDiskUnavailable: (error) => {
      problems.set('disk', messageOf(error));
      events.outboxFailed(error);
    },
    onDiskRecovered: () => {
      problems.delete('disk');
      events.outboxRecovered();
    },
  };
}

function wordsOf(problems: Problems, backlog: OutboxBacklog): string | undefined {
  if (problems.size === 0) return undefined;
  return [...problems.values(), describeBacklog(backlog)].filter((words) => words !== '').join('; ');
}

function describeBacklog({ points, oldestAtMs }: OutboxBacklog): string {
  if (points === 0) return '';
  const since = oldestAtMs === undefined ? '' : `, the oldest since ${new Date(oldestAtMs).toISOString()}`;
  return `${points} results wait on the disk${since}`;
}

/** Starts the sink that writes results to the store, as configured, and reports what it does. */
export function startStoreSink(
  config: Config,
  store: Pick<Store, 'write'>,
  dependencies: StoreSinkDependencies,
): StoreSink {
  const start = config.store.type === 'embedded' ? startDirectStoreSink : startOutboxStoreSink;
  return start(config, store, dependencies);
}
