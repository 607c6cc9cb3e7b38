// A folder of recordings, and the windows that `train accompany` would learn from.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { trainingWindows } from '../../../build/cli/train/training-data.js';
import { loadTrainingRecordings } from '../../../build/cli/train/training-recordings.js';
import { buildDataSet } from '../../../build/training/motion/data/data-set.js';
import { selectChannels } from '../../../build/training/motion/data/select-channels.js';

/** @param {string} path folder of recordings @returns its channels and what can be used, or `undefined` where it is not */
export async function recordingsIn(path) {
  if (!existsSync(join(path, 'dataset.json'))) return undefined;
  const { recordings, nameOf } = await loadTrainingRecordings(path);
  return selectChannels(recordings, { nameOf });
}

/** @param choice of {@link recordingsIn} @param {object} hyper hyper-parameters @param {string[]} targets */
export function dataSetOf(choice, hyper, targets) {
  const spec = { ...choice, ...hyper };
  const heads = targets.map((name) => ({ name }));
  return buildDataSet(choice.usable, trainingWindows(spec), { ...spec, heads }).dataSet;
}
