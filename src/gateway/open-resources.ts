import { join } from 'node:path';
import type { Clock } from '../clock.js';
import type { Closers } from '../closers.js';
import type { Config } from '../config/schema.js';
import type { Journal } from '../domain/journal.js';
import type { Store } from '../domain/store.js';
import type { Events } from '../events/events.js';
import { openLmdbJournal } from '../journal/lmdb-journal.js';
import type { Recorder } from '../recordings/recorder.js';
import { type Models, openModels } from './open-models.js';
import { openStore } from './open-store.js';
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
