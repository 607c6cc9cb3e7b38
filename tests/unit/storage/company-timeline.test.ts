import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CompanyPoint } from '../../../src/domain/store.js';
import { buildCompanyTimeline, companyAfter } from '../../../src/storage/company-timeline.js';
import { deviceId, makeCompany } from '../../helpers/make-results.js';

const [ben, cleo] = [deviceId('ben'), deviceId('cleo')];
const change = (other: typeof ben, sinceMs: number, status: CompanyPoint['status']): CompanyPoint =>
  makeCompany({ with: other, sinceMs, status, probability: status === 'together' ? 0.9 : 0.1 });
const RANGE = { fromMs: 0, toMs: 100 };

describe(buildCompanyTimeline, () => {
  it('ends what began with the next other word of the same two', () => {
    const points = [
      change(ben, 10, 'together'),
      change(cleo, 20, 'together'),
      change(ben, 30, 'apart'),
      change(cleo, 40, 'unknown'),
    ];
    expect(buildCompanyTimeline(points, RANGE)).toEqual([
      { fromMs: 10, toMs: 30, with: 'ben', probability: 0.9 },
      { fromMs: 20, toMs: 40, with: 'cleo', probability: 0.9 },
    ]);
  });

  it('keeps to the range, and lets what has not ended last until its end', () => {
    const points = [change(ben, -50, 'together'), change(cleo, -40, 'apart'), change(cleo, 70, 'together')];
    expect(buildCompanyTimeline(points, RANGE)).toEqual([
      { fromMs: 0, toMs: 100, with: 'ben', probability: 0.9 },
      { fromMs: 70, toMs: 100, with: 'cleo', probability: 0.9 },
    ]);
    expect(buildCompanyTimeline([change(ben, 100, 'together')], RANGE)).toEqual([]);
  });

  it('takes the same word said again for one', () => {
    const points = [change(ben, 10, 'together'), change(ben, 20, 'together'), change(ben, 30, 'apart')];
    expect(buildCompanyTimeline(points, RANGE)).toHaveLength(1);
  });

  it('gives intervals of one pair that never overlap, whatever was said', () => {
    const said = fc.record({
      other: fc.constantFrom(ben, cleo),
      sinceMs: fc.integer({ min: -50, max: 150 }),
      status: fc.constantFrom('together', 'apart', 'unknown'),
    });
    fc.assert(
      fc.property(fc.array(said), (all) => {
        const points = all
          .map(({ other, sinceMs, status }) => change(other, sinceMs, status))
          .sort((a, b) => a.sinceMs - b.sinceMs);
        const intervals = buildCompanyTimeline(points, RANGE);
        for (const other of [ben, cleo]) {
          const own = intervals.filter((interval) => interval.with === other);
          own.forEach(({ fromMs, toMs }, index) => {
            expect(fromMs).toBeLessThan(toMs);
            expect(fromMs).toBeGreaterThanOrEqual(own[index - 1]?.toMs ?? RANGE.fromMs);
            expect(toMs).toBeLessThanOrEqual(RANGE.toMs);
          });
        }
      }),
    );
  });
});

describe(companyAfter, () => {
  it('goes by the last word of each two', () => {
    const points = [change(ben, 1, 'together'), change(cleo, 2, 'together'), change(ben, 3, 'unknown')];
    expect(companyAfter(points)).toEqual([cleo]);
  });
});
