import { describe, expect, it } from 'vitest';
import { describeMoment, timeOf } from '../../../src/web/core/moment.js';

const alone = { fromMs: 0, toMs: 10_000, status: 'no' as const, confidence: 0.8 };
const known = { targets: ['accompanied'], timelines: { accompanied: [alone] }, resolutionMs: 0 };

describe(describeMoment, () => {
  it('says what held, that nothing is known, or that it is not loaded yet', () => {
    expect(describeMoment(5000, known).lines).toEqual(['accompanied: alone']);
    expect(describeMoment(20_000, known).lines).toEqual(['accompanied: nothing known']);
    expect(describeMoment(5000, { ...known, timelines: {} }).lines).toEqual(['accompanied: not loaded yet']);
  });

  it('says so where statuses are thinned', () => {
    expect(describeMoment(5000, { ...known, resolutionMs: 90_000 }).lines.at(-1)).toContain(
      'within 1 min 30 s',
    );
  });
});

describe(timeOf, () => {
  const range = { fromMs: 10_000, toMs: 20_000 };

  it('is the time under a place, whatever range is drawn there', () => {
    expect(timeOf({ kind: 'place', share: 0.5 }, range)).toBe(15_000);
    expect(timeOf({ kind: 'place', share: 0.5 }, { fromMs: 0, toMs: 10_000 })).toBe(5000);
  });

  it('is the second that people are told', () => {
    expect(timeOf({ kind: 'place', share: 0.59 }, range)).toBe(15_000);
    expect(timeOf({ kind: 'time', timeMs: 12_345 }, range)).toBe(12_000);
  });
});
