import { join } from 'node:path';
import { asyncScheduler, type Observable, type SchedulerLike, Subject, type Subscription } from 'rxjs';
import { GatewayError, messageOf } from '../shared/errors.js';
import { watchFolders } from '../shared/files.js';
import { type Classifier, type ModelLease, type ModelSource, ServedModel } from './model-version.js';
import { hasSameGrid, type Manifest, type SequenceManifest } from './models/manifest.js';
import {
  fingerprintFolder,
  type ModelFolder,
  readModelFolder,
  readStampedFolder,
  type StampedFolder,
  sha256Of,
} from './models/model-folder.js';
import type { InferencePool } from './workers/inference-pool.js';

/** Between two looks at folders that have changed; a look is one `stat` a file. */
const POLL_MS = 500;
/** Between two looks while nothing was seen to change: not every file system tells of changes. */
const SLOW_POLL_MS = 5000;

export interface ModelRegistryOptions<M extends Manifest = SequenceManifest> {
  /** Of all models here. */
  readonly kind: M['kind'];
  /** Holds one folder a model. */
  readonly directory: string;
  /** Names of the models to serve. */
  readonly active: readonly string[];
  /** Names of models that run beside them; one that cannot be used is refused and tried again when its folder changes. */
  readonly candidates?: readonly string[];
  readonly pool: InferencePool;
  /** Milliseconds between two looks at the folders, whether or not they are seen to change. */
  readonly pollMs?: number | undefined;
  /** Source of timers. */
  readonly scheduler?: SchedulerLike;
}

/** What became of a changed model folder. */
export type ModelEvent<M extends Manifest = SequenceManifest> =
  | {
      /** The new version is in use. */
      readonly type: 'changed';
      readonly previous: M;
      readonly current: M;
      /** Windows must be cut again: other channels, rate, size, stride or treatment of gravity. */
      readonly isGridChanged: boolean;
    }
  | {
      /** A candidate that was not there before runs now. */
      readonly type: 'added';
      readonly current: M;
    }
  | {
      /** The new version does not fit; the old one stays in use. */
      readonly type: 'refused';
      readonly model: string;
      readonly error: GatewayError;
    };

/** The models of one kind in use, each replaced without a pause when its folder changes. */
export interface ModelRegistry<M extends Manifest = SequenceManifest>
  extends ModelSource<M>,
    AsyncDisposable {
  /** Of the versions in use, in the order of `active`, then of `candidates`. */
  readonly manifests: readonly M[];
  /** Whether a model only runs beside the active ones. */
  isCandidate(model: string): boolean;
  /**
   * Emits in the same turn in which a version takes over, so that a pipeline that cuts windows again on `isGridChanged`
   * does it before any further window is taken.
   */
  readonly events$: Observable<ModelEvent<M>>;
}

/**
 * Loads the models and watches their folders.
 *
 * Folders are watched, and looked at now and then: that also sees mounts that do not notify. A folder is read once it has
 * looked the same twice, so that a copy under way is not taken for a broken model.
 *
 * @param folders of models that were read already, by name
 * @throws GatewayError `MODEL_INVALID` listing what is wrong with each model
 */
export async function startModelRegistry<M extends Manifest = SequenceManifest>(
  options: ModelRegistryOptions<M>,
  folders: ReadonlyMap<string, StampedFolder> = new Map(),
): Promise<ModelRegistry<M>> {
  const results = await Promise.allSettled(
    options.active.map((name) => loadEntry(options, name, folders.get(name))),
  );
  const entries = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const problems = results.flatMap((result) =>
    result.status === 'rejected' ? [messageOf(result.reason)] : [],
  );
  if (problems.length > 0) {
    await Promise.all(entries.map(({ served }) => served?.unload()));
    throw new GatewayError('MODEL_INVALID', problems.join('\n'));
  }
  const candidates = await Promise.all(
    (options.candidates ?? []).map((name) => candidateEntry(options, name)),
  );
  return new PollingModelRegistry(options, [...entries, ...candidates]);
}

/** No folder looks like this. */
const NEVER = 'never looked at';

interface Entry<M extends Manifest> {
  readonly name: string;
  /** `undefined` for a candidate that cannot be used. */
  served: ServedModel<M> | undefined;
  /** Digest of the content in use. */
  content: string;
  /** Fingerprint of the folder as it was last tried. */
  tried: string;
  /** Fingerprint of the folder as it was last seen. */
  seen: string;
}

class PollingModelRegistry<M extends Manifest> implements ModelRegistry<M> {
  readonly events$: Observable<ModelEvent<M>>;
  readonly #options: ModelRegistryOptions<M>;
  readonly #entries: ReadonlyMap<string, Entry<M>>;
  readonly #events = new Subject<ModelEvent<M>>();
  #manifests: readonly M[] | undefined; // asked for with every message and window
  #timer: Subscription | undefined;
  #watch: Disposable | undefined;
  /** Something may have changed since the last look. */
  #isChanged = true;
  #checking: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: ModelRegistryOptions<M>, entries: readonly Entry<M>[]) {
    this.#options = options;
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    this.events$ = this.#events.asObservable();
    this.#watchFolders();
    this.#schedule();
  }

  get manifests(): readonly M[] {
    this.#manifests ??= [...this.#entries.values()].flatMap(
      ({ served }) => served?.classifier.manifest ?? [],
    );
    return this.#manifests;
  }

  isCandidate(model: string): boolean {
    return !this.#options.active.includes(model);
  }

  lease(model: string): ModelLease<M> | undefined {
    return this.#entries.get(model)?.served?.lease();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer?.unsubscribe();
    this.#watch?.[Symbol.dispose]();
    await this.#checking;
    this.#events.complete();
    await Promise.all([...this.#entries.values()].map(({ served }) => served?.unload()));
  }

  /** Without a period of its own it looks soon where something has changed or is not settled, and else seldom. */
  #schedule(): void {
    if (this.#isClosed) return;
    const { scheduler = asyncScheduler, pollMs } = this.#options;
    const isSettled =
      !this.#isChanged && [...this.#entries.values()].every(({ seen, tried }) => seen === tried);
    this.#timer = scheduler.schedule(
      () => {
        this.#timer = undefined;
        this.#checking = this.#check();
      },
      pollMs ?? (isSettled ? SLOW_POLL_MS : POLL_MS),
    );
  }

  /** Begun again at each look: a folder that was replaced is another one. */
  #watchFolders(): void {
    const { directory, pollMs } = this.#options;
    if (pollMs !== undefined) return;
    this.#watch?.[Symbol.dispose]();
    const folders = [...this.#entries.keys()].map((name) => join(directory, name));
    this.#watch = watchFolders([directory, ...folders], () => this.#noteChange());
  }

  #noteChange(): void {
    if (this.#isChanged) return;
    this.#isChanged = true;
    // While a check is under way it schedules the next one.
    if (this.#timer === undefined) return;
    this.#timer.unsubscribe();
    this.#schedule();
  }

  async #check(): Promise<void> {
    this.#isChanged = false;
    this.#watchFolders();
    for (const entry of this.#entries.values()) await this.#checkEntry(entry);
    this.#schedule();
  }

  async #checkEntry(entry: Entry<M>): Promise<void> {
    const fingerprint = await fingerprintFolder(join(this.#options.directory, entry.name));
    const isStable = fingerprint === entry.seen;
    entry.seen = fingerprint;
    if (this.#isClosed || !isStable || fingerprint === entry.tried) return;
    try {
      await this.#reload(entry);
      entry.tried = fingerprint;
    } catch (error) {
      const refusal = toGatewayError(error);
      if (!refusal.retryable) entry.tried = fingerprint;
      this.#events.next({ type: 'refused', model: entry.name, error: refusal });
    }
  }

  async #reload(entry: Entry<M>): Promise<void> {
    const folder = await readModelFolder(join(this.#options.directory, entry.name));
    const content = digestOf(folder);
    if (content === entry.content) return;
    const classifier = await loadModel(this.#options, entry.name, folder);
    entry.content = content;
    this.#swap(entry, classifier);
  }

  #swap(entry: Entry<M>, classifier: Classifier<M>): void {
    const old = entry.served;
    const current = classifier.manifest;
    entry.served = new ServedModel(classifier);
    this.#manifests = undefined;
    if (old === undefined) {
      this.#events.next({ type: 'added', current });
      return;
    }
    const previous = old.classifier.manifest;
    old.retire();
    this.#events.next({ type: 'changed', previous, current, isGridChanged: !hasSameGrid(previous, current) });
  }
}

async function loadEntry<M extends Manifest>(
  options: ModelRegistryOptions<M>,
  name: string,
  stamped?: StampedFolder,
): Promise<Entry<M>> {
  const { folder, fingerprint } = stamped ?? (await readStampedFolder(join(options.directory, name)));
  const served = new ServedModel(await loadModel(options, name, folder));
  return { name, served, content: digestOf(folder), tried: fingerprint, seen: fingerprint };
}

/** One that cannot be used is tried again at the first look, when somebody hears why it was refused. */
async function candidateEntry<M extends Manifest>(
  options: ModelRegistryOptions<M>,
  name: string,
): Promise<Entry<M>> {
  return await loadEntry(options, name).catch(() => ({
    name,
    served: undefined,
    content: '',
    tried: NEVER,
    seen: NEVER,
  }));
}

async function loadModel<M extends Manifest>(
  { kind, pool }: ModelRegistryOptions<M>,
  name: string,
  { path, manifest, files }: ModelFolder,
): Promise<Classifier<M>> {
  if (manifest.name !== name) {
    throw new GatewayError(
      'MODEL_INVALID',
      `${path}: manifest.json names the model "${manifest.name}"; give the folder that name, or the model the folder's`,
    );
  }
  if (!isOfKind<M>(manifest, kind)) {
    throw new GatewayError(
      'MODEL_INVALID',
      `${path}: manifest.json is of kind ${manifest.kind}, where a model of kind ${kind} is served; restart the gateway`,
    );
  }
  return await pool.load(manifest, files);
}

function isOfKind<M extends Manifest>(manifest: Manifest, kind: M['kind']): manifest is M {
  return manifest.kind === kind;
}

/** The same for the same manifest and files, whenever they were written. */
function digestOf({ manifest, files }: ModelFolder): string {
  return [JSON.stringify(manifest), ...[...files.values()].map(sha256Of)].join('\n');
}

function toGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  return new GatewayError('MODEL_INVALID', messageOf(error), { cause: error });
}
