import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApparelPoint } from '../../../src/domain/store.js';
import { buildApparelTimeline } from '../../../src/storage/apparel-timeline.js';
import { deviceId } from '../../helpers/sensor-messages.js';

const ALWAYS = { fromMs: 0, toMs: 10_000 };

function point(atMs: number, label: string, probability = 0.5): ApparelPoint {
  return { device: deviceId('phone'), label, atMs, probability };
}

describe(buildApparelTimeline, () => {
  it('holds a label until the next frame, and for so long after the last', () => {
    expect(buildApparelTimeline([point(0, 'hat'), point(100, 'shoe', 0.8)], ALWAYS, 1000)).toEqual([
      { fromMs: 0, toMs: 100, status: 'yes', label: 'hat', confidence: 0.5 },
      { fromMs: 100, toMs: 1100, status: 'yes', label: 'shoe', confidence: 0.8 },
    ]);
  });

  it('takes the most probable label of a frame', () => {
    const points = [point(0, 'hat', 0.2), point(0, 'shoe', 0.7), point(0, 'dress', 0.1)];
    expect(buildApparelTimeline(points, ALWAYS, 10).map(({ label }) => label)).toEqual(['shoe']);
  });

  it('has all that the people of a frame wear, and joins frames that show the same', () => {
    const worn = (atMs: number, label: string, probability: number) => ({
      ...point(atMs, label, probability),
      people: [1],
    });
    const points = [
      worn(0, 'coat', 0.3),
      worn(0, 'hat', 0.8),
      worn(100, 'coat', 0.9),
      worn(100, 'hat', 0.7),
      worn(200, 'hat', 0.7),
    ];
    expect(
      buildApparelTimeline(points, ALWAYS, 100).map(({ fromMs, toMs, label, labels }) => [
        fromMs,
        toMs,
        label,
        labels,
      ]),
    ).toEqual([
      [0, 200, 'hat', ['hat', 'coat']],
      [200, 300, 'hat', ['hat']],
    ]);
  });

  it('joins equal neighbours, but not over a silence', () => {
    const points = [point(0, 'hat', 0.4), point(100, 'hat', 0.8), point(5000, 'hat', 1)];
    const intervals = buildApparelTimeline(points, ALWAYS, 300);
    expect(intervals.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [0, 400],
      [5000, 5300],
    ]);
    expect(intervals[0]?.confidence).toBeCloseTo((0.4 * 100 + 0.8 * 300) / 400);
  });

  it('cuts at the range', () => {
    const [interval] = buildApparelTimeline([point(50, 'hat')], { fromMs: 100, toMs: 200 }, 1000);
    expect(interval).toMatchObject({ fromMs: 100, toMs: 200 });
    expect(buildApparelTimeline([point(50, 'hat')], { fromMs: 100, toMs: 200 }, 20)).toEqual([]);
  });

  it('gives intervals that ascend without overlap', () => {
    const points = fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 9999 }),
        fc.constantFrom('a', 'b'),
        fc.double({ min: 0, max: 1, noNaN: true }),
      ),
    );
    fc.assert(
      fc.property(points, fc.integer({ min: 1, max: 3000 }), (raw, holdMs) => {
        const sorted = raw.sort(([a], [b]) => a - b).map((each) => point(...each));
        const intervals = buildApparelTimeline(sorted, ALWAYS, holdMs);
        for (const [index, { fromMs, toMs }] of intervals.entries()) {
          expect(toMs).toBeGreaterThan(fromMs);
          expect(fromMs).toBeGreaterThanOrEqual(intervals[index - 1]?.toMs ?? 0);
        }
      }),
    );
  });
});
