import type { AdamState } from './adam.js';

export interface EpochRecord {
  readonly epoch: number;
  /** Mean over the steps. */
  readonly loss: number;
  /** Mean balanced accuracy of the targets on the validation windows; `null` without any. */
  readonly validation: number | null;
  /** The same on the watched windows; `null` without any. */
  readonly watched: number | null;
}

/** Everything a training run knows after an epoch; going on from it gives what would have come without a stop. */
export interface RunState {
  /** Complete epochs. */
  readonly epoch: number;
  readonly steps: number;
  readonly parameters: Float32Array;
  /** Running mean of the parameters, or the same. */
  readonly used: Float32Array;
  readonly optimiser: AdamState;
  /** Where the stream of random numbers for batches is. */
  readonly random: readonly number[];
  readonly history: readonly EpochRecord[];
  readonly best:
    | { readonly epoch: number; readonly score: number; readonly parameters: Float32Array }
    | undefined;
}
