import { createHash } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { GatewayError, messageOf } from '../../../shared/errors.js';
import { makeFolder } from '../../../shared/files.js';
import type { Method } from '../baselines/baseline.js';
import type { DataSet } from '../data/data-set.js';
import type { FoldResult } from '../folds/cross-validate.js';
import type { Protocol } from '../folds/protocols.js';
import type { RunState } from './train-request.js';

const KEY_FILE = 'key.txt';
const RUN_FILE = 'model.state';

/** A fold of a measurement, by name. */
export interface FoldId {
  readonly protocol: Protocol;
  readonly method: Method;
  readonly fold: string;
}

/** Keeps what a long training has reached, so that it can go on after a stop. */
export interface Checkpoint {
  /** What an earlier run kept of the model itself. */
  readonly run: RunState | undefined;
  saveRun(state: RunState): Promise<void>;
  /** What an earlier run kept of a fold. */
  loadFold(id: FoldId): Promise<FoldResult | undefined>;
  saveFold(id: FoldId, result: FoldResult): Promise<void>;
}

/** A {@link Checkpoint} in a folder, of one data set and one set of settings. */
export interface CheckpointFolder extends Checkpoint {
  /** Removes the folder: the training is complete. */
  remove(): Promise<void>;
}

/**
 * Opens a checkpoint folder.
 *
 * @param key of data and settings, from {@link checkpointKey}
 * @param resume go on from what is there; otherwise it is removed
 * @throws GatewayError `USAGE` when there is nothing to go on from, or it was made with other data or settings
 */
export async function openCheckpoint(path: string, key: string, resume: boolean): Promise<CheckpointFolder> {
  if (resume) await requireKey(path, key);
  else await rm(path, { recursive: true, force: true });
  const save = async (file: string, value: object): Promise<void> => {
    // Arrays change while the disk is waited for.
    const bytes = serialize(value);
    await makeFolder(path);
    await writeFile(join(path, KEY_FILE), key);
    await replaceFile(join(path, file), bytes);
  };
  return {
    run: await read<RunState>(join(path, RUN_FILE)),
    saveRun: (state) => save(RUN_FILE, state),
    loadFold: (id) => read<FoldResult>(join(path, fileOf(id))),
    saveFold: (id, result) => save(fileOf(id), result),
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

/** Differs where anything differs that a training depends on. */
export function checkpointKey(dataSet: DataSet, settings: object): string {
  const hash = createHash('sha256').update(JSON.stringify(settings));
  hash.update(JSON.stringify([dataSet.channels, dataSet.heads, dataSet.subjects, dataSet.samplingRateHz]));
  for (const values of [
    dataSet.values,
    dataSet.subjectOf,
    dataSet.gravityToRemove,
    ...dataSet.labels.values(),
  ]) {
    if (values !== undefined)
      hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}

async function requireKey(path: string, key: string): Promise<void> {
  const found = await readFile(join(path, KEY_FILE), 'utf8').catch(() => undefined);
  if (found === key) return;
  throw new GatewayError(
    'USAGE',
    found === undefined
      ? `--resume: ${path} holds no unfinished training; leave --resume out to begin one`
      : `--resume: ${path} was begun with other data or settings; give the same ones, or leave --resume out to start again`,
  );
}

function fileOf({ protocol, method, fold }: FoldId): string {
  return `${protocol}-${method}-${Buffer.from(fold).toString('hex')}.state`;
}

/** Nothing where there is no such file; a damaged one is refused rather than guessed at. */
async function read<Value>(path: string): Promise<Value | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) return undefined;
  try {
    // Written by `save` under the same key.
    return deserialize(bytes) as Value;
  } catch (error) {
    throw new GatewayError(
      'TRAINING_FAILED',
      `${path} is damaged: ${messageOf(error)}; train without --resume`,
      {
        cause: error,
      },
    );
  }
}

async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  await writeFile(`${path}.partial`, bytes);
  await rename(`${path}.partial`, path);
}
