import { type FilterSpec, statusesOfClasses } from '../../../inference/models/manifest.js';
import { learntFilter } from '../../../stream/status-filter.js';
import { type CalibrationSample, calibrate } from './calibrate.js';
import { FilterTrials } from './filter-trials.js';
import {
  type StatusTruth,
  type TrackedRecording,
  type TrackedWindow,
  type Tracking,
  trackRecordings,
} from './tracked.js';

/** Windows that count in full are so many strides apart. */
const INDEPENDENT_STRIDES = [1, 2, 3, 4, 6, 8, 12];
const CERTAINTIES = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99];
/** People are left out in so many groups at most. */
const MOST_GROUPS = 12;

/** What a filter of one target is learnt with. */
export interface FilterLesson {
  readonly target: string;
  readonly classes: readonly string[];
  /** What the model said of people it had not seen, and what was true. */
  readonly recordings: readonly StatusTruth[];
  readonly tracking: Tracking;
}

/**
 * Learns what turns a model's probabilities into statuses.
 *
 * Calibration, shares of time and mean duration are estimated; how far apart windows must be and how sure it must be are those
 * of a grid with which the statuses, as people hear them, are right for longest, less the cost of switches that were not true.
 *
 * @returns `undefined` where less than two classes are labelled
 */
export function learnFilter(lesson: FilterLesson): FilterSpec | undefined {
  const { target, classes, recordings, tracking } = lesson;
  const statuses = statusesOfClasses(lesson);
  const samples = recordings.flatMap(({ windows, truth }) => {
    return windows.flatMap((window): CalibrationSample[] => {
      const at = statuses.indexOf(statusAt(truth, (window.startMs + window.endMs) / 2) ?? '');
      return at < 0 ? [] : [{ probabilities: window.probabilities, truth: at }];
    });
  });
  if (new Set(samples.map(({ truth }) => truth)).size < 2) return undefined;
  // One more of each, so that a class that nobody was heard in is not impossible.
  const shares = classes.map(
    (_, at) => (samples.filter(({ truth }) => truth === at).length + 1) / (samples.length + classes.length),
  );
  const estimated = {
    calibration: calibrate(samples, classes.length),
    shares,
    meanDurationMs: meanDurationMs(recordings),
  };
  const trials = new FilterTrials({
    target,
    classes,
    statuses,
    recordings,
    silenceMs: tracking.silenceMs(target),
  });
  return INDEPENDENT_STRIDES.map((strides): Scored => {
    const independentMs = strides * strideMs(recordings);
    const unsure = { ...estimated, independentMs, certainty: [] };
    const beliefs = trials.beliefsBy(learntFilter(classes, unsure));
    const best = bestCertainty(classes, (certainty) => trials.score(beliefs, certainty));
    return { filter: { ...unsure, certainty: best.certainty }, score: best.score };
  }).reduce(better).filter;
}

/**
 * Statuses of each person by a filter that is learnt from the others; smoothed where these are too few to learn from.
 *
 * @param onProgress gets 0..1 after each group of people
 */
export function filterAcrossPeople(
  lesson: FilterLesson,
  onProgress: (done: number) => void = () => undefined,
): TrackedRecording[] {
  const { target: name, classes, recordings, tracking } = lesson;
  const subjects = [...new Set(recordings.map(({ subject }) => subject))];
  const groupOf = (subject: string): number => subjects.indexOf(subject) % MOST_GROUPS;
  const groups = [...new Set(subjects.map(groupOf))];
  return groups.flatMap((group, at) => {
    const isOwn = ({ subject }: StatusTruth): boolean => groupOf(subject) === group;
    const filter = learnFilter({ ...lesson, recordings: recordings.filter((one) => !isOwn(one)) });
    const tracked = trackRecordings(recordings.filter(isOwn), { name, classes, filter }, tracking.changesOf);
    onProgress((at + 1) / groups.length);
    return tracked;
  });
}

interface Scored {
  readonly filter: FilterSpec;
  readonly score: number;
}

function better<T extends { readonly score: number }>(best: T, next: T): T {
  return next.score > best.score ? next : best;
}

/** Chooses the certainty of all classes together, then of one class after the other. */
function bestCertainty(
  classes: readonly string[],
  scoreOf: (certainty: number[]) => number,
): { readonly certainty: number[]; readonly score: number } {
  const scored = (certainty: number[]) => ({ certainty, score: scoreOf(certainty) });
  let best = CERTAINTIES.map((level) => scored(classes.map(() => level))).reduce(better);
  for (const at of classes.keys()) {
    const { certainty } = best;
    best = CERTAINTIES.map((level) => scored(certainty.with(at, level))).reduce(better, best);
  }
  return best;
}

function statusAt(truth: StatusTruth['truth'], timeMs: number): string | undefined {
  return truth.find(({ fromMs, toMs }) => fromMs <= timeMs && timeMs < toMs)?.status;
}

/** Of the labelled stretches; what was cut off at an end of a recording counts as it is. */
function meanDurationMs(recordings: readonly StatusTruth[]): number {
  const stretches = recordings.flatMap(({ truth }) => truth);
  const labelledMs = stretches.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const isNew = (truth: StatusTruth['truth'], at: number): boolean =>
    truth[at - 1]?.status !== truth[at]?.status;
  const count = recordings.reduce(
    (sum, { truth }) => sum + truth.filter((_, at) => isNew(truth, at)).length,
    0,
  );
  return labelledMs / Math.max(1, count);
}

function strideMs(recordings: readonly { readonly windows: readonly TrackedWindow[] }[]): number {
  const strides = recordings
    .flatMap(({ windows }) => windows.map(({ endMs }, at) => endMs - (windows[at - 1]?.endMs ?? endMs)))
    .filter((stride) => stride > 0)
    .sort((a, b) => a - b);
  return strides[Math.floor(strides.length / 2)] ?? 1;
}
