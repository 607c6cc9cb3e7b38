import type { Method } from './baselines/baseline.js';
import type { FoldResult } from './cross-validate.js';
import type { Protocol } from './protocols.js';
import type { RunState } from './run-state.js';

/** A fold of a measurement, by name. */
export interface FoldId {
  readonly protocol: Protocol;
  readonly method: Method;
  readonly fold: string;
}

/** Keeps what a long training has reached, so that it can go on after a stop. */
export interface Checkpoint {
  /** What an earlier run kept of the model itself. */
  readonly run: RunState | undefined;
  saveRun(state: RunState): Promise<void>;
  /** What an earlier run kept of a fold. */
  loadFold(id: FoldId): Promise<FoldResult | undefined>;
  saveFold(id: FoldId, result: FoldResult): Promise<void>;
}
