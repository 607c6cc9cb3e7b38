import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createEvaluateCommand } from '../../../src/cli/train/evaluate.js';
import { readModelFolder } from '../../../src/inference/models/model-folder.js';
import { cliContext } from '../../helpers/cli-context.js';
import { describeWithShared } from '../../helpers/shared-data.js';

const MODEL = join(import.meta.dirname, '../../../models/apparel');

describeWithShared('the shipped apparel model', 'data/clothing-dataset-small/validation', (data) => {
  it('is as good on photographs it has not seen as its card says', { timeout: 300_000 }, async () => {
    const context = cliContext();
    await createEvaluateCommand(context).parseAsync(['--model', MODEL, '--data', data, '--json'], {
      from: 'user',
    });
    const { images, targets } = JSON.parse(context.lines.at(-1) ?? '');
    const { manifest } = await readModelFolder(MODEL);
    expect(images).toBe(341);
    expect(targets.label.accuracy).toBeGreaterThan(0.86);
    expect(targets.label.accuracy).toBeCloseTo(manifest.provenance.metrics['validation.accuracy'] ?? 0, 2);
    expect(targets.label.balancedAccuracy).toBeCloseTo(
      manifest.provenance.metrics['validation.balancedAccuracy'] ?? 0,
      2,
    );
  });
});
