import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkpointKey, openCheckpoint } from '../../../../../src/training/motion/run/checkpoint-folder.js';
import type { RunState } from '../../../../../src/training/motion/run/train-request.js';
import { toyDataSet } from '../../../../helpers/data-sets.js';
import { temporaryFolder } from '../../../../helpers/temporary-folder.js';

const state: RunState = {
  epoch: 2,
  steps: 40,
  parameters: Float32Array.of(1, 2),
  used: Float32Array.of(1, 2),
  optimiser: { steps: 40, mean: Float32Array.of(0, 1), square: Float32Array.of(1, 1) },
  random: [1, 2, 3, 4],
  history: [{ epoch: 1, loss: 0.5, validation: null, watched: null }],
  best: { epoch: 2, score: 2, parameters: Float32Array.of(1, 2) },
};

describe('openCheckpoint', () => {
  it('gives back what was saved, folds by protocol, method and name', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'c');
    const first = await openCheckpoint(path, 'key', false);
    const id = { protocol: 'loso', method: 'svm', fold: 'Ann/../é' } as const;
    const result = { name: id.fold, test: [1], probabilities: new Map(), history: [], bestEpoch: 0 };
    await first.saveRun(state);
    await first.saveFold(id, result);
    const again = await openCheckpoint(path, 'key', true);
    expect(again.run).toEqual(state);
    expect(await again.loadFold(id)).toEqual(result);
    expect(await again.loadFold({ ...id, method: 'network' })).toBeUndefined();
    await again.remove();
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('begins again unless it is told to go on', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'c');
    await (await openCheckpoint(path, 'key', false)).saveRun(state);
    expect((await openCheckpoint(path, 'key', false)).run).toBeUndefined();
    await expect(openCheckpoint(path, 'key', true)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('refuses a damaged file by its name', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'c');
    await (await openCheckpoint(path, 'key', false)).saveRun(state);
    await writeFile(join(path, 'model.state'), 'torn');
    await expect(openCheckpoint(path, 'key', true)).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      message: expect.stringContaining('model.state is damaged'),
    });
  });
});

describe('checkpointKey', () => {
  const dataSet = toyDataSet({ subjects: 2, windowsEach: 3 });

  it('differs with any value, label or setting', () => {
    const labels = new Map([['conversation', Int8Array.of(1, 1, 1, 0, 0, 0)]]);
    const values = dataSet.values.slice();
    values[7] = 5;
    const keys = [
      checkpointKey(dataSet, { seed: 1 }),
      checkpointKey(dataSet, { seed: 2 }),
      checkpointKey({ ...dataSet, values }, { seed: 1 }),
      checkpointKey({ ...dataSet, labels }, { seed: 1 }),
    ];
    expect(new Set(keys).size).toBe(4);
    expect(checkpointKey(toyDataSet({ subjects: 2, windowsEach: 3 }), { seed: 1 })).toBe(keys[0]);
  });
});
