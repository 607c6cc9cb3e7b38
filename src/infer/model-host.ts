import { join } from 'node:path';
import { asyncScheduler, type Observable, type SchedulerLike, Subject, type Subscription } from 'rxjs';
import { GatewayError, messageOf } from '../errors.js';
import type { SequenceManifest } from '../models/manifest.js';
import { type ModelFolder, readModelFolder, sha256Of } from '../models/model-folder.js';
import type { Classifier } from './classifier.js';
import { fingerprintFolder } from './folder-fingerprint.js';
import type { InferencePool } from './inference-pool.js';
import type { ModelLease, ModelSource } from './model-lease.js';
import { ServedModel } from './served-model.js';

/** How often model folders are looked at. A look is one `stat` a file. */
const POLL_MS = 500;

export interface ModelHostOptions {
  /** Holds one folder a model. */
  readonly directory: string;
  /** Names of the sequence models to serve. */
  readonly active: readonly string[];
  readonly pool: InferencePool;
  /** Milliseconds between two looks at the folders. */
  readonly pollMs?: number;
  /** Source of timers. */
  readonly scheduler?: SchedulerLike;
}

/** What became of a changed model folder. */
export type ModelEvent =
  | {
      /** The new version is in use. */
      readonly type: 'changed';
      readonly previous: SequenceManifest;
      readonly current: SequenceManifest;
      /** Windows must be cut anew: other channels, rate, size, stride or treatment of gravity. */
      readonly isGridChanged: boolean;
    }
  | {
      /** The new version does not fit; the old one stays in use. */
      readonly type: 'refused';
      readonly model: string;
      readonly error: GatewayError;
    };

/** The sequence models in use, each replaced without a pause when its folder changes. */
export interface ModelHost extends ModelSource, AsyncDisposable {
  /** Of the versions in use, in the order of `active`. */
  readonly manifests: readonly SequenceManifest[];
  /**
   * Emits in the same turn in which a version takes over, so that a pipeline that cuts windows anew on `isGridChanged`
   * does it before any further window is taken.
   */
  readonly events$: Observable<ModelEvent>;
}

/**
 * Loads the models and watches their folders.
 *
 * Folders are polled: unlike change notifications of the file system this also sees folders that are replaced as a whole,
 * symbolic links that are turned, and mounts that do not notify. A folder is read once it has looked the same twice, so
 * that a copy under way is not taken for a broken model.
 *
 * @throws GatewayError `MODEL_INVALID` listing what is wrong with each model
 */
export async function startModelHost(options: ModelHostOptions): Promise<ModelHost> {
  const results = await Promise.allSettled(options.active.map((name) => loadEntry(options, name)));
  const entries = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const problems = results.flatMap((result) =>
    result.status === 'rejected' ? [messageOf(result.reason)] : [],
  );
  if (problems.length > 0) {
    await Promise.all(entries.map(({ served }) => served.unload()));
    throw new GatewayError('MODEL_INVALID', problems.join('\n'));
  }
  return new PollingModelHost(options, entries);
}

interface Entry {
  readonly name: string;
  served: ServedModel;
  /** Digest of the content in use. */
  content: string;
  /** Fingerprint of the folder as it was last tried. */
  tried: string;
  /** Fingerprint of the folder as it was last seen. */
  seen: string;
}

class PollingModelHost implements ModelHost {
  readonly events$: Observable<ModelEvent>;
  readonly #options: ModelHostOptions;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #events = new Subject<ModelEvent>();
  #timer: Subscription | undefined;
  #checking: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: ModelHostOptions, entries: readonly Entry[]) {
    this.#options = options;
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    this.events$ = this.#events.asObservable();
    this.#schedule();
  }

  get manifests(): readonly SequenceManifest[] {
    return [...this.#entries.values()].map(({ served }) => served.classifier.manifest);
  }

  lease(model: string): ModelLease | undefined {
    return this.#entries.get(model)?.served.lease();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer?.unsubscribe();
    await this.#checking;
    this.#events.complete();
    await Promise.all([...this.#entries.values()].map(({ served }) => served.unload()));
  }

  #schedule(): void {
    if (this.#isClosed) return;
    const { scheduler = asyncScheduler, pollMs = POLL_MS } = this.#options;
    this.#timer = scheduler.schedule(() => {
      this.#checking = this.#check();
    }, pollMs);
  }

  async #check(): Promise<void> {
    for (const entry of this.#entries.values()) await this.#checkEntry(entry);
    this.#schedule();
  }

  async #checkEntry(entry: Entry): Promise<void> {
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

  async #reload(entry: Entry): Promise<void> {
    const folder = await readModelFolder(join(this.#options.directory, entry.name));
    const content = digestOf(folder);
    if (content === entry.content) return;
    const classifier = await loadModel(this.#options.pool, entry.name, folder);
    entry.content = content;
    this.#swap(entry, classifier);
  }

  #swap(entry: Entry, classifier: Classifier<SequenceManifest>): void {
    const old = entry.served;
    const previous = old.classifier.manifest;
    const current = classifier.manifest;
    entry.served = new ServedModel(classifier);
    old.retire();
    this.#events.next({ type: 'changed', previous, current, isGridChanged: !hasSameGrid(previous, current) });
  }
}

async function loadEntry({ directory, pool }: ModelHostOptions, name: string): Promise<Entry> {
  const fingerprint = await fingerprintFolder(join(directory, name));
  const folder = await readModelFolder(join(directory, name));
  const served = new ServedModel(await loadModel(pool, name, folder));
  return { name, served, content: digestOf(folder), tried: fingerprint, seen: fingerprint };
}

async function loadModel(
  pool: InferencePool,
  name: string,
  { path, manifest, files }: ModelFolder,
): Promise<Classifier<SequenceManifest>> {
  if (manifest.name !== name) {
    throw new GatewayError(
      'MODEL_INVALID',
      `${path}: manifest.json names the model "${manifest.name}"; give the folder that name, or the model the folder's`,
    );
  }
  if (manifest.kind !== 'sequence') {
    throw new GatewayError(
      'MODEL_INVALID',
      `${path}: an ${manifest.kind} model cannot take windows of sensor samples`,
    );
  }
  return await pool.load(manifest, files);
}

/** The same for the same manifest and files, whenever they were written. */
function digestOf({ manifest, files }: ModelFolder): string {
  return [JSON.stringify(manifest), ...[...files.values()].map(sha256Of)].join('\n');
}

function hasSameGrid(a: SequenceManifest, b: SequenceManifest): boolean {
  return (
    a.samplingRateHz === b.samplingRateHz &&
    a.sizeSamples === b.sizeSamples &&
    a.strideSamples === b.strideSamples &&
    a.gravity === b.gravity &&
    a.accelerometerUnit === b.accelerometerUnit &&
    a.channels.join() === b.channels.join()
  );
}

function toGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  return new GatewayError('MODEL_INVALID', messageOf(error), { cause: error });
}
