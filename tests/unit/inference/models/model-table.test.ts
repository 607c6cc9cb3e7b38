import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeModelFolder } from '../../../../src/inference/models/model-folder.js';
import {
  modelTable,
  refreshModelTable,
  writeModelTable,
} from '../../../../src/inference/models/model-table.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';

const SHIPPED = join(import.meta.dirname, '../../../../models');

async function writeToy(path: string, metrics: Record<string, number>): Promise<void> {
  const manifest = {
    name: 'toy',
    version: '3',
    kind: 'sequence',
    file: 'model.onnx',
    provenance: {
      data: 'Made up.',
      licence: 'CC0',
      protocol: 'leave-one-subject-out; names that start with "random.": random windows',
      metrics,
    },
    input: 'window',
    channels: ['accelerometer.x', 'accelerometer.y', 'gyroscope.z'],
    gravity: 'included',
    placement: 'any',
    accelerometerUnit: 'm/s2',
    samplingRateHz: 50,
    sizeSamples: 128,
    strideSamples: 64,
    centre: 'none',
    mean: [0, 0, 0],
    std: [1, 1, 1],
    targets: [{ name: 'conversation', output: 'conversation', classes: ['no', 'yes'], threshold: 0.5 }],
  } as const;
  const unlocked = { ...manifest, channels: [...manifest.channels], mean: [0, 0, 0], std: [1, 1, 1] };
  const targets = manifest.targets.map((target) => ({ ...target, classes: [...target.classes] }));
  await writeModelFolder(path, { ...unlocked, targets }, Buffer.from('onnx'), '# toy');
}

describe('models/README.md', () => {
  it('is what `alongside models table --write` writes of the shipped models', async () => {
    expect(await readFile(join(SHIPPED, 'README.md'), 'utf8')).toBe(await modelTable(SHIPPED));
  });
});

describe('modelTable', () => {
  it('puts honest and leaky figures side by side, with the best baseline', async () => {
    await using folder = await temporaryFolder();
    await writeToy(join(folder.path, 'toy'), {
      'conversation.balancedAccuracy': 0.7,
      'conversation.macroF1': 0.6,
      'random.conversation.balancedAccuracy': 0.99,
      'baseline.svm.conversation.balancedAccuracy': 0.65,
      'baseline.forest.conversation.balancedAccuracy': 0.68,
    });
    const row = (await modelTable(folder.path)).trimEnd().split('\n').at(-1);
    expect(row).toBe(
      '| [toy](toy/README.md) 3 | conversation | accelerometer, gyroscope; 2.6 s at 50 Hz | – | 0.700 | 0.600 | ' +
        'leave-one-subject-out | 0.680 (forest) | 0.990 | CC0 |',
    );
  });

  it('is written again only over what it wrote itself', async () => {
    await using folder = await temporaryFolder();
    await writeToy(join(folder.path, 'toy'), {});
    const path = await writeModelTable(folder.path);
    await writeToy(join(folder.path, 'toy'), { 'conversation.accuracy': 0.5 });
    await refreshModelTable(folder.path);
    expect(await readFile(path, 'utf8')).toContain('| 0.500 |');
    const other = join(folder.path, 'other');
    await mkdir(other);
    await writeFile(join(other, 'README.md'), '# Mine');
    await refreshModelTable(other);
    expect(await readFile(join(other, 'README.md'), 'utf8')).toBe('# Mine');
  });
});
