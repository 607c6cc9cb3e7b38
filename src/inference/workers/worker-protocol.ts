import type { ModelSignature } from '../check-model.js';
import type { ModelOutputs } from '../model-version.js';

/** Loads a model under a number of the sender's choice; loading it twice changes nothing. */
export interface LoadRequest {
  readonly kind: 'load';
  readonly id: number;
  readonly model: number;
  /** Name of the model file in `files`; its ending tells the format. */
  readonly file: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Compute threads of one run. */
  readonly threads: number;
}

/** Runs a model once. */
export interface RunRequest {
  readonly kind: 'run';
  readonly id: number;
  readonly model: number;
  readonly input: string;
  /** At least as many values as `dims` has. */
  readonly batch: Float32Array;
  /** Shape of the input tensor, batch size first. */
  readonly dims: readonly number[];
  /** Outputs wanted. */
  readonly outputs: readonly string[];
}

export interface UnloadRequest {
  readonly kind: 'unload';
  readonly id: number;
  readonly model: number;
}

/** Asks the worker to end once everything asked before is answered. Has no answer. */
export interface CloseRequest {
  readonly kind: 'close';
}

/** What an inference worker is asked. It answers in the order of asking, each with the request's id. */
export type WorkerRequest = LoadRequest | RunRequest | UnloadRequest | CloseRequest;

export type WorkerAnswer =
  | ({ readonly kind: 'loaded'; readonly id: number } & BackendFacts)
  | { readonly kind: 'ran'; readonly id: number; readonly outputs: ModelOutputs }
  | { readonly kind: 'unloaded'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };

/** What is known of a model once an engine has loaded it. */
export interface BackendFacts {
  readonly signature: ModelSignature;
  /** In words: engines that would be faster, each with the reason why it is not used. */
  readonly fasterNotUsed: readonly string[];
}

/** An engine with a model loaded, inside an inference worker. */
export interface ModelBackend extends BackendFacts {
  run(request: Pick<RunRequest, 'input' | 'batch' | 'dims' | 'outputs'>): Promise<ModelOutputs>;
  dispose(): Promise<void>;
}
