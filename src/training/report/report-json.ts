import { adaptationJson } from '../motion/adaptation/adaptation-text.js';
import type { ProtocolFigures } from '../motion/cross-validate.js';
import { verdictOn } from '../motion/figures/verdict.js';
import type { Measurement } from '../motion/train-model.js';
import type { ReportInput } from './report.js';

/** The report for programs: settings, history and the figures of every protocol. */
export function reportJson({ model, dataSet, ...input }: ReportInput): object {
  const { history, bestEpoch, normalisation } = model.network;
  return {
    name: input.name,
    version: input.version,
    trainedAt: input.trainedAt,
    command: input.command ?? null,
    data: input.text.data,
    windows: dataSet.count,
    subjects: dataSet.subjects,
    channels: dataSet.channels,
    hyper: input.hyper,
    normalisation: { mean: normalisation.mean, std: normalisation.std },
    bestEpoch,
    history,
    ...(input.adaptation && { adaptation: adaptationJson(input.adaptation) }),
    protocols: Object.fromEntries(
      model.measurements.map((measurement) => [
        measurement.name,
        { ...measurementJson(measurement), folds: measurement.folds, histories: measurement.histories },
      ]),
    ),
  };
}

/** Figures of one protocol, as `train accompany --json` prints them. */
export function measurementJson(measurement: Measurement): object {
  const { description, leaky, folds, completedFolds, figures, tracked, baselines } = measurement;
  return {
    description,
    leaky,
    folds,
    completedFolds,
    targets: byTarget(figures),
    verdicts: Object.fromEntries(
      [...figures.keys()].map((target) => [target, verdictOn(target, measurement)]),
    ),
    tracked: Object.fromEntries([...tracked].map(([target, { figures: own }]) => [target, own])),
    filtered: Object.fromEntries([...tracked].map(([target, { filtered }]) => [target, filtered ?? null])),
    baselines: Object.fromEntries([...baselines].map(([name, others]) => [name, byTarget(others)])),
  };
}

function byTarget(figures: ReadonlyMap<string, ProtocolFigures>): object {
  return Object.fromEntries(
    [...figures].map(([target, { pooled, intervals, bySubject, majority }]) => [
      target,
      { ...pooled, intervals, bySubject: Object.fromEntries(bySubject), majority },
    ]),
  );
}
