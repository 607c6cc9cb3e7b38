import { join, resolve, sep } from 'node:path';
import type { Config } from '../config/schema.js';
import type { Journal } from '../domain/journal.js';
import type { Store } from '../domain/store.js';
import type { Recorder } from '../recordings/recorder.js';
import type { Clock } from '../shared/clock.js';
import { Closers } from '../shared/lifetime.js';
import { lockFolder } from '../shared/lock.js';
import { openLmdbJournal } from '../storage/journal/lmdb-journal.js';
import type { Events } from '../telemetry/events.js';
import { type Models, openModels } from './open-models.js';
import { embeddedFolder, openStore } from './open-store.js';
import { openRecorder } from './recording.js';

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
  { clock, events, workerUrl }: ResourceDependencies,
  closers: Closers,
): Promise<Resources> {
  const store = closers.add(await openStore(config, clock, events));
  const models = await openModels(config, { workerUrl, events }, closers);
  const path = join(config.dataDir, 'journal');
  const journal = closers.add(await openLmdbJournal({ path, clock, onDamaged: events.journalDamaged }));
  const recorder = closers.add(await openRecorder(config, { clock, events }));
  return { store, models, journal, recorder };
}
