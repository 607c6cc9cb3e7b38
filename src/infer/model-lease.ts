import type { Manifest, SequenceManifest } from '../inference/models/manifest.js';
import type { Classifier } from './classifier.js';

/** The right to use one version of a model. It stays loaded until every lease on it was disposed of; doing so twice is once. */
export interface ModelLease<M extends Manifest = SequenceManifest> extends Disposable {
  readonly classifier: Classifier<M>;
  /** True once another version has taken its place: new windows belong to that one. */
  readonly isRetired: boolean;
}

/** Where whoever runs models gets them from. */
export interface ModelSource<M extends Manifest = SequenceManifest> {
  /** The version of a model that is in use now; `undefined` if there is no model of that name. */
  lease(model: string): ModelLease<M> | undefined;
}
