import type { Config } from '../config/schema.js';
import type { ResultBatch, Store } from '../domain/store.js';
import { messageOf } from '../errors.js';
import type { Events } from '../events.js';
import { type BufferedSink, startBufferedSink } from '../sinks/buffered-sink.js';
import type { BufferedSinkHooks } from '../sinks/buffered-sink-options.js';
import type { FlowGate } from './flow-gate.js';

export interface StoreSinkDependencies {
  readonly events: Events;
  readonly gate: FlowGate;
  /** The batch was written, but for so many of its windows. */
  readonly onStored: (batch: ResultBatch, refusedWindows: number) => void;
  /** The batch will never be written. */
  readonly onLost: (batch: ResultBatch) => void;
}

export interface StoreSink {
  readonly sink: BufferedSink;
  /** What the store said when it last failed; `undefined` while it works. */
  problem(): string | undefined;
}

/** Starts the sink that writes results to the store, as configured, and reports what it does. */
export function startStoreSink(config: Config, store: Store, dependencies: StoreSinkDependencies): StoreSink {
  const { events, gate, onStored, onLost } = dependencies;
  const { flushIntervalMs, maxBufferedPoints, influxdb } = config.store;
  let problem: string | undefined;
  const hooks: BufferedSinkHooks = {
    onStored: (batch, { report, writeMs }) => {
      events.storeWritten(writeMs);
      onStored(batch, report.refusedWindows);
    },
    onRefused: ({ reason, points, batch, detail }) => {
      events.storeRefused(points, detail);
      // What is not written when the gateway stops is still in the journal.
      if (reason !== 'store-refused' && reason !== 'closed') onLost(batch);
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
  return { sink, problem: () => problem };
}
