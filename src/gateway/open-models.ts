import { join } from 'node:path';
import { type Observable, ReplaySubject } from 'rxjs';
import type { Config } from '../config/schema.js';
import { type ModelRegistry, startModelRegistry } from '../inference/model-registry.js';
import type { ImageManifest, Manifest, SequenceManifest } from '../inference/models/manifest.js';
import { readManifest, type StampedFolder } from '../inference/models/model-folder.js';
import {
  type InferencePool,
  type LostWorker,
  startInferencePool,
} from '../inference/workers/inference-pool.js';
import { type Closers, openTogether } from '../shared/lifetime.js';

/** Models load before there is a log: what happens until then is told later, the newest of it. */
const TOLD_LATER = 100;

/** Something about the threads of models that an operator should know. */
export type PoolEvent =
  | { readonly type: 'lost'; readonly loss: LostWorker }
  | { readonly type: 'slower'; readonly model: string; readonly reasons: readonly string[] };

/** The models in service, each kind with worker threads of its own. */
export interface Models {
  readonly sequences: ModelRegistry<SequenceManifest>;
  readonly images: ModelRegistry<ImageManifest>;
  readonly pools: readonly InferencePool[];
  readonly poolEvents$: Observable<PoolEvent>;
}

export interface OpenModelsDependencies {
  /** Compiled file of the inference worker; by default beside its module. */
  readonly workerUrl?: URL | undefined;
  /** Folders of models that were read already, by name; the others are read. */
  readonly modelFolders?: ReadonlyMap<string, StampedFolder> | undefined;
}

/**
 * Loads the active models.
 *
 * @throws GatewayError `MODEL_INVALID` listing what is wrong with each model of a kind
 */
export async function openModels(
  { models: { dir: directory, active, candidates }, infer, apparel }: Config,
  { workerUrl, modelFolders = new Map() }: OpenModelsDependencies,
  closers: Closers,
): Promise<Models> {
  const kinds = await Promise.all(
    active.map((name) => modelFolders.get(name)?.folder.manifest.kind ?? kindOf(join(directory, name))),
  );
  const namesOf = (kind: Manifest['kind']): string[] => active.filter((_, index) => kinds[index] === kind);
  const poolEvents$ = new ReplaySubject<PoolEvent>(TOLD_LATER);
  const worker = {
    ...(workerUrl === undefined ? {} : { workerUrl }),
    onWorkerLost: (loss: LostWorker) => poolEvents$.next({ type: 'lost', loss }),
    onFasterNotUsed: (model: string, reasons: readonly string[]) =>
      poolEvents$.next({ type: 'slower', model, reasons }),
  };
  const imageNames = namesOf('image');
  const pool = closers.add(
    startInferencePool({ workers: infer.workers, maxBatch: infer.maxBatch, ...worker }),
  );
  const imagePool = closers.add(
    startInferencePool({
      workers: imageNames.length === 0 ? 0 : apparel.workers,
      maxBatch: apparel.maxBatch,
      ...worker,
    }),
  );
  const [sequences, images] = await openTogether([
    closers.adding(
      startModelRegistry(
        { kind: 'sequence', directory, active: namesOf('sequence'), candidates, pool },
        modelFolders,
      ),
    ),
    closers.adding(
      startModelRegistry<ImageManifest>(
        { kind: 'image', directory, active: imageNames, pool: imagePool },
        modelFolders,
      ),
    ),
  ]);
  return { sequences, images, pools: imageNames.length === 0 ? [pool] : [pool, imagePool], poolEvents$ };
}

/** A folder that cannot be read is left to its host, which says what is wrong with it. */
async function kindOf(path: string): Promise<Manifest['kind']> {
  return await readManifest(path).then(
    ({ kind }) => kind,
    () => 'sequence',
  );
}
