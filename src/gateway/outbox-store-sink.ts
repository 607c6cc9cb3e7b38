import type { Config } from '../config/schema.js';
import type { Store } from '../domain/store.js';
import { messageOf } from '../shared/errors.js';
import { type Backlog, type OutboxSink, startOutboxSink } from '../storage/outbox/outbox-sink.js';
import type { OutboxSinkHooks } from '../storage/outbox/outbox-sink-options.js';
import { storeDeadLetters } from './dead-letters.js';
import { openOutbox } from './open-outbox.js';
import type { StoreSink, StoreSinkDependencies } from './store-sink.js';

const DAY_MS = 86_400_000;

/** Problems in force, by who has them, in the words to be told. */
type Problems = Map<'disk' | 'store', string>;

/** Starts the sink that keeps results on the disk until a store that may be away has taken them. */
export function startOutboxStoreSink(
  config: Config,
  store: Store,
  dependencies: StoreSinkDependencies,
): StoreSink {
  const { clock, events, pending } = dependencies;
  const { flushIntervalMs, maxBufferedPoints, influxdb } = config.store;
  const { maxBytes, maxAgeDays, catchUpBatchesPerSecond } = config.store.outbox;
  const outbox = openOutbox(config, clock, events);
  const problems: Problems = new Map();
  let isAnyLeft = false;
  const changed = (): void => events.outboxHolds(sink.backlog.points, sink.backlog.bytes);
  const { onRefused, ...others } = outboxHooks(dependencies, problems, changed);
  const hooks: OutboxSinkHooks = {
    ...others,
    onRefused: (refusal) => {
      isAnyLeft ||= refusal.reason === 'closed';
      onRefused(refusal);
    },
  };
  const sink: OutboxSink = startOutboxSink(
    { store, outbox, deadLetters: storeDeadLetters(config), hooks },
    {
      ...{ flushIntervalMs, maxBytes, catchUpBatchesPerSecond },
      batchPoints: influxdb.batchLines,
      maxPoints: maxBufferedPoints,
      highWaterPoints: maxBufferedPoints / 2,
      maxAgeMs: maxAgeDays * DAY_MS,
    },
  );
  pending.countElsewhere(() => sink.backlog.windows);
  return {
    accept: (results) => sink.accept(results),
    flush: () => sink.flush(),
    areKept: async () => {
      await sink.flush();
      return !isAnyLeft;
    },
    problem: () => wordsOf(problems, sink.backlog),
    note: () => describeBacklog(sink.backlog),
    keepers: [
      { name: 'outbox', forget: (device) => sink.forget(device), holds: (device) => sink.holds(device) },
    ],
    [Symbol.asyncDispose]: async () => {
      await sink.dispose();
      await outbox[Symbol.asyncDispose]();
    },
  };
}

function outboxHooks(
  { events, gate, windows, onKept }: StoreSinkDependencies,
  problems: Problems,
  changed: () => void,
): OutboxSinkHooks {
  return {
    onKept: (batch, refusedWindows) => {
      windows.kept(batch, refusedWindows);
      onKept?.(batch);
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
    onPressure: (isHigh) => gate.set('store', isHigh),
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

function wordsOf(problems: Problems, backlog: Backlog): string | undefined {
  if (problems.size === 0) return undefined;
  return [...problems.values(), describeBacklog(backlog)].filter((words) => words !== '').join('; ');
}

function describeBacklog({ points, oldestAtMs }: Backlog): string {
  if (points === 0) return '';
  const since = oldestAtMs === undefined ? '' : `, the oldest since ${new Date(oldestAtMs).toISOString()}`;
  return `${points} results wait on the disk${since}`;
}
