import { describe, expect, it } from 'vitest';
import { BatchMaker } from '../../../../../src/training/motion/data/batch-maker.js';
import type { DataSet } from '../../../../../src/training/motion/data/data-set.js';
import {
  fitNormalisation,
  normalisedWindows,
} from '../../../../../src/training/motion/data/normalisation.js';
import { allWindows } from '../../../../../src/training/motion/folds/protocols.js';
import {
  type HyperParameters,
  hyperParametersSchema,
} from '../../../../../src/training/motion/network/hyper-parameters.js';
import { networkSpecOf } from '../../../../../src/training/motion/run/train-network.js';
import { createRandom } from '../../../../../src/training/random.js';
import { toyDataSet } from '../../../../helpers/data-sets.js';

const toy = toyDataSet({ subjects: 2, windowsEach: 50 });
/** Three quarters of the windows are "no", and the first one has no label. */
const dataSet: DataSet = {
  ...toy,
  labels: new Map([
    ['conversation', Int8Array.from({ length: 100 }, (_, at) => (at === 0 ? -1 : at % 4 === 0 ? 1 : 0))],
  ]),
};
const normalisation = fitNormalisation(dataSet, allWindows(dataSet), {
  centre: 'none',
  compression: 0,
});

function makerOf(settings: Partial<HyperParameters>, weight = 1, windows = dataSet): BatchMaker {
  const hyper = hyperParametersSchema.parse({ sizeSamples: 12, batchSize: 8, dropout: 0, ...settings });
  return new BatchMaker({
    dataSet: windows,
    indices: allWindows(windows),
    normalisation,
    spec: networkSpecOf(windows, hyper),
    hyper,
    headWeights: new Map([['conversation', weight]]),
    random: createRandom(1),
  });
}

function labelsOf(maker: BatchMaker, indices: readonly number[]): number[] {
  return [...(maker.make(indices).labels.get('conversation') ?? [])];
}

describe('BatchMaker', () => {
  it('normalises as serving does, and fills a small batch with zeros', () => {
    const { windows } = makerOf({}).make([7, 3]);
    const length = 12 * 3;
    expect(windows.subarray(0, 2 * length)).toEqual(normalisedWindows(dataSet, [7, 3], normalisation));
    expect(windows.subarray(2 * length).every((value) => value === 0)).toBe(true);
  });

  it('shares the loss among the windows with a label', () => {
    expect(labelsOf(makerOf({}), [0, 1, 4])).toEqual([0, 0, 0.5, 0, 0, 0.5, ...Array(10).fill(0)]);
  });

  it('weighs a head and its classes', () => {
    const rows = labelsOf(makerOf({ classWeights: 'balanced' }, 0.25), [1, 2, 3, 4]);
    const no = (rows[0] ?? 0) + (rows[2] ?? 0) + (rows[4] ?? 0);
    const yes = rows[7] ?? 0;
    expect(no + yes).toBeCloseTo(0.25);
    expect(yes / (rows[0] ?? 0)).toBeCloseTo(75 / 24);
  });

  it('weighs assumed labels less, and balances classes by what their windows weigh', () => {
    const assumed = new Map([
      ['conversation', Uint8Array.from({ length: 100 }, (_, at) => (at < 50 ? 1 : 0))],
    ]);
    const settings = { assumedWeight: 0.1, classWeights: 'balanced' } as const;
    const rows = labelsOf(makerOf(settings, 1, { ...dataSet, assumed }), [1, 51, 52]);
    const [assumedNo = 0, , labelledNo = 0, , , yes = 0] = rows;
    expect(assumedNo / labelledNo).toBeCloseTo(0.1);
    // Of the assumed half 37 are "no" and 12 "yes", of the labelled half 38 and 12.
    expect(yes / labelledNo).toBeCloseTo((37 * 0.1 + 38) / (12 * 0.1 + 12));
  });

  it('smooths labels without changing their sum', () => {
    expect(labelsOf(makerOf({ labelSmoothing: 0.2 }), [4]).slice(0, 2)).toEqual([
      expect.closeTo(0.1),
      expect.closeTo(0.9),
    ]);
  });

  it('drops the share asked for and scales up the rest', () => {
    const mask = makerOf({ dropout: 0.25 }).make([1]).dropout ?? new Float32Array();
    expect(mask).toHaveLength(12 * 8 * 64);
    const kept = mask.filter((value) => value !== 0);
    expect(kept.length / mask.length).toBeCloseTo(0.75, 1);
    expect(kept.every((value) => Math.abs(value - 4 / 3) < 1e-6)).toBe(true);
  });

  it('drops features of spectra likewise', () => {
    const settings = { dropout: 0.25, spectraSamples: 8 };
    const mask = makerOf(settings).make([1]).spectraDropout ?? new Float32Array();
    // Three axes and their magnitude: four steps of the segments' spectrum twice, six slow ones once.
    expect(mask).toHaveLength(8 * 4 * (2 * 4 + 6));
    expect(mask.filter((value) => value !== 0).length / mask.length).toBeCloseTo(0.75, 1);
    expect(makerOf({ ...settings, dropout: 0 }).make([1]).spectraDropout).toBeUndefined();
    expect(makerOf({ dropout: 0.25 }).make([1]).spectraDropout).toBeUndefined();
  });

  it('leaves the data set as it was', () => {
    const before = dataSet.values.slice();
    makerOf({ noise: 1, scale: 0.5, rotationDegrees: 90, timeWarp: 0.3 }).make([1, 2, 3]);
    expect(dataSet.values).toEqual(before);
  });
});
