import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addAgreements,
  agreeingShare,
  companyAgreement,
  measureAgreement,
  NO_AGREEMENT,
  unknownShare,
} from '../../../src/cli/demo-agreement.js';
import { STATUSES, type Status, type StatusInterval } from '../../../src/domain/status.js';
import type { TruthInterval } from '../../../src/recordings/simulation/day-plan.js';
import { deviceId } from '../../helpers/make-results.js';

/** Consecutive intervals from 0 on, with a value each. */
function consecutive<T>(value: fc.Arbitrary<T>): fc.Arbitrary<{ fromMs: number; toMs: number; value: T }[]> {
  return fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), value), { maxLength: 12 }).map((parts) => {
    let fromMs = 0;
    return parts.map(([lengthMs, it]) => {
      const interval = { fromMs, toMs: fromMs + lengthMs, value: it };
      fromMs += lengthMs;
      return interval;
    });
  });
}

const truths: fc.Arbitrary<TruthInterval[]> = consecutive(fc.boolean());
const timelines: fc.Arbitrary<StatusInterval[]> = consecutive(fc.constantFrom(...STATUSES)).map((parts) =>
  parts.map(({ fromMs, toMs, value }) => ({ fromMs, toMs, status: value, confidence: 1 })),
);

function statusAt(timeline: readonly StatusInterval[], timeMs: number): Status {
  return timeline.find(({ fromMs, toMs }) => fromMs <= timeMs && timeMs < toMs)?.status ?? 'unknown';
}

describe('measureAgreement', () => {
  it('equals what counting millisecond by millisecond gives', () => {
    fc.assert(
      fc.property(timelines, truths, (timeline, truth) => {
        const expected = { agreeingMs: 0, differingMs: 0, unknownMs: 0 };
        for (const { fromMs, toMs, value } of truth) {
          for (let timeMs = fromMs; timeMs < toMs; timeMs++) {
            const status = statusAt(timeline, timeMs);
            if (status === 'unknown') expected.unknownMs += 1;
            else if ((status === 'yes') === value) expected.agreeingMs += 1;
            else expected.differingMs += 1;
          }
        }
        expect(measureAgreement(timeline, truth)).toEqual(expected);
      }),
    );
  });

  it('is whole for a timeline that is the truth', () => {
    fc.assert(
      fc.property(
        truths.filter((truth) => truth.length > 0),
        (truth) => {
          const timeline = truth.map(({ fromMs, toMs, value }): StatusInterval => {
            return { fromMs, toMs, status: value ? 'yes' : 'no', confidence: 1 };
          });
          const agreement = measureAgreement(timeline, truth);
          expect(agreeingShare(agreement)).toBe(1);
          expect(unknownShare(agreement)).toBe(0);
        },
      ),
    );
  });

  it('has no share where nothing was said or nothing is known', () => {
    expect(agreeingShare(NO_AGREEMENT)).toBeUndefined();
    expect(unknownShare(NO_AGREEMENT)).toBeUndefined();
    const silent = measureAgreement([], [{ fromMs: 0, toMs: 10, value: true }]);
    expect(agreeingShare(silent)).toBeUndefined();
    expect(unknownShare(silent)).toBe(1);
  });
});

describe('addAgreements', () => {
  it('weighs devices by their time', () => {
    const sum = addAgreements([
      { agreeingMs: 30, differingMs: 0, unknownMs: 10 },
      { agreeingMs: 0, differingMs: 10, unknownMs: 0 },
    ]);
    expect(agreeingShare(sum)).toBe(0.75);
    expect(unknownShare(sum)).toBe(0.2);
  });
});

describe('companyAgreement', () => {
  it('is the share of the seconds in which just those were named that were there', () => {
    const [ben, cleo] = [deviceId('ben'), deviceId('cleo')];
    const truth = [{ fromMs: 2000, toMs: 6000, with: ben }];
    const said = [
      { fromMs: 3000, toMs: 7000, with: ben, probability: 0.99 },
      { fromMs: 5000, toMs: 6000, with: cleo, probability: 0.98 },
    ];
    const range = { fromMs: 0, toMs: 10_000 };
    // Wrong in the third second (missed), the sixth (one too many) and the seventh (still said).
    expect(companyAgreement(said, truth, range)).toBeCloseTo(0.7);
    expect(companyAgreement([], [], range)).toBe(1);
  });
});
