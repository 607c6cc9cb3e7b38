import { GatewayError } from '../../../shared/errors.js';
import { createRandom, type Random, shuffled } from '../../random.js';
import { BatchMaker } from '../data/batch-maker.js';
import { type Normalisation, normalisedWindows } from '../data/normalisation.js';
import { scoreWindows } from '../folds/cross-validate.js';
import type { TrainingEngine } from '../network/engine.js';
import { epochsOf } from '../network/hyper-parameters.js';
import {
  type Block,
  isTrained,
  type NetworkSpec,
  parameterCount,
  parameterSpecs,
} from '../network/network.js';
import { Adam } from './adam.js';
import type {
  EpochRecord,
  RunState,
  TrainDependencies,
  TrainedNetwork,
  TrainRequest,
} from './train-request.js';

/** Weights of the heads that only help. */
function auxiliaryWeights({
  activityWeight,
  detailWeight,
}: TrainRequest['hyper']): Readonly<Record<string, number>> {
  return { activity: activityWeight, detail: detailWeight };
}

/** Windows that are told after each epoch. */
interface Watched {
  readonly indices: readonly number[];
  readonly input: Float32Array;
}

/** One training from start to end: epochs, optimiser, and the best weights so far. */
export class TrainingRun {
  readonly #request: TrainRequest;
  readonly #dependencies: TrainDependencies;
  readonly #engine: TrainingEngine;
  readonly #spec: NetworkSpec;
  readonly #normalisation: Normalisation;
  readonly #batches: BatchMaker;
  readonly #optimiser: Adam;
  readonly #validation: Watched;
  readonly #watched: Watched;
  /** Moved by the optimiser. */
  readonly #parameters: Float32Array;
  /** What the network is used with: the same, or their running mean. */
  readonly #used: Float32Array;
  readonly #random: Random;
  readonly #epochs: number;
  readonly #history: EpochRecord[] = [];
  #steps = 0;
  #best: RunState['best'];

  constructor(
    request: TrainRequest,
    dependencies: TrainDependencies,
    engine: TrainingEngine,
    spec: NetworkSpec,
    normalisation: Normalisation,
    /** Moved in place. */
    parameters: Float32Array,
  ) {
    const { dataSet, hyper, train, targets } = request;
    this.#request = request;
    this.#dependencies = dependencies;
    this.#engine = engine;
    this.#spec = spec;
    this.#normalisation = normalisation;
    this.#parameters = parameters;
    this.#used = hyper.weightAveraging > 0 ? this.#parameters.slice() : this.#parameters;
    this.#epochs = epochsOf(hyper, dataSet.count);
    this.#optimiser = new Adam(this.#parameters.length, frozenIn(spec, request.start?.frozen ?? []));
    const watch = (indices: readonly number[]): Watched => ({
      indices,
      input: normalisedWindows(dataSet, indices, normalisation),
    });
    this.#validation = watch(request.validation);
    this.#watched = watch(request.watched ?? []);
    this.#random = createRandom(hyper.seed, 11);
    this.#batches = new BatchMaker({
      dataSet,
      indices: train,
      normalisation,
      spec,
      hyper,
      headWeights: new Map(
        spec.heads.map(({ name }) => [
          name,
          targets.includes(name) ? 1 : (auxiliaryWeights(hyper)[name] ?? 0),
        ]),
      ),
      random: this.#random,
    });
  }

  async toEnd(): Promise<TrainedNetwork> {
    const { hyper } = this.#request;
    const order = createRandom(hyper.seed, 12);
    const done = this.#restore();
    for (let epoch = 1; epoch <= this.#epochs && !this.#isOver(epoch); epoch++) {
      const windows = shuffled(this.#request.train, order);
      if (epoch <= done) continue;
      const loss = await this.#runEpoch(epoch, windows);
      if (this.#dependencies.signal.aborted) break;
      await this.#finishEpoch(epoch, loss);
      await this.#dependencies.onEpoch?.(this.#stateAfter(epoch));
    }
    return {
      spec: this.#spec,
      parameters: this.#best?.parameters ?? this.#used.slice(),
      normalisation: this.#normalisation,
      history: this.#history,
      bestEpoch: this.#best?.epoch ?? 0,
    };
  }

  /** @returns complete epochs */
  #restore(): number {
    const state = this.#dependencies.resumeFrom;
    if (state === undefined) return 0;
    this.#parameters.set(state.parameters);
    this.#used.set(state.used);
    this.#optimiser.restore(state.optimiser);
    this.#random.moveTo(state.random);
    this.#history.push(...state.history);
    this.#steps = state.steps;
    this.#best = state.best;
    return state.epoch;
  }

  #stateAfter(epoch: number): RunState {
    return {
      epoch,
      steps: this.#steps,
      parameters: this.#parameters,
      used: this.#used,
      optimiser: this.#optimiser.state(),
      random: this.#random.position(),
      history: this.#history,
      best: this.#best,
    };
  }

  async #runEpoch(epoch: number, order: readonly number[]): Promise<number> {
    const { hyper } = this.#request;
    const steps = Math.ceil(order.length / hyper.batchSize);
    let total = 0;
    for (let step = 0; step < steps && !this.#dependencies.signal.aborted; step++) {
      const indices = order.slice(step * hyper.batchSize, (step + 1) * hyper.batchSize);
      const loss = await this.#step(epoch, indices);
      total += loss / steps;
      const done = (epoch - 1 + (step + 1) / steps) / this.#epochs;
      this.#dependencies.onProgress({ epoch, done, loss });
    }
    return total;
  }

  async #step(epoch: number, indices: readonly number[]): Promise<number> {
    const { hyper } = this.#request;
    const { loss, gradients } = await this.#engine.step(this.#batches.make(indices), this.#parameters);
    const norm = lengthOf(gradients);
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
      throw diverged(epoch, `the loss became ${loss}, with gradients of length ${norm}`);
    }
    if (hyper.gradientClip > 0 && norm > hyper.gradientClip) scaleBy(gradients, hyper.gradientClip / norm);
    const rate = hyper.learningRate * hyper.learningRateDecay ** (epoch - 1);
    this.#optimiser.step(this.#parameters, gradients, rate, hyper.weightDecay);
    this.#average();
    return loss;
  }

  /** The running mean counts its first steps less, so that the start of training is soon forgotten. */
  #average(): void {
    const { weightAveraging } = this.#request.hyper;
    this.#steps += 1;
    if (weightAveraging === 0) return;
    const keep = Math.min(weightAveraging, this.#steps / (this.#steps + 9));
    for (let at = 0; at < this.#used.length; at++) {
      this.#used[at] = (this.#used[at] ?? 0) * keep + (this.#parameters[at] ?? 0) * (1 - keep);
    }
  }

  async #finishEpoch(epoch: number, loss: number): Promise<void> {
    if (!this.#used.every(Number.isFinite)) throw diverged(epoch, 'weights are no longer numbers');
    const validation = await this.#score(this.#validation);
    const watched = await this.#score(this.#watched);
    this.#history.push({ epoch, loss, validation, watched });
    const score = validation ?? epoch;
    if (this.#best === undefined || score > this.#best.score) {
      this.#best = { epoch, score, parameters: this.#used.slice() };
    }
  }

  /** Mean balanced accuracy of the targets. */
  async #score({ indices, input }: Watched): Promise<number | null> {
    const { dataSet, targets } = this.#request;
    if (indices.length === 0) return null;
    const predictions = await this.#engine.predict(input, this.#used);
    const scores = targets.map((target) => {
      const probabilities = predictions.get(target) ?? new Float32Array();
      return scoreWindows(dataSet, target, indices, probabilities).balancedAccuracy;
    });
    return scores.reduce((sum, score) => sum + score, 0) / scores.length;
  }

  #isOver(epoch: number): boolean {
    const isStale = this.#best !== undefined && epoch - this.#best.epoch > this.#request.hyper.patience;
    return this.#dependencies.signal.aborted || isStale;
  }
}

/** 1 for each parameter that stays as it is. */
function frozenIn(spec: NetworkSpec, blocks: readonly Block[]): Uint8Array {
  const frozen = new Uint8Array(parameterCount(spec));
  for (const parameter of parameterSpecs(spec)) {
    if (isTrained(parameter, blocks)) continue;
    frozen.fill(1, parameter.offset, parameter.offset + parameter.length);
  }
  return frozen;
}

function diverged(epoch: number, what: string): GatewayError {
  return new GatewayError(
    'TRAINING_FAILED',
    `${what} in epoch ${epoch}; use a smaller learningRate or a gradientClip, and look for extreme values in the recordings`,
  );
}

function lengthOf(values: Float32Array): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares);
}

function scaleBy(values: Float32Array, factor: number): void {
  values.forEach((value, index) => {
    values[index] = value * factor;
  });
}
