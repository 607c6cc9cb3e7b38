import { describe, expect, it } from 'vitest';
import type { RecordingLabel } from '../../../../../src/domain/recording.js';
import {
  crossesBorder,
  labelOfWindow,
  type UnknownAs,
} from '../../../../../src/training/motion/data/window-labels.js';

const startMs = 1_700_000_000_000;

function label(fromMs: number, toMs: number, values: Partial<RecordingLabel> = {}): RecordingLabel {
  return { fromMs, toMs, activity: 'walking', accompanied: true, conversation: null, ...values };
}

function labelOf(
  labels: readonly RecordingLabel[],
  kind: 'accompanied' | 'conversation' | 'activity' | 'detail',
  share = 0.5,
) {
  return windowLabel(labels, kind, share)?.text;
}

function windowLabel(
  labels: readonly RecordingLabel[],
  kind: 'accompanied' | 'conversation' | 'activity' | 'detail',
  share: number,
  unknownAs?: UnknownAs,
) {
  const window = { startMs: startMs + 1000, endMs: startMs + 2000 };
  return labelOfWindow({ startMs, labels }, window, kind, share, unknownAs);
}

describe('labelOfWindow', () => {
  it('is what holds throughout', () => {
    expect(labelOf([label(0, 5000)], 'accompanied')).toBe('yes');
    expect(labelOf([label(0, 5000, { accompanied: false })], 'accompanied')).toBe('no');
    expect(labelOf([label(0, 5000)], 'activity')).toBe('walking');
  });

  it('is unknown where nothing is known', () => {
    expect(labelOf([label(0, 5000)], 'conversation')).toBeUndefined();
    expect(labelOf([], 'accompanied')).toBeUndefined();
    expect(labelOf([label(2000, 5000)], 'accompanied')).toBeUndefined();
    expect(labelOf([label(0, 5000, { activity: null })], 'activity')).toBeUndefined();
    for (const activity of ['unlabelled', 'Unknown', '', ' '])
      expect(labelOf([label(0, 5000, { activity })], 'activity')).toBeUndefined();
  });

  it('is what holds for more than the share wanted', () => {
    const labels = [label(0, 1600), label(1600, 5000, { accompanied: false })];
    expect(labelOf(labels, 'accompanied')).toBe('yes');
    expect(labelOf(labels, 'accompanied', 0.6)).toBeUndefined();
    expect(labelOf([label(0, 1500)], 'accompanied')).toBeUndefined();
  });

  it('adds up intervals of the same label', () => {
    const labels = [label(1000, 1300), label(1300, 1400, { accompanied: false }), label(1400, 1800)];
    expect(labelOf(labels, 'accompanied', 0.65)).toBe('yes');
  });

  it('at a share of 1 is what holds for all of it', () => {
    expect(labelOf([label(1000, 2000)], 'accompanied', 1)).toBe('yes');
    expect(labelOf([label(1000, 1999)], 'accompanied', 1)).toBeUndefined();
  });

  it('may be what exactly was done', () => {
    expect(labelOf([label(0, 5000, { detail: 'singing' })], 'detail')).toBe('singing');
    expect(labelOf([label(0, 5000, { detail: null })], 'detail')).toBeUndefined();
    expect(labelOf([label(0, 5000)], 'detail')).toBeUndefined();
  });

  it('is assumed to be no where time without a label is to count so', () => {
    const assumed = { text: 'no', isAssumed: true };
    expect(windowLabel([label(0, 5000)], 'conversation', 0.5, 'no')).toEqual(assumed);
    expect(windowLabel([], 'conversation', 1, 'no')).toEqual(assumed);
    expect(windowLabel([label(0, 1400)], 'accompanied', 0.5, 'no')).toEqual(assumed);
    const own = { text: 'no', isAssumed: false };
    expect(windowLabel([label(0, 5000, { accompanied: false })], 'accompanied', 0.5, 'no')).toEqual(own);
  });

  it('is not assumed of other labels, nor where labels differ', () => {
    expect(windowLabel([], 'activity', 0.5, 'no')).toBeUndefined();
    expect(windowLabel([], 'detail', 0.5, 'no')).toBeUndefined();
    const halves = [label(0, 1500), label(1500, 5000, { accompanied: false })];
    expect(windowLabel(halves, 'accompanied', 0.5, 'no')).toBeUndefined();
    expect(windowLabel([label(0, 1600)], 'accompanied', 0.5, 'no')?.text).toBe('yes');
  });
});

describe('crossesBorder', () => {
  const window = { startMs: startMs + 1000, endMs: startMs + 2000 };

  it.each([
    ['begins inside', [label(1500, 5000)], true],
    ['ends inside', [label(0, 1500)], true],
    ['changes inside, though both say the same', [label(0, 1500), label(1500, 5000)], true],
    ['holds throughout', [label(0, 5000)], false],
    ['begins and ends with the window', [label(1000, 2000)], false],
    ['ends before it', [label(0, 1000), label(2000, 3000)], false],
  ])('says whether a label %s', (_, labels, expected) => {
    expect(crossesBorder({ startMs, labels }, window)).toBe(expected);
  });
});
