import { describe, expect, it } from 'vitest';
import { isTfLayersFile, itemLengthOf, planTensors } from '../../../src/inference/tensor-plan.js';
import { tinyManifest } from '../../helpers/tiny-model.js';

describe(planTensors, () => {
  it('takes a sequence model’s shapes and names from its manifest', () => {
    const plan = planTensors(
      tinyManifest({
        sizeSamples: 128,
        targets: [
          { name: 'accompanied', output: 'a', classes: ['no', 'yes'], threshold: 0.5 },
          { name: 'activity', output: 'b', classes: ['sit', 'walk', 'run'], threshold: 0.5 },
        ],
      }),
    );
    expect(plan).toEqual({
      input: 'window',
      itemShape: [128, 3],
      outputs: [
        { name: 'a', width: 2 },
        { name: 'b', width: 3 },
      ],
    });
    expect(itemLengthOf(plan)).toBe(384);
  });
});

describe(isTfLayersFile, () => {
  it('goes by the ending', () => {
    expect(['model.json', 'model.onnx'].map(isTfLayersFile)).toEqual([true, false]);
  });
});
