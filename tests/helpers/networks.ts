import {
  initialParameters,
  type NetworkSpec,
  parameterSpecs,
  viewOf,
} from '../../src/training/motion/network/network.js';
import { createRandom } from '../../src/training/random.js';

/** A network small enough for tests. */
export function smallNetwork(overrides: Partial<NetworkSpec> = {}): NetworkSpec {
  return {
    sizeSamples: 12,
    channels: 3,
    convolutions: 3,
    filters: 6,
    kernelSamples: 5,
    lstmLayers: 2,
    cells: 7,
    heads: [
      { name: 'accompanied', classes: ['no', 'yes'] },
      { name: 'conversation', classes: ['no', 'yes'] },
    ],
    ...overrides,
  };
}

/** Random weights, biases included, large enough that outputs differ. */
export function randomParameters(spec: NetworkSpec, seed: number, std = 0.3): Float32Array {
  const random = createRandom(seed);
  const parameters = initialParameters(spec, { initialStd: std, forgetBias: 0 }, random);
  for (const parameter of parameterSpecs(spec)) {
    if (!parameter.name.endsWith('.bias')) continue;
    const view = viewOf(parameters, parameter);
    view.set(view.map(() => random.normal() * 0.2));
  }
  return parameters;
}

export function randomNormal(length: number, seed: number): Float32Array {
  const random = createRandom(seed, 7);
  return Float32Array.from({ length }, () => random.normal());
}

export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  return Array.from(expected).reduce(
    (largest, value, index) => Math.max(largest, Math.abs(value - (actual[index] ?? Number.NaN))),
    0,
  );
}
