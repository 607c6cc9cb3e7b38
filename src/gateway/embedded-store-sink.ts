import type { Config } from '../config/schema.js';
import type { Store } from '../domain/store.js';
import { messageOf } from '../shared/errors.js';
import { startBufferedSink } from '../storage/buffered-sink.js';
import type { BufferedSinkHooks } from '../storage/buffered-sink-options.js';
import { leftOutboxKeeper } from './erasure/erasables.js';
import type { StoreSink, StoreSinkDependencies } from './store-sink.js';

/** Starts the sink that writes results to a store that is on the disk itself. */
export function startEmbeddedStoreSink(
  config: Config,
  store: Store,
  { clock, events, gate, windows, onKept }: StoreSinkDependencies,
): StoreSink {
  const { flushIntervalMs, maxBufferedPoints, influxdb } = config.store;
  let problem: string | undefined;
  let isAnyLeft = false;
  const hooks: BufferedSinkHooks = {
    onStored: (batch, { report, writeMs }) => {
      events.storeWritten(writeMs);
      windows.stored(batch, report.refusedWindows);
      onKept?.(batch);
    },
    onRefused: ({ reason, points, batch, detail }) => {
      events.storeRefused(points, detail);
      isAnyLeft ||= reason === 'closed';
      // What is not written when the gateway stops is still in the journal.
      if (reason !== 'store-refused' && reason !== 'closed') windows.lost(batch);
    },
    onPressure: (isHigh) => gate.set('store', isHigh),
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
      flushIntervalMs,
      batchPoints: influxdb.batchLines,
      maxPoints: maxBufferedPoints,
      highWaterPoints: maxBufferedPoints / 2,
    },
  );
  return {
    accept: (results) => sink.accept(results),
    flush: () => sink.flush(),
    areKept: async () => {
      await sink.flush();
      return !isAnyLeft;
    },
    problem: () => problem,
    note: () => '',
    keepers: [leftOutboxKeeper(config, clock)],
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
  };
}
