import type { SequenceManifest } from '../models/manifest.js';
import type { Classifier } from './classifier.js';

/** The right to use one version of a model. It stays loaded until every lease on it was disposed of; doing so twice is once. */
export interface ModelLease extends Disposable {
  readonly classifier: Classifier<SequenceManifest>;
  /** True once another version has taken its place: new windows belong to that one. */
  readonly isRetired: boolean;
}

/** Where the operator gets models from. */
export interface ModelSource {
  /** The version of a model that is in use now; `undefined` if there is no model of that name. */
  lease(model: string): ModelLease | undefined;
}
