import type { DataSet } from './data-set.js';
import type { EngineOptions, TrainingEngine } from './engine.js';
import type { HyperParameters } from './hyper-parameters.js';
import type { Block, NetworkSpec } from './network.js';
import type { Normalisation } from './normalisation.js';
import type { EpochRecord, RunState } from './run-state.js';

/** Makes the engine that computes gradients. */
export type CreateEngine = (options: EngineOptions) => Promise<TrainingEngine>;

/** A network to go on from. */
export interface TrainingStart {
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
export interface TrainProgress {
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
