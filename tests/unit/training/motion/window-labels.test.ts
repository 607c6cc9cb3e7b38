import { describe, expect, it } from 'vitest';
import type { RecordingLabel } from '../../../../src/domain/recording.js';
import { labelOfWindow } from '../../../../src/training/motion/window-labels.js';

const startMs = 1_700_000_000_000;

function label(fromMs: number, toMs: number, values: Partial<RecordingLabel> = {}): RecordingLabel {
  return { fromMs, toMs, activity: 'walking', accompanied: true, conversation: null, ...values };
}

function labelOf(
  labels: readonly RecordingLabel[],
  kind: 'accompanied' | 'conversation' | 'activity',
  share = 0.5,
) {
  return labelOfWindow({ startMs, labels }, { startMs: startMs + 1000, endMs: startMs + 2000 }, kind, share);
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
    expect(labelOf([label(0, 5000, { activity: 'unlabelled' })], 'activity')).toBeUndefined();
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
});
