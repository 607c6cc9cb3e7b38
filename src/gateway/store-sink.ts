import type { DeviceKeeper } from '../domain/erasable.js';
import type { Sink } from '../domain/sink.js';
import type { ResultBatch } from '../domain/store.js';
import type { Clock } from '../shared/clock.js';
import type { Events } from '../telemetry/events.js';
import type { FlowGate } from './backpressure.js';
import type { PendingWindows } from './pending-windows.js';
import type { WindowAccounts } from './window-ledger.js';

export interface StoreSinkDependencies {
  readonly clock: Clock;
  readonly events: Events;
  readonly gate: FlowGate;
  readonly pending: PendingWindows;
  readonly windows: WindowAccounts;
  /** Results are safe on a disk. */
  readonly onKept?: (batch: ResultBatch) => void;
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
  readonly keepers: readonly DeviceKeeper[];
}
