import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STATUSES, type StatusInterval } from '../../../../src/domain/status.js';
import { downsampleTimeline } from '../../../../src/http/answers/read-timeline.js';

function interval(fromMs: number, toMs: number, status: StatusInterval['status']): StatusInterval {
  return { fromMs, toMs, status, confidence: status === 'unknown' ? 0 : 0.9 };
}

/** Timelines without holes, of lengths from one millisecond on. */
const timelines = fc
  .array(fc.record({ lengthMs: fc.integer({ min: 1, max: 5000 }), status: fc.constantFrom(...STATUSES) }), {
    minLength: 1,
    maxLength: 60,
  })
  .map((parts) => {
    let atMs = 1000;
    return parts.map(({ lengthMs, status }) => {
      const made = interval(atMs, atMs + lengthMs, status);
      atMs += lengthMs;
      return made;
    });
  });

describe(downsampleTimeline, () => {
  it('gives each slot the status that held for longest in it', () => {
    const thinned = downsampleTimeline(
      [interval(0, 60, 'no'), interval(60, 100, 'yes'), interval(100, 130, 'no'), interval(130, 200, 'yes')],
      100,
    );
    expect(thinned).toEqual([interval(0, 100, 'no'), interval(100, 200, 'yes')]);
  });

  it('gives each slot the class that held for longest, and what is unknown its last reason', () => {
    const reason = { code: 'silence', text: '' } as const;
    const parts = [
      interval(0, 40, 'walking'),
      interval(40, 70, 'seated'),
      interval(70, 100, 'walking'),
      interval(100, 250, 'unknown'),
      { ...interval(250, 300, 'unknown'), reason },
    ];
    expect(downsampleTimeline(parts, 100)).toEqual([
      interval(0, 100, 'walking'),
      { ...interval(100, 300, 'unknown'), reason },
    ]);
  });

  it('leaves long intervals and holes as they are', () => {
    const long = [interval(0, 1000, 'yes'), interval(5000, 9000, 'no')];
    expect(downsampleTimeline(long, 100)).toEqual(long);
  });

  it('takes any resolution without going through empty time', () => {
    expect(downsampleTimeline([interval(0, 1e13, 'yes')], 1)).toEqual([interval(0, 1e13, 'yes')]);
    expect(downsampleTimeline([], 100)).toEqual([]);
  });

  it('keeps the ends, leaves no hole, and never tells two neighbours apart that are alike', () => {
    fc.assert(
      fc.property(timelines, fc.integer({ min: 1, max: 3000 }), (intervals, resolutionMs) => {
        const thinned = downsampleTimeline(intervals, resolutionMs);
        expect(thinned[0]?.fromMs).toBe(intervals[0]?.fromMs);
        expect(thinned.at(-1)?.toMs).toBe(intervals.at(-1)?.toMs);
        for (const [index, { fromMs, status }] of thinned.entries()) {
          const before = thinned[index - 1];
          if (before === undefined) continue;
          expect(before.toMs).toBe(fromMs);
          expect(before.status).not.toBe(status);
        }
        const lengthMs = (intervals.at(-1)?.toMs ?? 0) - (intervals[0]?.fromMs ?? 0);
        expect(thinned.length).toBeLessThanOrEqual(lengthMs / resolutionMs + 2);
      }),
    );
  });
});
