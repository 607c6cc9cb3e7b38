import { describe, expect, it } from 'vitest';
import {
  type StatusChange,
  statusTruths,
  type TrackedRecording,
  trackRecordings,
} from '../../../../../src/training/motion/figures/tracked.js';
import {
  statusIntervals,
  trackedFigures,
} from '../../../../../src/training/motion/figures/tracked-figures.js';
import { toyDataSet } from '../../../../helpers/data-sets.js';

const MINUTE = 60_000;

/** Ten minutes: five of talk, then five without. */
function recording(changes: readonly StatusChange[]): TrackedRecording {
  return {
    recording: 'r',
    subject: 's',
    truth: [
      { fromMs: 0, toMs: 5 * MINUTE, status: 'yes' },
      { fromMs: 5 * MINUTE, toMs: 10 * MINUTE, status: 'no' },
    ],
    windows: Array.from({ length: 10 }, (_, at) => ({
      startMs: at * MINUTE,
      endMs: (at + 1) * MINUTE,
      probabilities: [0.5, 0.5],
    })),
    changes,
  };
}

const change = (status: StatusChange['status'], since: number, said = since): StatusChange => ({
  status,
  sinceMs: since * MINUTE,
  saidMs: said * MINUTE,
});

describe('trackedFigures', () => {
  it('compares time, not windows', () => {
    const figures = trackedFigures([recording([change('yes', 1, 2), change('no', 6, 7)])]);
    expect(figures.accuracy).toBeCloseTo(8 / 9);
    expect(figures.balancedAccuracy).toBeCloseTo((1 + 4 / 5) / 2);
    expect(figures.unknown).toBeCloseTo(1 / 10);
    expect(figures.switchesPerHour).toBeCloseTo(6);
    expect(figures.trueSwitchesPerHour).toBeCloseTo(6);
    expect(figures).toMatchObject({ delayMs: 2 * MINUTE, changes: 1, missedChanges: 0 });
  });

  it('tells changes that nobody noticed, and silence from a switch', () => {
    const missed = trackedFigures([recording([change('yes', 0), change('unknown', 8)])]);
    expect(missed).toMatchObject({ delayMs: null, changes: 1, missedChanges: 1, switchesPerHour: 0 });
    expect(missed.unknown).toBeCloseTo(0.2);
  });

  it('gives no credit for a change to a status that never moves', () => {
    const still = trackedFigures([recording([change('no', 0)])]);
    expect(still).toMatchObject({ delayMs: null, changes: 1, missedChanges: 1 });
  });

  it('has no figures without labelled time', () => {
    const unlabelled = { ...recording([change('yes', 0)]), truth: [] };
    expect(trackedFigures([unlabelled])).toMatchObject({ accuracy: null, unknown: null, changes: 0 });
  });
});

describe('statusIntervals', () => {
  it('is unknown until something is said, and ends with the windows', () => {
    const intervals = statusIntervals(recording([change('yes', 2), change('no', 4)]));
    expect(intervals.map(({ status, fromMs, toMs }) => [status, fromMs / MINUTE, toMs / MINUTE])).toEqual([
      ['unknown', 0, 2],
      ['yes', 2, 4],
      ['no', 4, 10],
    ]);
  });
});

describe('trackRecordings', () => {
  it('gives each recording its windows in order of time, whatever order they were tested in', () => {
    const dataSet = toyDataSet({ subjects: 2, windowsEach: 4 });
    const indices = [7, 1, 0, 5, 3, 2, 6, 4];
    const probabilities = Float32Array.from(indices.flatMap((index) => [1 - index / 8, index / 8]));
    const seen: number[][] = [];
    const truths = statusTruths(dataSet, 'conversation', indices, probabilities);
    const source = { name: 'conversation', classes: ['no', 'yes'] };
    const tracked = trackRecordings(truths, source, (_, windows) => {
      seen.push(windows.map(({ probabilities: [, yes = 0] }) => yes * 8));
      return [];
    });
    expect(seen).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ]);
    expect(tracked.map(({ recording: id }) => id)).toEqual(['r1', 'r2']);
    for (const { truth } of tracked) {
      truth.slice(1).forEach(({ status }, at) => {
        expect(status).not.toBe(truth[at]?.status);
      });
    }
  });
});
