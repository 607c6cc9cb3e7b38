import { describe, expect, it } from 'vitest';
import { trackingOf } from '../../../../../src/cli/train/training-data.js';
import { manifestSchema } from '../../../../../src/inference/models/manifest.js';
import { calibrate } from '../../../../../src/training/motion/figures/calibrate.js';
import {
  type FilterLesson,
  filterAcrossPeople,
  learnFilter,
} from '../../../../../src/training/motion/figures/learn-filter.js';
import { type StatusTruth, trackRecordings } from '../../../../../src/training/motion/figures/tracked.js';
import { trackedFigures } from '../../../../../src/training/motion/figures/tracked-figures.js';
import { createRandom } from '../../../../../src/training/random.js';
import { tinyManifest } from '../../../../helpers/tiny-model.js';

const STRIDE_MS = 10_000;
const SPELL_WINDOWS = 40;

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));

/** One person who changes a few times; windows tell it with so much noise. */
function person(seed: number, spells = 4): StatusTruth {
  const random = createRandom(seed);
  const statusAt = (window: number): string => (Math.floor(window / SPELL_WINDOWS) % 2 === 0 ? 'no' : 'yes');
  const windows = Array.from({ length: spells * SPELL_WINDOWS }, (_, at) => {
    const yes = sigmoid((statusAt(at) === 'yes' ? 1 : -1) + 2 * random.normal());
    return { startMs: at * STRIDE_MS, endMs: (at + 1) * STRIDE_MS, probabilities: [1 - yes, yes] };
  });
  const truth = Array.from({ length: spells }, (_, spell) => ({
    fromMs: spell * SPELL_WINDOWS * STRIDE_MS,
    toMs: (spell + 1) * SPELL_WINDOWS * STRIDE_MS,
    status: statusAt(spell * SPELL_WINDOWS),
  }));
  return { recording: `r${seed}`, subject: `s${seed}`, truth, windows };
}

const PEOPLE = [1, 2, 3].map((seed) => person(seed));
const LESSON: FilterLesson = {
  target: 'conversation',
  classes: ['no', 'yes'],
  recordings: PEOPLE,
  tracking: trackingOf({ strideSamples: 500, samplingRateHz: 50 }),
};

describe(calibrate, () => {
  it('finds by how much probabilities are too sure and lean to one side', () => {
    const random = createRandom(1);
    const samples = Array.from({ length: 4000 }, () => {
      const truth = random.below(2);
      // Twice as sure as it should be, and too often yes.
      const said = sigmoid(2 * ((truth === 1 ? 1 : -1) + random.normal()) * 2 + 1);
      return { probabilities: [1 - said, said], truth };
    });
    const [no = { slope: 0, bias: 0 }, yes = { slope: 0, bias: 0 }] = calibrate(samples, 2);
    const calibrated = (said: number): number => {
      const odds = Math.exp(yes.slope * Math.log(said) + yes.bias - no.slope * Math.log(1 - said) - no.bias);
      return odds / (1 + odds);
    };
    const near = (from: number, to: number): number => {
      const inside = samples.filter(({ probabilities: [, said = 0] }) => {
        const value = calibrated(said);
        return value >= from && value < to;
      });
      return inside.filter(({ truth }) => truth === 1).length / inside.length;
    };
    expect(near(0.2, 0.4)).toBeCloseTo(0.3, 1);
    expect(near(0.6, 0.8)).toBeCloseTo(0.7, 1);
  });

  it('leaves probabilities as they are without samples', () => {
    expect(calibrate([], 2)).toEqual([
      { slope: 1, bias: 0 },
      { slope: 1, bias: 0 },
    ]);
  });
});

describe(learnFilter, () => {
  it('estimates shares and durations, and fits the manifest', () => {
    const filter = learnFilter(LESSON);
    expect(filter?.shares[0]).toBeCloseTo(0.5, 2);
    expect(filter?.meanDurationMs).toBe(SPELL_WINDOWS * STRIDE_MS);
    const targets = tinyManifest().targets.map((target) => ({ ...target, filter }));
    expect(manifestSchema.safeParse(tinyManifest({ targets })).success).toBe(true);
  });

  it('learns nothing where only one class is labelled', () => {
    const quiet = PEOPLE.map((one) => ({ ...one, truth: one.truth.filter(({ status }) => status === 'no') }));
    expect(learnFilter({ ...LESSON, recordings: quiet })).toBeUndefined();
    expect(learnFilter({ ...LESSON, recordings: [] })).toBeUndefined();
  });

  it('learns three classes as it does two', () => {
    const classes = ['sitting', 'standing', 'walking'];
    const third = (one: StatusTruth): StatusTruth => ({
      ...one,
      truth: one.truth.map((interval, at) => ({ ...interval, status: classes[at % 3] ?? '' })),
      windows: one.windows.map((window, at) => {
        const holds = Math.floor(at / SPELL_WINDOWS) % 3;
        const [, noise = 0] = window.probabilities;
        return {
          ...window,
          probabilities: classes.map((_, index) => (index === holds ? 0.4 : 0.3) + noise / 10),
        };
      }),
    });
    const lesson = { ...LESSON, target: 'activity', classes, recordings: PEOPLE.map(third) };
    const filter = learnFilter(lesson);
    expect(filter?.certainty).toHaveLength(3);
    const { accuracy } = trackedFigures(filterAcrossPeople(lesson));
    expect(accuracy).toBeGreaterThan(0.95);
  });
});

describe(filterAcrossPeople, () => {
  it('switches less often than smoothing does, and is right for longer', () => {
    const filtered = trackedFigures(filterAcrossPeople(LESSON));
    const smoothed = trackedFigures(
      trackRecordings(PEOPLE, { name: 'conversation', classes: ['no', 'yes'] }, LESSON.tracking.changesOf),
    );
    expect(filtered.switchesPerHour).toBeLessThan(smoothed.switchesPerHour ?? 0);
    expect(filtered.accuracy).toBeGreaterThan(smoothed.accuracy ?? 1);
    expect(filtered.missedChanges).toBeLessThanOrEqual(1);
  });

  it('says how far it is, after each group of people', () => {
    const progress: number[] = [];
    filterAcrossPeople(LESSON, (done) => progress.push(done));
    expect(progress).toEqual([1 / 3, 2 / 3, 1]);
  });

  it('learns a person’s filter from the other people only', () => {
    const [first, ...others] = PEOPLE;
    if (first === undefined) throw new Error('nobody');
    const mislabelled = { ...first, truth: first.truth.map((interval) => ({ ...interval, status: 'yes' })) };
    const changesOf = (recordings: readonly StatusTruth[]) =>
      filterAcrossPeople({ ...LESSON, recordings }).find(({ subject }) => subject === first.subject)?.changes;
    expect(changesOf([mislabelled, ...others])).toEqual(changesOf(PEOPLE));
  });
});
