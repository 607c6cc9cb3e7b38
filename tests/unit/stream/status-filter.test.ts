import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  believe,
  type Probabilities,
  type StatusFilter,
  statusBelieved,
} from '../../../src/stream/status-filter.js';

const FILTER: StatusFilter = {
  statuses: [
    { status: 'no', slope: 1, bias: 0, share: 0.75, certainty: 0.9 },
    { status: 'yes', slope: 1, bias: 0, share: 0.25, certainty: 0.8 },
  ],
  meanDurationMs: 600_000,
  independentMs: 20_000,
};
/** What says nothing: each status as probable as it is without a window. */
const NOTHING = { no: 0.75, yes: 0.25 };
/** Status changes in both directions must be as frequent: so long is a relaxation at the shares above. */
const RELAXATION_MS = 600_000 * 2 * 0.75 * 0.25;

/** Shares and calibration of three statuses, whichever. */
const filters = fc
  .record({
    statuses: fc.array(
      fc.record({
        slope: fc.double({ min: 0.2, max: 3, noNaN: true }),
        bias: fc.double({ min: -2, max: 2, noNaN: true }),
        weight: fc.integer({ min: 1, max: 9 }),
      }),
      { minLength: 2, maxLength: 4 },
    ),
    meanDurationMs: fc.integer({ min: 100, max: 10_000_000 }),
    independentMs: fc.integer({ min: 0, max: 1_000_000 }),
  })
  .map(({ statuses, ...rest }): StatusFilter => {
    const whole = statuses.reduce((sum, { weight }) => sum + weight, 0);
    const named = statuses.map(({ weight, ...calibration }, at) => ({
      ...calibration,
      status: `class-${at}`,
      share: weight / whole,
      certainty: 0.9,
    }));
    return { ...rest, statuses: named };
  });

const yesOf = ({ yes = Number.NaN }: Probabilities): number => yes;
const sum = (belief: Probabilities): number =>
  Object.values(belief).reduce((total, value) => total + value, 0);

describe(believe, () => {
  it('believes in nothing but the shares before a window says something', () => {
    const belief = believe(FILTER, {}, NOTHING, Number.POSITIVE_INFINITY);
    expect(yesOf(belief)).toBeCloseTo(0.25);
    expect(sum(belief)).toBeCloseTo(1);
  });

  it('takes the first window for what it is worth', () => {
    const belief = believe(FILTER, {}, { no: 0.1, yes: 0.9 }, Number.POSITIVE_INFINITY);
    expect(yesOf(belief)).toBeCloseTo(0.9);
  });

  it('weighs a window by the time since the one before, up to all of it', () => {
    const still = { ...FILTER, meanDurationMs: 1e12 };
    const said = { no: 0.25, yes: 0.75 };
    const oddsAfter = (elapsedMs: number): number => {
      const { no = 0, yes = 0 } = believe(still, { no: 0.5, yes: 0.5 }, said, elapsedMs);
      return yes / no;
    };
    // The window makes yes nine times as probable as it is without.
    expect(oddsAfter(20_000)).toBeCloseTo(9);
    expect(oddsAfter(40_000)).toBeCloseTo(9);
    expect(oddsAfter(10_000)).toBeCloseTo(3);
  });

  it('lets belief drift by real time, whatever the windows in between', () => {
    const before = { no: 0, yes: 1 };
    const driftedFor = (elapsedMs: number): number => 0.25 + 0.75 * Math.exp(-elapsedMs / RELAXATION_MS);
    expect(yesOf(believe(FILTER, before, NOTHING, 60_000))).toBeCloseTo(driftedFor(60_000));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1 }), (steps) => {
        const belief = steps.reduce<Probabilities>(
          (held, elapsedMs) => believe(FILTER, held, NOTHING, elapsedMs),
          before,
        );
        expect(yesOf(belief)).toBeCloseTo(driftedFor(steps.reduce((total, step) => total + step, 0)));
      }),
    );
  });

  it('calibrates what the model says', () => {
    const sure = { no: 0.01, yes: 0.99 };
    const flat = FILTER.statuses.map((status) => ({ ...status, slope: 0.1 }));
    const biased = FILTER.statuses.map((status) => ({ ...status, bias: status.status === 'yes' ? -5 : 0 }));
    const yes = (statuses: StatusFilter['statuses']): number =>
      yesOf(believe({ ...FILTER, statuses }, {}, sure, Number.POSITIVE_INFINITY));
    expect(yes(FILTER.statuses)).toBeCloseTo(0.99);
    expect(yes(flat)).toBeCloseTo(99 ** 0.1 / (1 + 99 ** 0.1));
    expect(yes(biased)).toBeCloseTo((99 * Math.exp(-5)) / (1 + 99 * Math.exp(-5)));
  });

  it('stays a distribution over the statuses, whatever the model says and however sure', () => {
    const window = fc.record({
      certainties: fc.array(fc.constantFrom(0, 1e-30, 0.1, 0.5, 1), { minLength: 4, maxLength: 4 }),
      elapsedMs: fc.oneof(fc.integer({ min: 1, max: 1e9 }), fc.constant(Number.POSITIVE_INFINITY)),
    });
    fc.assert(
      fc.property(filters, fc.array(window, { minLength: 1 }), (filter, windows) => {
        let belief: Probabilities = {};
        for (const { certainties, elapsedMs } of windows) {
          const said = Object.fromEntries(certainties.map((value, at) => [`class-${at}`, value]));
          belief = believe(filter, belief, said, elapsedMs);
          expect(Object.keys(belief)).toEqual(filter.statuses.map(({ status }) => status));
          expect(sum(belief)).toBeCloseTo(1);
        }
      }),
    );
  });
});

describe(statusBelieved, () => {
  it('says what is believed in enough, and else what holds', () => {
    expect(statusBelieved(FILTER, 'unknown', { no: 0.19, yes: 0.81 })).toBe('yes');
    expect(statusBelieved(FILTER, 'unknown', { no: 0.21, yes: 0.79 })).toBe('unknown');
    expect(statusBelieved(FILTER, 'no', { no: 0.21, yes: 0.79 })).toBe('no');
    expect(statusBelieved(FILTER, 'no', { no: 0.19, yes: 0.81 })).toBe('yes');
    expect(statusBelieved(FILTER, 'yes', { no: 0.89, yes: 0.11 })).toBe('yes');
    expect(statusBelieved(FILTER, 'yes', { no: 0.91, yes: 0.09 })).toBe('no');
    expect(statusBelieved(FILTER, 'unknown', { no: 0.81, yes: 0.19 })).toBe('no');
    expect(statusBelieved(FILTER, 'no', {})).toBe('no');
  });
});
