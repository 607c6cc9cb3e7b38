import type { Adaptation } from '../motion/adaptation/adapt-network.js';
import type { DataSet } from '../motion/data-set.js';
import type { HyperParameters } from '../motion/hyper-parameters.js';
import type { CardText } from '../motion/model-card.js';
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
