import { join, resolve, sep } from 'node:path';
import type { Config } from '../config/schema.js';
import { readSecret } from '../config/secret-files.js';
import type { Journal } from '../domain/journal.js';
import type { Store } from '../domain/store.js';
import { type ModelRegistry, startModelRegistry } from '../inference/model-registry.js';
import {
  type ImageManifest,
  isSimulated,
  type Manifest,
  type SequenceManifest,
  targetsWithoutFilter,
} from '../inference/models/manifest.js';
import { readManifest, type StampedFolder } from '../inference/models/model-folder.js';
import { type InferencePool, startInferencePool } from '../inference/workers/inference-pool.js';
import type { Recorder } from '../recordings/recorder.js';
import type { Clock } from '../shared/clock.js';
import { Closers, openTogether } from '../shared/lifetime.js';
import { lockFolder } from '../shared/lock.js';
import { openLmdbStore } from '../storage/embedded/lmdb-store.js';
import type { InfluxAddress } from '../storage/influx/influx-client.js';
import { openLmdbJournal } from '../storage/journal/lmdb-journal.js';
import type { Events } from '../telemetry/events.js';
import type { Placements } from './placements.js';
import { openRecorder } from './recording.js';

/** Starting must not take longer for what has gathered in a store; what it was not seen in counts as sound. */
const CHECK_WITHIN_MS = 10_000;

/** Where the embedded store lies. */
export function embeddedFolder({ dataDir, store }: Pick<Config, 'dataDir' | 'store'>): string {
  return store.path ?? join(dataDir, 'store');
}

/**
 * Opens the store that the configuration names. An embedded one that is damaged is renamed to `<folder>.damaged-<time>`,
 * and a new one begun.
 */
export async function openStore(
  config: Config,
  clock: Clock,
  events?: Pick<Events, 'storeSetAside' | 'storeSetUpNeeded'>,
): Promise<Store> {
  const { type, influxdb } = config.store;
  if (type === 'embedded') {
    const path = embeddedFolder(config);
    const onSetAside = (aside: string, detail: string): void => events?.storeSetAside(aside, detail);
    return await openLmdbStore({ path, check: { clock, onSetAside, limitMs: CHECK_WITHIN_MS } });
  }
  const { createInfluxStore } = await import('../storage/influx/influx-store.js');
  return createInfluxStore({
    ...(await influxLogin(config)),
    batchLines: influxdb.batchLines,
    onSetUpNeeded: (words) => events?.storeSetUpNeeded(words),
  });
}

/** Where InfluxDB is, and as whom it is used. */
export async function influxLogin({ store }: Config): Promise<Omit<InfluxAddress, 'requestTimeoutMs'>> {
  const { url, database, username, token, organization } = store.influxdb;
  const password = await readSecret('store.influxdb', store.influxdb);
  return {
    url,
    database,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
    ...(organization === undefined ? {} : { organization }),
  };
}

/** What lies on disks, in threads and behind networks. */
export interface Resources {
  readonly store: Store;
  readonly models: Models;
  readonly journal: Journal;
  readonly recorder: Recorder;
}

export interface ResourceDependencies {
  readonly clock: Clock;
  readonly events: Events;
  /** Compiled file of the inference worker; by default beside its module. */
  readonly workerUrl: URL | undefined;
  /** Folders of models that were read already, by name. */
  readonly modelFolders: ReadonlyMap<string, StampedFolder> | undefined;
  readonly placements: Pick<Placements, 'of'>;
}

/**
 * Locks the folders that one process at a time may write to: the data folder, and the store's where it lies elsewhere.
 *
 * @throws GatewayError `FOLDER_IN_USE` naming the process that has one of them
 */
export async function lockData(config: Config): Promise<AsyncDisposable> {
  const locks = new Closers();
  try {
    locks.add(await lockFolder(config.dataDir));
    if (config.store.type === 'embedded' && isOutside(embeddedFolder(config), config.dataDir)) {
      locks.add(await lockFolder(embeddedFolder(config)));
    }
    return locks;
  } catch (error) {
    await locks[Symbol.asyncDispose]();
    throw error;
  }
}

function isOutside(folder: string, other: string): boolean {
  return !`${resolve(folder)}${sep}`.startsWith(`${resolve(other)}${sep}`);
}

export async function openResources(
  config: Config,
  { clock, events, workerUrl, modelFolders, placements }: ResourceDependencies,
  closers: Closers,
): Promise<Resources> {
  const path = join(config.dataDir, 'journal');
  const [models, store, journal, recorder] = await openTogether([
    openModels(config, { workerUrl, modelFolders, events }, closers),
    closers.adding(openStore(config, clock, events)),
    closers.adding(openLmdbJournal({ path, clock, onDamaged: events.journalDamaged })),
    closers.adding(openRecorder(config, { clock, events, placements })),
  ]);
  return { store, models, journal, recorder };
}

/**
 * Says which versions of models are in use, why a new one is not, which know simulated people only, and which have no
 * filter for their statuses.
 *
 * @param arePhonesSimulated then there is nothing to warn of
 */
export function reportModels<M extends Manifest>(
  models: ModelRegistry<M>,
  events: Pick<Events, 'modelActivated' | 'modelRefused' | 'modelIsSimulated' | 'modelLacksFilter'>,
  arePhonesSimulated = false,
): AsyncDisposable {
  const activated = (manifest: M): void => {
    events.modelActivated(manifest.name, manifest.version);
    if (isSimulated(manifest) && !arePhonesSimulated) events.modelIsSimulated(manifest.name);
    const smoothed = targetsWithoutFilter(manifest);
    if (smoothed.length > 0) events.modelLacksFilter(manifest.name, smoothed);
  };
  for (const manifest of models.manifests) activated(manifest);
  const subscription = models.events$.subscribe((event) => {
    if (event.type === 'refused') events.modelRefused(event.model, event.error);
    else activated(event.current);
  });
  return {
    [Symbol.asyncDispose]: () => {
      subscription.unsubscribe();
      return Promise.resolve();
    },
  };
}

/** The models in service, each kind with worker threads of its own. */
export interface Models {
  readonly sequences: ModelRegistry<SequenceManifest>;
  readonly images: ModelRegistry<ImageManifest>;
  readonly pools: readonly InferencePool[];
}

export interface OpenModelsDependencies {
  readonly events: Pick<Events, 'inferenceWorkerLost' | 'fasterEngineNotUsed'>;
  /** Compiled file of the inference worker; by default beside its module. */
  readonly workerUrl: URL | undefined;
  /** Folders of models that were read already, by name. */
  readonly modelFolders?: ReadonlyMap<string, StampedFolder> | undefined;
}

/**
 * Loads the active models.
 *
 * @throws GatewayError `MODEL_INVALID` listing what is wrong with each model of a kind
 */
export async function openModels(
  { models: { dir: directory, active, candidates }, infer, apparel }: Config,
  { workerUrl, modelFolders = new Map(), events }: OpenModelsDependencies,
  closers: Closers,
): Promise<Models> {
  const kinds = await Promise.all(
    active.map((name) => modelFolders.get(name)?.folder.manifest.kind ?? kindOf(join(directory, name))),
  );
  const namesOf = (kind: Manifest['kind']): string[] => active.filter((_, index) => kinds[index] === kind);
  const worker = {
    ...(workerUrl === undefined ? {} : { workerUrl }),
    onWorkerLost: events.inferenceWorkerLost,
    onFasterNotUsed: events.fasterEngineNotUsed,
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
  return {
    sequences,
    images,
    pools: imageNames.length === 0 ? [pool] : [pool, imagePool],
  };
}

/** A folder that cannot be read is left to its host, which says what is wrong with it. */
async function kindOf(path: string): Promise<Manifest['kind']> {
  return await readManifest(path).then(
    ({ kind }) => kind,
    () => 'sequence',
  );
}
