import type { Adaptation } from '../motion/adaptation/adapt-network.js';
import { adaptationJson } from '../motion/adaptation/adaptation-text.js';
import type { DataSet } from '../motion/data/data-set.js';
import { verdictOn } from '../motion/figures/verdict.js';
import type { ProtocolFigures } from '../motion/folds/cross-validate.js';
import type { CardText } from '../motion/model-card.js';
import type { HyperParameters } from '../motion/network/hyper-parameters.js';
import type { Measurement, TrainedModel } from '../motion/train-model.js';

/** What a report is made of. */
export interface ReportInput {
  readonly name: string;
  readonly version: string;
  readonly text: CardText;
  readonly model: TrainedModel;
  readonly dataSet: DataSet;
  readonly hyper: HyperParameters;
  readonly targets: readonly string[];
  /** ISO 8601. */
  readonly trainedAt: string;
  readonly command: string | undefined;
  /** Of a model made of another one. */
  readonly adaptation?: Adaptation | undefined;
}

/** Measurements on people who were not trained on come first; leaky ones last. */
export function honestFirst(measurements: readonly Measurement[]): Measurement[] {
  return measurements.toSorted((a, b) => Number(a.leaky) - Number(b.leaky));
}

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
