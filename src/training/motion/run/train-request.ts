import type { DataSet } from '../data/data-set.js';
import type { Normalisation } from '../data/normalisation.js';
import type { EngineOptions, TrainingEngine } from '../network/engine.js';
import type { HyperParameters } from '../network/hyper-parameters.js';
import type { Block, NetworkSpec } from '../network/network.js';
import type { AdamState } from './adam.js';

/** Makes the engine that computes gradients. */
export type CreateEngine = (options: EngineOptions) => Promise<TrainingEngine>;

/** A network to go on from. */
interface TrainingStart {
  readonly parameters: Float32Array;
  /** Kept, or estimated from the training windows if absent. */
  readonly normalisation: Normalisation | undefined;
  /** Blocks whose weights stay as they are. */
  readonly frozen: readonly Block[];
}

export interface TrainRequest {
  readonly dataSet: DataSet;
  /** Windows to learn from. */
  readonly train: readonly number[];
  /** Windows that choose the best epoch; if there are none, the last epoch counts. */
  readonly validation: readonly number[];
  /** Windows whose score is noted after each epoch and decides nothing: a fold's test windows, for its learning curve. */
  readonly watched?: readonly number[];
  /** Heads that matter; the others only help. */
  readonly targets: readonly string[];
  readonly hyper: HyperParameters;
  readonly start?: TrainingStart;
}

export interface TrainDependencies {
  readonly createEngine: CreateEngine;
  readonly threads: number;
  /** Ends training after the step under way; what is best so far counts. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TrainProgress) => void;
  /** Where to go on from. */
  readonly resumeFrom?: RunState | undefined;
  /** Told after each epoch. */
  readonly onEpoch?: (state: RunState) => Promise<void>;
}

/** After a step. */
interface TrainProgress {
  readonly epoch: number;
  /** Steps done over steps of the whole run, 0..1. */
  readonly done: number;
  readonly loss: number;
}

export interface TrainedNetwork {
  readonly spec: NetworkSpec;
  readonly parameters: Float32Array;
  readonly normalisation: Normalisation;
  readonly history: readonly EpochRecord[];
  /** The epoch whose weights these are; 0 before the end of the first one. */
  readonly bestEpoch: number;
}

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
