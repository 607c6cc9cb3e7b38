import { describe, expect, it } from 'vitest';
import type { Prediction } from '../../../src/domain/window.js';
import { pointCount, toBatch, toStoredWindow } from '../../../src/storage/points.js';
import {
  makeApparel,
  makeBatch,
  makeCompany,
  makeResults,
  makeStatus,
  makeUpdate,
  makeWindow,
  PHONE,
} from '../../helpers/make-results.js';

const binary = { name: 'accompanied', output: 'a', classes: ['alone', 'accompanied'], threshold: 0.5 };
const several = { name: 'activity', output: 'b', classes: ['still', 'walking', 'running'], threshold: 0.5 };

const prediction: Prediction = {
  device: PHONE,
  model: 'demo',
  modelVersion: '1.0.0',
  startMs: 0,
  endMs: 2560,
  coverage: 0.9,
  meanDeltaMs: 2,
  maxDeltaMs: 8,
  probabilities: { accompanied: [0.25, 0.75], activity: [0.1, 0.2, 0.7] },
};

describe('toStoredWindow', () => {
  it('keeps the positive class of a binary target under its name and each class of another', () => {
    expect(toStoredWindow(prediction, [binary, several])).toEqual({
      device: PHONE,
      model: 'demo',
      startMs: 0,
      endMs: 2560,
      coverage: 0.9,
      meanDeltaMs: 2,
      maxDeltaMs: 8,
      probabilities: {
        accompanied: 0.75,
        'activity.still': 0.1,
        'activity.walking': 0.2,
        'activity.running': 0.7,
      },
    });
  });

  it('leaves out a target that the prediction says nothing of', () => {
    const window = toStoredWindow({ ...prediction, probabilities: {} }, [binary, several]);
    expect(window.probabilities).toEqual({});
  });
});

describe('toBatch', () => {
  it('puts results together in their order, and keeps of an update what a store keeps', () => {
    const [first, second] = [makeWindow({ endMs: 1 }), makeWindow({ endMs: 2 })];
    const batch = toBatch([
      makeResults({ windows: [first], statuses: [makeUpdate()] }),
      makeResults({ windows: [second], apparel: [makeApparel()], company: [{ ...makeCompany(), atMs: 5 }] }),
    ]);
    expect(batch).toEqual({
      windows: [first, second],
      statuses: [makeStatus()],
      apparel: [makeApparel()],
      company: [makeCompany()],
    });
    expect(pointCount(batch)).toBe(5);
  });

  it('makes an empty batch of nothing', () => {
    expect(toBatch([])).toEqual(makeBatch());
    expect(pointCount(toBatch([]))).toBe(0);
  });
});
