import { join } from 'node:path';
import type { Config } from '../config/schema.js';
import { type ModelHost, startModelHost } from '../inference/model-registry.js';
import type { ImageManifest, Manifest, SequenceManifest } from '../inference/models/manifest.js';
import { readManifest } from '../inference/models/model-folder.js';
import { type InferencePool, startInferencePool } from '../inference/workers/inference-pool.js';
import type { Closers } from '../shared/lifetime.js';
import type { Events } from '../telemetry/events.js';

/** The models in service, each kind with worker threads of its own. */
export interface Models {
  readonly sequences: ModelHost<SequenceManifest>;
  readonly images: ModelHost<ImageManifest>;
  readonly pools: readonly InferencePool[];
}

export interface ModelDependencies {
  readonly events: Pick<Events, 'inferenceWorkerLost'>;
  /** Compiled file of the inference worker; by default beside its module. */
  readonly workerUrl: URL | undefined;
}

/**
 * Loads the active models.
 *
 * @throws GatewayError `MODEL_INVALID` listing what is wrong with each model of a kind
 */
export async function openModels(
  { models: { dir: directory, active, candidates }, infer, apparel }: Config,
  { workerUrl, events }: ModelDependencies,
  closers: Closers,
): Promise<Models> {
  const kinds = await Promise.all(active.map((name) => kindOf(join(directory, name))));
  const namesOf = (kind: Manifest['kind']): string[] => active.filter((_, index) => kinds[index] === kind);
  const worker = {
    ...(workerUrl === undefined ? {} : { workerUrl }),
    onWorkerLost: events.inferenceWorkerLost,
  };
  const images = namesOf('image');
  const pool = closers.add(
    startInferencePool({ workers: infer.workers, maxBatch: infer.maxBatch, ...worker }),
  );
  const imagePool = closers.add(
    startInferencePool({
      workers: images.length === 0 ? 0 : apparel.workers,
      maxBatch: apparel.maxBatch,
      ...worker,
    }),
  );
  return {
    sequences: closers.add(
      await startModelHost({ kind: 'sequence', directory, active: namesOf('sequence'), candidates, pool }),
    ),
    images: closers.add(
      await startModelHost<ImageManifest>({ kind: 'image', directory, active: images, pool: imagePool }),
    ),
    pools: images.length === 0 ? [pool] : [pool, imagePool],
  };
}

/** A folder that cannot be read is left to its host, which says what is wrong with it. */
async function kindOf(path: string): Promise<Manifest['kind']> {
  return await readManifest(path).then(
    ({ kind }) => kind,
    () => 'sequence',
  );
}
