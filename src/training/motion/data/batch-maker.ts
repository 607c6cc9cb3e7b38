import { prepareInput } from '../../../inference/models/prepare-input.js';
import type { Random } from '../../random.js';
import type { TrainingBatch } from '../network/engine.js';
import type { HyperParameters } from '../network/hyper-parameters.js';
import { lstmSteps, type NetworkSpec } from '../network/network.js';
import { spectraFeatureCount } from '../network/spectra.js';
import { augmentNormalised, augmentRecorded } from './augment.js';
import { type DataSet, UNKNOWN } from './data-set.js';
import { type Normalisation, windowAt } from './normalisation.js';

interface BatchMakerOptions {
  readonly dataSet: DataSet;
  /** Windows to train on. */
  readonly indices: readonly number[];
  readonly normalisation: Normalisation;
  readonly spec: NetworkSpec;
  readonly hyper: HyperParameters;
  /** Weight of each head in the loss. */
  readonly headWeights: ReadonlyMap<string, number>;
  readonly random: Random;
}

/** Makes the batches of training: picks, augments and normalises windows, and draws the dropout masks. */
export class BatchMaker {
  readonly #options: BatchMakerOptions;
  readonly #windows: Float32Array;
  readonly #dropout: Float32Array | undefined;
  readonly #spectraDropout: Float32Array | undefined;
  readonly #recorded: Float32Array;
  readonly #windowWeights: ReadonlyMap<string, Float32Array>;

  constructor(options: BatchMakerOptions) {
    const { dataSet, indices, spec, hyper } = options;
    this.#options = options;
    const windowLength = spec.sizeSamples * spec.channels;
    this.#windows = new Float32Array(hyper.batchSize * windowLength);
    this.#recorded = new Float32Array(windowLength);
    const features = spec.convolutions > 0 ? spec.filters : spec.channels;
    this.#dropout =
      hyper.dropout > 0 ? new Float32Array(lstmSteps(spec) * hyper.batchSize * features) : undefined;
    const { spectra } = spec;
    this.#spectraDropout =
      hyper.dropout > 0 && spectra !== undefined
        ? new Float32Array(hyper.batchSize * spectraFeatureCount({ ...spec, spectra }))
        : undefined;
    this.#windowWeights = new Map(
      spec.heads.map(({ name }) => [name, windowWeights(dataSet, name, indices, hyper)]),
    );
  }

  /** A batch of the given windows, at most `batchSize` of them; its arrays are reused by the next one. */
  make(indices: readonly number[]): TrainingBatch {
    const windowLength = this.#recorded.length;
    indices.forEach((index, row) => {
      this.#writeWindow(index, row * windowLength);
    });
    this.#windows.fill(0, indices.length * windowLength);
    for (const mask of [this.#dropout, this.#spectraDropout]) if (mask !== undefined) this.#draw(mask);
    return {
      windows: this.#windows,
      labels: this.#labelsOf(indices),
      dropout: this.#dropout,
      spectraDropout: this.#spectraDropout,
    };
  }

  #writeWindow(index: number, offset: number): void {
    const { dataSet, normalisation, hyper, random } = this.#options;
    const width = dataSet.channels.length;
    const window = windowAt(dataSet, index);
    this.#recorded.set(window.values);
    augmentRecorded({ values: this.#recorded, width }, hyper, dataSet.accelerometerUnit === 'adc', random);
    const augmented = { values: this.#recorded, gravityToRemove: window.gravityToRemove };
    prepareInput(augmented, normalisation, this.#windows, offset);
    const values = this.#windows.subarray(offset, offset + this.#recorded.length);
    augmentNormalised({ values, width }, hyper, random);
  }

  /** Survivors are scaled up, so that the expectation stays. */
  #draw(mask: Float32Array): void {
    const { hyper, random } = this.#options;
    const factor = 1 / (1 - hyper.dropout);
    const threshold = hyper.dropout * 2 ** 32;
    for (let at = 0; at < mask.length; at++) mask[at] = random.uint32() < threshold ? 0 : factor;
  }

  #labelsOf(indices: readonly number[]): Map<string, Float32Array> {
    const { spec } = this.#options;
    return new Map(
      spec.heads.map(({ name, classes }) => [name, this.#rowsOf(indices, name, classes.length)]),
    );
  }

  /** One-hot rows (smoothed, if wanted), each times its share of the head's loss. */
  #rowsOf(indices: readonly number[], head: string, classes: number): Float32Array {
    const { dataSet, hyper, headWeights } = this.#options;
    const labels = dataSet.labels.get(head);
    const weights = indices.map((index) => this.#windowWeights.get(head)?.[index] ?? 0);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const rows = new Float32Array(hyper.batchSize * classes);
    indices.forEach((index, row) => {
      const label = labels?.[index] ?? UNKNOWN;
      if (label === UNKNOWN || total === 0) return;
      const share = ((weights[row] ?? 0) / total) * (headWeights.get(head) ?? 1);
      rows.fill((share * hyper.labelSmoothing) / classes, row * classes, (row + 1) * classes);
      const at = row * classes + label;
      rows[at] = (rows[at] ?? 0) + share * (1 - hyper.labelSmoothing);
    });
    return rows;
  }
}

/**
 * What each window counts in the loss of a head: nothing without a label, `assumedWeight` where the label is an
 * assumption, else 1; if balanced, times what makes all classes weigh alike.
 */
function windowWeights(
  dataSet: DataSet,
  head: string,
  indices: readonly number[],
  hyper: Pick<HyperParameters, 'assumedWeight' | 'classWeights'>,
): Float32Array {
  const labels = dataSet.labels.get(head);
  const assumed = dataSet.assumed.get(head);
  const weights = new Float32Array(dataSet.count);
  const totals = new Map<number, number>();
  for (const index of indices) {
    const label = labels?.[index] ?? UNKNOWN;
    if (label === UNKNOWN) continue;
    const weight = assumed?.[index] === 1 ? hyper.assumedWeight : 1;
    weights[index] = weight;
    totals.set(label, (totals.get(label) ?? 0) + weight);
  }
  if (hyper.classWeights === 'none') return weights;
  const total = [...totals.values()].reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight, index) => {
    const ofClass = totals.get(labels?.[index] ?? UNKNOWN) ?? 0;
    return ofClass === 0 ? 0 : (weight * total) / (ofClass * totals.size);
  });
}
