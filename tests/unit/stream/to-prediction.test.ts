import { describe, expect, it } from 'vitest';
import { toPrediction, toSkipped } from '../../../src/stream/window-batches.js';
import { tinyManifest, tinyWindow } from '../../helpers/tiny-model.js';

const MANIFEST = tinyManifest({
  version: '7',
  targets: [
    { name: 'accompanied', output: 'a', classes: ['no', 'yes'], threshold: 0.5 },
    { name: 'activity', output: 'b', classes: ['sit', 'walk', 'run'], threshold: 0.5 },
  ],
});
const WINDOW = tinyWindow(3, { coverage: 0.9, meanDeltaMs: 2, maxDeltaMs: 9 });

describe(toPrediction, () => {
  it('reads the window’s row of each output', () => {
    const outputs = {
      a: Float32Array.of(1, 0, 0.25, 0.75),
      b: Float32Array.of(1, 0, 0, 0.5, 0.25, 0.25),
    };
    expect(toPrediction(WINDOW, MANIFEST, outputs, 1)).toEqual({
      device: 'phone',
      model: 'tiny',
      modelVersion: '7',
      startMs: 120,
      endMs: 200,
      coverage: 0.9,
      meanDeltaMs: 2,
      maxDeltaMs: 9,
      probabilities: { accompanied: [0.25, 0.75], activity: [0.5, 0.25, 0.25] },
    });
  });

  it.each([
    ['a value that is no number', Float32Array.of(0.5, Number.NaN)],
    ['an infinite value', Float32Array.of(0.5, Number.POSITIVE_INFINITY)],
    ['a row that is not there', Float32Array.of(0.5)],
  ])('gives nothing for %s', (_, a) => {
    expect(toPrediction(WINDOW, MANIFEST, { a, b: Float32Array.of(1, 0, 0) }, 0)).toBeUndefined();
  });
});

describe(toSkipped, () => {
  it('keeps what names the window', () => {
    expect(toSkipped(WINDOW, 'queue-full')).toEqual({
      device: 'phone',
      model: 'tiny',
      startMs: 120,
      endMs: 200,
      coverage: 0.9,
      skipped: 'queue-full',
    });
  });
});
