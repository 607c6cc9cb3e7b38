import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trackingOf } from '../../../../../src/cli/train/training-data.js';
import { learntFilter } from '../../../../../src/stream/status-filter.js';
import { FilterTrials } from '../../../../../src/training/motion/figures/filter-trials.js';
import { type StatusTruth, trackRecordings } from '../../../../../src/training/motion/figures/tracked.js';
import { seenTruth, trackedFigures } from '../../../../../src/training/motion/figures/tracked-figures.js';

const STRIDE_MS = 5000;
const TRACKING = trackingOf({ strideSamples: 125, samplingRateHz: 25 });

/** Windows with gaps, of which some are silence, and stretches of truth with unlabelled time in between. */
function recordings(classes: readonly string[]): fc.Arbitrary<StatusTruth[]> {
  const window = fc.record({
    strides: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, fc.integer({ min: 2, max: 60 })),
    weights: fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), {
      minLength: classes.length,
      maxLength: classes.length,
    }),
  });
  const stretch = fc.record({
    pauseMs: fc.constantFrom(0, 0, 7000),
    lengthMs: fc.integer({ min: 1000, max: 90_000 }),
    status: fc.constantFrom(...classes, 'something else'),
  });
  const recording = fc.record({
    windows: fc.array(window, { minLength: 1, maxLength: 40 }),
    stretches: fc.array(stretch, { minLength: 1, maxLength: 8 }),
  });
  return fc.array(recording, { minLength: 1, maxLength: 3 }).map((all) =>
    all.map(({ windows, stretches }, at) => {
      let endMs = 0;
      let toMs = 0;
      return {
        recording: `r${at}`,
        subject: `s${at}`,
        windows: windows.map(({ strides, weights }) => {
          endMs += strides * STRIDE_MS;
          const whole = weights.reduce((sum, weight) => sum + weight, 0);
          const probabilities = weights.map((weight) => weight / whole);
          return { startMs: endMs - 2 * STRIDE_MS, endMs, probabilities };
        }),
        truth: stretches.map(({ pauseMs, lengthMs, status }) => {
          const fromMs = toMs + pauseMs;
          toMs = fromMs + lengthMs;
          return { fromMs, toMs, status };
        }),
      };
    }),
  );
}

/** The same score by the statuses that a gateway makes. */
function scoreByTracking(
  truths: readonly StatusTruth[],
  target: Parameters<typeof TRACKING.changesOf>[0],
): number {
  const heard = trackRecordings(truths, target, TRACKING.changesOf).map((recording) => ({
    ...recording,
    changes: recording.changes.map((change) => ({ ...change, sinceMs: change.saidMs })),
  }));
  const { accuracy, unknown, switchesPerHour, trueSwitchesPerHour } = trackedFigures(heard);
  const excess = Math.max(0, (switchesPerHour ?? 0) - (trueSwitchesPerHour ?? 0));
  return (accuracy ?? 0) * (1 - (unknown ?? 0)) - excess / 60;
}

describe(FilterTrials, () => {
  it.each([
    [
      ['no', 'yes'],
      ['no', 'yes'],
    ],
    [['sitting', 'standing', 'walking'], undefined],
  ])('scores %s as the statuses of a gateway are right', (classes, binary) => {
    const statuses = binary ?? classes;
    const tries = fc.record({
      truths: recordings(statuses),
      shares: fc.array(fc.integer({ min: 1, max: 9 }), {
        minLength: classes.length,
        maxLength: classes.length,
      }),
      certainty: fc.array(fc.double({ min: 0.5, max: 0.99, noNaN: true }), {
        minLength: classes.length,
        maxLength: classes.length,
      }),
      slope: fc.double({ min: 0.3, max: 2, noNaN: true }),
      bias: fc.double({ min: 0, max: 1, noNaN: true }),
      meanDurationMs: fc.integer({ min: 5000, max: 600_000 }),
      independentMs: fc.integer({ min: 0, max: 60_000 }),
    });
    fc.assert(
      fc.property(tries, ({ truths, shares, slope, bias, ...learnt }) => {
        fc.pre(truths.some((one) => seenTruth(one).length > 0));
        const whole = shares.reduce((sum, share) => sum + share, 0);
        const filter = {
          ...learnt,
          shares: shares.map((share) => share / whole),
          calibration: classes.map((_, at) => ({ slope, bias: at * bias })),
        };
        const target = { name: 'target', classes, filter };
        const silenceMs = TRACKING.silenceMs('target');
        const trials = new FilterTrials({
          target: 'target',
          classes,
          statuses,
          recordings: truths,
          silenceMs,
        });
        const score = trials.score(trials.beliefsBy(learntFilter(classes, filter)), filter.certainty);
        expect(score).toBeCloseTo(scoreByTracking(truths, target), 9);
      }),
    );
  });
});
