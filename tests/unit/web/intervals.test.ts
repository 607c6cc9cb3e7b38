import { describe, expect, it } from 'vitest';
import { applyNews, extendToNow, intervalAt, overlay } from '../../../src/web/core/intervals.js';

const alone = { fromMs: 0, toMs: 100, status: 'no' as const, confidence: 0.8 };
const together = { fromMs: 100, toMs: 200, status: 'yes' as const, confidence: 0.9 };

describe(applyNews, () => {
  it('lets a heartbeat lengthen what holds', () => {
    const news = { status: 'yes' as const, confidence: 0.95, sinceMs: 100, atMs: 260 };
    expect(applyNews([alone, together], news)).toEqual([alone, { ...together, confidence: 0.95, toMs: 260 }]);
  });

  it('replaces what was thought to hold since a change, which is dated back', () => {
    const news = { status: 'no' as const, confidence: 0.7, sinceMs: 150, atMs: 170 };
    expect(applyNews([alone, together], news)).toEqual([
      alone,
      { ...together, toMs: 150 },
      { fromMs: 150, toMs: 170, status: 'no', confidence: 0.7 },
    ]);
  });

  it('begins a timeline', () => {
    const news = { status: 'no' as const, confidence: 0.7, sinceMs: 150, atMs: 170 };
    expect(applyNews([], news)).toHaveLength(1);
  });
});

describe(extendToNow, () => {
  it('holds the last status until now, unless it is too long ago', () => {
    expect(extendToNow([together], 250, 100)).toEqual([{ ...together, toMs: 250 }]);
    expect(extendToNow([together], 1000, 100)).toEqual([together]);
    expect(extendToNow([], 1000, 100)).toEqual([]);
  });
});

describe(intervalAt, () => {
  it('finds what held at a moment; the end belongs to the next', () => {
    expect(intervalAt([alone, together], 100)).toBe(together);
    expect(intervalAt([alone, together], 99)).toBe(alone);
    expect(intervalAt([alone, together], 200)).toBeUndefined();
    expect(intervalAt([alone, together], -1)).toBeUndefined();
  });
});

describe(overlay, () => {
  it('lays details over the middle of what is coarse', () => {
    const fine = [{ ...together, fromMs: 40, toMs: 60 }];
    const laid = overlay([alone], fine, { fromMs: 40, toMs: 60 });
    expect(laid.map(({ fromMs, toMs, status }) => [fromMs, toMs, status])).toEqual([
      [0, 40, 'no'],
      [40, 60, 'yes'],
      [60, 100, 'no'],
    ]);
  });
});
