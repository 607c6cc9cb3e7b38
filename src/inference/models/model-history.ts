import { cp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { GatewayError } from '../../shared/errors.js';
import { makeFolder } from '../../shared/files.js';
import type { Manifest } from './manifest.js';
import { readModelFolder } from './model-folder.js';

/** Below a folder of models: `<name>/<number>-<version>`, what stood in a model's place before. */
const HISTORY = '.history';
const WITHDRAWN = 'withdrawn';

/** What stands in a model's place, and what stood there before. */
export interface Replacement {
  readonly name: string;
  readonly version: string;
  /** `undefined` where nothing was. */
  readonly previousVersion: string | undefined;
}

/**
 * Puts a copy of a model folder in the place of the model `name` below `directory`, where a running gateway finds it.
 * What was there is kept, so that {@link rollBackModel} can bring it back. At no time is half a model in place.
 *
 * @throws GatewayError `MODEL_INVALID` when the new model's files do not fit together, `USAGE` when it is in place already
 */
export async function promoteModel(directory: string, source: string, name: string): Promise<Replacement> {
  const place = join(directory, name);
  if (resolve(source) === resolve(place)) {
    throw new GatewayError(
      'USAGE',
      `${source} is in place already; --as NAME names the model it is to replace`,
    );
  }
  const { manifest } = await readModelFolder(source);
  const incoming = join(directory, HISTORY, name, 'incoming');
  await rm(incoming, { recursive: true, force: true });
  await makeFolder(join(directory, HISTORY, name));
  await cp(source, incoming, { recursive: true });
  await writeFile(
    join(incoming, 'manifest.json'),
    `${JSON.stringify({ ...manifest, name }, undefined, 2)}\n`,
  );
  const previous = await manifestIn(place);
  const kept = previous === undefined ? undefined : await keptFolder(directory, name, previous.version);
  await exchange(place, incoming, kept);
  return { name, version: manifest.version, previousVersion: previous?.version };
}

/**
 * Brings back what stood in a model's place before; once more goes back further.
 *
 * @throws GatewayError `NOT_FOUND` when nothing was there before
 */
export async function rollBackModel(directory: string, name: string): Promise<Replacement> {
  const history = await historyOf(directory, name);
  const last = history.at(-1);
  if (last === undefined) {
    throw new GatewayError(
      'NOT_FOUND',
      `${join(directory, name)} has replaced nothing, so it cannot be rolled back`,
    );
  }
  const { manifest } = await readModelFolder(last);
  const place = join(directory, name);
  const withdrawn = await manifestIn(place);
  const aside = join(
    directory,
    HISTORY,
    name,
    WITHDRAWN,
    `${history.length}-${fileNameOf(withdrawn?.version ?? '')}`,
  );
  await rm(aside, { recursive: true, force: true });
  await makeFolder(join(directory, HISTORY, name, WITHDRAWN));
  await exchange(place, last, withdrawn === undefined ? undefined : aside);
  return { name, version: manifest.version, previousVersion: withdrawn?.version };
}

/** Folders of what stood in a model's place, the oldest first. */
async function historyOf(directory: string, name: string): Promise<string[]> {
  const folder = join(directory, HISTORY, name);
  const entries = await readdir(folder).catch((): string[] => []);
  return entries
    .filter((entry) => /^\d+-/.test(entry))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    .map((entry) => join(folder, entry));
}

async function keptFolder(directory: string, name: string, version: string): Promise<string> {
  const last = (await historyOf(directory, name)).at(-1)?.split('/').at(-1) ?? '0-';
  return join(directory, HISTORY, name, `${Number.parseInt(last, 10) + 1}-${fileNameOf(version)}`);
}

/** Two renames; when the second fails the first is taken back. */
async function exchange(place: string, incoming: string, aside: string | undefined): Promise<void> {
  if (aside !== undefined) await rename(place, aside);
  try {
    await rename(incoming, place);
  } catch (error) {
    if (aside !== undefined) await rename(aside, place);
    throw error;
  }
}

/** `undefined` where there is no folder. @throws GatewayError `MODEL_INVALID` for one that holds no model */
async function manifestIn(path: string): Promise<Manifest | undefined> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  return isThere ? (await readModelFolder(path)).manifest : undefined;
}

function fileNameOf(version: string): string {
  return version.replace(/[^\w.-]+/g, '_');
}
