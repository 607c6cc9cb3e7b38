import type { Recording } from '../../domain/recording.js';
import { type SequenceManifest, type TargetSpec, usableFilter } from '../../inference/models/manifest.js';
import { GatewayError } from '../../shared/errors.js';
import { decide, type TargetMetrics } from '../metrics.js';
import { METHOD_NAMES } from './baselines/baseline.js';
import { linearAcrossPeople } from './baselines/feature-baseline.js';
import {
  buildDataSet,
  type DataSet,
  type DataSetReport,
  type HeadRequest,
  type WindowsOf,
} from './data/data-set.js';
import { normalisedWindows } from './data/normalisation.js';
import { LABEL_KINDS, type UnknownAs } from './data/window-labels.js';
import type { FigureIntervals } from './figures/subject-intervals.js';
import {
  isStatusTarget,
  type StatusSource,
  statusTruths,
  type Tracking,
  trackRecordings,
} from './figures/tracked.js';
import { type TrackedFigures, trackedFigures } from './figures/tracked-figures.js';
import { type Judged, type Verdict, verdictOf } from './figures/verdict.js';
import { figuresOfWindows, type ProtocolFigures } from './folds/cross-validate.js';
import { allWindows } from './folds/protocols.js';

/** Runs a model on the first `count` windows of a batch; values of each output by its name. */
export type RunModel = (
  batch: Float32Array,
  count: number,
) => Promise<Readonly<Record<string, Float32Array>>>;

interface EvaluationOptions {
  /** Windows run together. */
  readonly batchSize: number;
  /** A window has the label that holds for more than this share of it. */
  readonly labelShare: number;
  readonly unknownAs?: UnknownAs;
  readonly minCoverage: number;
  /** Makes statuses of windows, so that they can be compared with the labels as well. */
  readonly tracking?: Tracking;
  readonly signal: AbortSignal;
  /** @param done 0..1 */
  readonly onProgress: (done: number) => void;
}

export interface EvaluatedTarget extends TargetMetrics {
  /** 95 % intervals over subjects; `null` with fewer than two. */
  readonly intervals: FigureIntervals | null;
  /** Balanced accuracy by subject. */
  readonly bySubject: Readonly<Record<string, number>>;
  /** Smoothed statuses against labels; `null` for what becomes no status. */
  readonly tracked: TrackedFigures | null;
  /** Statuses of the model's own filter; `null` where it has none. */
  readonly filtered: TrackedFigures | null;
  /** Against a linear model that learns from the other people of the recordings, and the most frequent class. */
  readonly verdict: Verdict;
}

export interface Evaluation {
  /** Windows with a label. */
  readonly windows: number;
  /** Those among them of which a label is an assumption about unlabelled time. */
  readonly assumed: number;
  readonly report: DataSetReport;
  /** By target that is labelled in the recordings. */
  readonly targets: ReadonlyMap<string, EvaluatedTarget>;
}

/**
 * Scores a model on labelled recordings, with the windows and the preparation that it is served with.
 *
 * @throws GatewayError `TRAINING_FAILED` when no window has a label of one of the model's targets
 */
export async function evaluateModel(
  manifest: SequenceManifest,
  recordings: Iterable<Recording>,
  windowsOf: WindowsOf,
  run: RunModel,
  options: EvaluationOptions,
): Promise<Evaluation> {
  const { dataSet, report } = labelledWindows(manifest, recordings, windowsOf, options);
  const outputs = await predict(dataSet, manifest, run, options);
  const labelled = manifest.targets.filter(({ name }) => dataSet.labels.has(name)).map(({ name }) => name);
  const linear = await linearAcrossPeople(dataSet, labelled, manifest, options.signal);
  const targets = manifest.targets.flatMap((target): [string, EvaluatedTarget][] => {
    const probabilities = outputs.get(target.output);
    if (probabilities === undefined || !dataSet.labels.has(target.name)) return [];
    const figures = evaluateTarget(dataSet, target, probabilities, linear.get(target.name), options.tracking);
    return figures.windows === 0 ? [] : [[target.name, figures]];
  });
  const assumed = allWindows(dataSet).filter((at) =>
    [...dataSet.assumed.values()].some((marks) => marks[at] === 1),
  );
  return { windows: dataSet.count, assumed: assumed.length, report, targets: new Map(targets) };
}

/** @throws GatewayError `TRAINING_FAILED` when there are none */
function labelledWindows(
  manifest: SequenceManifest,
  recordings: Iterable<Recording>,
  windowsOf: WindowsOf,
  options: Pick<EvaluationOptions, 'labelShare' | 'unknownAs' | 'minCoverage'>,
): { readonly dataSet: DataSet; readonly report: DataSetReport } {
  const heads = manifest.targets.flatMap(({ name, classes }): HeadRequest[] => {
    const kind = LABEL_KINDS.find((label) => label === name);
    return kind === undefined ? [] : [{ name: kind, classes }];
  });
  const built = buildDataSet(recordings, windowsOf, { ...manifest, ...options, heads });
  if (built.dataSet.count > 0) return built;
  const names = manifest.targets.map((target) => `"${target.name}"`).join(', ');
  throw new GatewayError('TRAINING_FAILED', `no window of the recordings has a label for ${names}`);
}

function evaluateTarget(
  dataSet: DataSet,
  target: TargetSpec,
  probabilities: Float32Array,
  linear: ProtocolFigures | undefined,
  tracking: Tracking | undefined,
): EvaluatedTarget {
  const { name, threshold, filter: learnt, ...source } = target;
  const filter = usableFilter({ filter: learnt });
  const windows = allWindows(dataSet);
  const { pooled, intervals, bySubject } = figuresOfWindows(dataSet, name, windows, probabilities, threshold);
  const truths = isStatusTarget(name) ? statusTruths(dataSet, name, windows, probabilities) : [];
  const figuresBy = (made: StatusSource): TrackedFigures | null =>
    tracking === undefined || truths.length === 0
      ? null
      : trackedFigures(trackRecordings(truths, made, tracking.changesOf));
  const tracked = figuresBy({ ...source, name });
  const filtered = filter === undefined ? null : figuresBy({ ...source, name, filter });
  const balanced = [...bySubject].map(([subject, { balancedAccuracy }]) => [subject, balancedAccuracy]);
  const guess = { pooled: { balancedAccuracy: guessOf(pooled) }, bySubject: new Map() };
  const baselines = new Map<string, Judged>([[METHOD_NAMES.majority, guess]]);
  if (linear !== undefined) baselines.set(`${METHOD_NAMES.linear}, taught by the others here`, linear);
  const verdict = verdictOf({ pooled, intervals, bySubject }, baselines);
  return { ...pooled, intervals, bySubject: Object.fromEntries(balanced), tracked, filtered, verdict };
}

/** Balanced accuracy of always saying the same: one of the classes that occur is right. */
function guessOf({ confusion }: TargetMetrics): number {
  const occurring = confusion.filter((row) => row.some((count) => count > 0)).length;
  return 1 / Math.max(1, occurring);
}

/** What a model says of every window, `[windows, classes]`, by its output. */
async function predict(
  dataSet: DataSet,
  manifest: SequenceManifest,
  run: RunModel,
  options: Pick<EvaluationOptions, 'batchSize' | 'signal' | 'onProgress'>,
): Promise<ReadonlyMap<string, Float32Array>> {
  const results = new Map(
    manifest.targets.map(({ output, classes }) => [output, new Float32Array(dataSet.count * classes.length)]),
  );
  for (let from = 0; from < dataSet.count; from += options.batchSize) {
    if (options.signal.aborted) throw new GatewayError('CLOSED', 'stopped before all windows were evaluated');
    const indices = allWindows(dataSet).slice(from, from + options.batchSize);
    const outputs = await run(normalisedWindows(dataSet, indices, manifest), indices.length);
    for (const { output, classes } of manifest.targets) {
      results.get(output)?.set(outputs[output] ?? [], from * classes.length);
    }
    options.onProgress((from + indices.length) / dataSet.count);
  }
  return results;
}

/** How alike two models of one manifest decide. */
export interface Agreement {
  readonly windows: number;
  /** Share of the windows in which both say the same class, by target. */
  readonly targets: ReadonlyMap<string, number>;
  /** Of any class of any window. */
  readonly largestDifference: number;
}

/**
 * Runs two models on the same windows, with the preparation they are served with.
 *
 * @throws GatewayError `TRAINING_FAILED` when no window has a label of one of the model's targets
 */
export async function compareDecisions(
  manifest: SequenceManifest,
  recordings: Iterable<Recording>,
  windowsOf: WindowsOf,
  [one, other]: readonly [RunModel, RunModel],
  options: EvaluationOptions,
): Promise<Agreement> {
  const { dataSet } = labelledWindows(manifest, recordings, windowsOf, options);
  const said = [
    await predict(dataSet, manifest, one, options),
    await predict(dataSet, manifest, other, options),
  ];
  let largestDifference = 0;
  const targets = manifest.targets.map(({ name, output, classes, threshold = 0.5 }) => {
    const [first, second] = said.map((outputs) => outputs.get(output) ?? new Float32Array());
    let same = 0;
    for (let window = 0; window < dataSet.count; window++) {
      const [ours, theirs] = [first, second].map((values) => [
        ...(values?.subarray(window * classes.length, (window + 1) * classes.length) ?? []),
      ]);
      if (ours === undefined || theirs === undefined) continue;
      if (decide(ours, threshold) === decide(theirs, threshold)) same += 1;
      const differences = ours.map((value, at) => Math.abs(value - (theirs[at] ?? 0)));
      largestDifference = Math.max(largestDifference, ...differences);
    }
    return [name, same / dataSet.count] as const;
  });
  return { windows: dataSet.count, targets: new Map(targets), largestDifference };
}
