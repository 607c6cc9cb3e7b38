import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STATUSES, type StatusInterval } from '../../../src/domain/status.js';
import { buildTimeline } from '../../../src/storage/timeline.js';

const point = (atMs: number, status: 'yes' | 'no' | 'unknown', confidence = 0.9) => ({
  atMs,
  status,
  confidence,
});
const short = (intervals: StatusInterval[]) =>
  intervals.map(({ fromMs, toMs, status }) => [fromMs, toMs, status]);
const silent = { silenceMs: 30 };

describe('buildTimeline', () => {
  it('says nothing where there is no point', () => {
    expect(buildTimeline([], { fromMs: 0, toMs: 100 }, silent)).toEqual([]);
  });

  it('lets a status hold until the next point and merges heartbeats', () => {
    const points = [point(0, 'yes'), point(20, 'yes'), point(40, 'no'), point(50, 'no')];
    expect(short(buildTimeline(points, { fromMs: 0, toMs: 60 }, silent))).toEqual([
      [0, 40, 'yes'],
      [40, 60, 'no'],
    ]);
  });

  it('takes the point before the range as the status at its beginning', () => {
    const points = [point(-500, 'no'), point(20, 'yes')];
    expect(short(buildTimeline(points, { fromMs: 0, toMs: 40 }, silent))).toEqual([
      [0, 20, 'no'],
      [20, 40, 'yes'],
    ]);
  });

  it('turns to unknown when silence follows the last point, and merges that with an unknown before', () => {
    expect(short(buildTimeline([point(0, 'yes')], { fromMs: 0, toMs: 100 }, silent))).toEqual([
      [0, 30, 'yes'],
      [30, 100, 'unknown'],
    ]);
    expect(short(buildTimeline([point(0, 'unknown', 0)], { fromMs: 0, toMs: 100 }, silent))).toEqual([
      [0, 100, 'unknown'],
    ]);
  });

  it('is unknown throughout when the only point is long before the range', () => {
    expect(short(buildTimeline([point(-500, 'yes')], { fromMs: 0, toMs: 100 }, silent))).toEqual([
      [0, 100, 'unknown'],
    ]);
  });

  it('sees a gap between two points as silence where a longest gap is given', () => {
    const points = [point(0, 'yes'), point(1000, 'yes')];
    const options = { silenceMs: 30, longestGapMs: 60 };
    expect(short(buildTimeline(points, { fromMs: 0, toMs: 1010 }, options))).toEqual([
      [0, 30, 'yes'],
      [30, 1000, 'unknown'],
      [1000, 1010, 'yes'],
    ]);
  });

  it('takes a gap that is just as long as the longest for none', () => {
    const options = { silenceMs: 30, longestGapMs: 60 };
    const until = (gapMs: number) =>
      short(buildTimeline([point(0, 'yes'), point(gapMs, 'yes')], { fromMs: 0, toMs: gapMs }, options));
    expect(until(60)).toEqual([[0, 60, 'yes']]);
    expect(until(61)).toEqual([
      [0, 30, 'yes'],
      [30, 61, 'unknown'],
    ]);
  });

  it('weights the confidence of a merged interval by time', () => {
    const points = [point(0, 'yes', 0.8), point(30, 'yes', 1), point(40, 'no', 0.7)];
    const [first] = buildTimeline(points, { fromMs: 0, toMs: 40 }, silent);
    expect(first?.confidence).toBeCloseTo(0.85, 12);
  });

  it('leaves out points behind the range and the part before it', () => {
    const points = [point(10, 'yes'), point(50, 'no')];
    expect(short(buildTimeline(points, { fromMs: 20, toMs: 30 }, silent))).toEqual([[20, 30, 'yes']]);
    expect(buildTimeline([point(50, 'no')], { fromMs: 20, toMs: 30 }, silent)).toEqual([]);
    expect(buildTimeline(points, { fromMs: 30, toMs: 20 }, silent)).toEqual([]);
  });
});

const arbitraryPoints = fc
  .array(fc.record({ gapMs: fc.integer({ min: 1, max: 100 }), status: fc.constantFrom(...STATUSES) }), {
    maxLength: 30,
  })
  .map((steps) => {
    let atMs = -200;
    return steps.map(({ gapMs, status }) => {
      atMs += gapMs;
      return point(atMs, status, status === 'unknown' ? 0 : 0.5 + (gapMs % 10) / 20);
    });
  });
const arbitraryRange = fc
  .tuple(fc.integer({ min: -300, max: 1500 }), fc.integer({ min: 0, max: 1000 }))
  .map(([fromMs, lengthMs]) => ({ fromMs, toMs: fromMs + lengthMs }));
const arbitraryOptions = fc.record(
  { silenceMs: fc.integer({ min: 1, max: 80 }), longestGapMs: fc.integer({ min: 1, max: 80 }) },
  { requiredKeys: ['silenceMs'] },
);

describe('any timeline', () => {
  it('ascends without overlap or hole from the first point to the end of the range', () => {
    fc.assert(
      fc.property(arbitraryPoints, arbitraryRange, arbitraryOptions, (points, range, options) => {
        const intervals = buildTimeline(points, range, options);
        const first = points[0];
        const fromMs = first === undefined ? range.toMs : Math.max(first.atMs, range.fromMs);
        let atMs = fromMs;
        for (const interval of intervals) {
          expect(interval.fromMs).toBe(atMs);
          expect(interval.toMs).toBeGreaterThan(interval.fromMs);
          atMs = interval.toMs;
        }
        expect(atMs).toBe(Math.max(fromMs, range.toMs));
      }),
    );
  });

  it('has no equal neighbours, so that merging again changes nothing', () => {
    fc.assert(
      fc.property(arbitraryPoints, arbitraryRange, arbitraryOptions, (points, range, options) => {
        const intervals = buildTimeline(points, range, options);
        const touching = intervals.filter(
          ({ status, fromMs }, index) =>
            intervals[index - 1]?.status === status && intervals[index - 1]?.toMs === fromMs,
        );
        expect(touching).toEqual([]);
      }),
    );
  });

  it('says at each instant what the last point before it said, or unknown after silence', () => {
    fc.assert(
      fc.property(arbitraryPoints, arbitraryRange, arbitraryOptions, (points, range, options) => {
        for (const { fromMs, toMs, status } of buildTimeline(points, range, options)) {
          for (let atMs = fromMs; atMs < toMs; atMs += 7) {
            const index = points.findLastIndex((candidate) => candidate.atMs <= atMs);
            const last = points[index];
            const next = points[index + 1];
            const isGap =
              next === undefined || next.atMs - (last?.atMs ?? 0) > (options.longestGapMs ?? Infinity);
            const isSilent = isGap && atMs >= (last?.atMs ?? 0) + options.silenceMs;
            expect(status).toBe(isSilent ? 'unknown' : last?.status);
          }
        }
      }),
    );
  });
});
