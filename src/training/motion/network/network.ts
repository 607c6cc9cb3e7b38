import type { GraphBuilder, Value } from '../../onnx/graph-builder.js';
import { multiply, reduceSum } from '../../onnx/operators.js';
import type { Random } from '../../random.js';
import type { HyperParameters } from './hyper-parameters.js';
import { type SpectraSpec, spectraFeatureCount } from './spectra.js';

/** The paper's network, with pooling where it is wanted: convolutions, LSTM layers, and one softmax a target on the readout. */
export interface NetworkSpec {
  readonly sizeSamples: number;
  readonly channels: number;
  readonly convolutions: number;
  readonly filters: number;
  /** Odd, so that a convolution keeps the number of samples. */
  readonly kernelSamples: number;
  /** Steps behind the convolutions of which the LSTM layers get the mean; 1 (the default, as in the paper) keeps each. */
  readonly poolSamples?: number;
  readonly lstmLayers: number;
  readonly cells: number;
  /** What the heads read of the last LSTM layer: its last step (the default, as in the paper) or the mean of all. */
  readonly readout?: 'last' | 'mean';
  /** A second branch, which looks at the frequencies of a window; probabilities are the mean of both. Absent in the paper. */
  readonly spectra?: SpectraSpec;
  readonly heads: readonly HeadSpec[];
}

/** An output of the network: a target, or an auxiliary task that only helps training. */
export interface HeadSpec {
  readonly name: string;
  readonly classes: readonly string[];
}

/** One weight tensor of the network. */
export interface ParameterSpec {
  readonly name: string;
  readonly dims: readonly number[];
  /** Position of its first value among all parameters. */
  readonly offset: number;
  readonly length: number;
}

/** Which block of the network a parameter belongs to; blocks are frozen as a whole. */
export const BLOCKS = ['convolution', 'lstm', 'head', 'spectra'] as const;
export type Block = (typeof BLOCKS)[number];

export function blockOf(parameter: ParameterSpec): Block {
  if (parameter.name.startsWith('conv')) return 'convolution';
  if (parameter.name.startsWith('lstm')) return 'lstm';
  return /^spectra\.(?!head\.)/.test(parameter.name) ? 'spectra' : 'head';
}

/** Whether training moves it; the others are measured before. */
export function isLearnt({ name }: ParameterSpec): boolean {
  return name !== 'spectra.mean' && name !== 'spectra.scale';
}

/** Whether training moves it while some blocks stay as they are. */
export function isTrained(parameter: ParameterSpec, frozen: readonly Block[]): boolean {
  return isLearnt(parameter) && !frozen.includes(blockOf(parameter));
}

/**
 * All weights of a network, in a fixed order:
 *
 * - `conv<n>.kernel` `[kernelSamples, inputs, filters]`, `conv<n>.bias` `[filters]`
 * - `lstm<n>.kernel` `[inputs, 4 * cells]`, `lstm<n>.recurrent` `[cells, 4 * cells]`, `lstm<n>.bias` `[4 * cells]`; gates
 *   in the order input, output, forget, candidate, as in ONNX
 * - `head.<name>.kernel` `[cells, classes]`, `head.<name>.bias` `[classes]`
 * - with spectra: `spectra.mean` and `spectra.scale` `[features]`, mean and inverse standard deviation over the training
 *   windows; `spectra.hidden.kernel` `[features, units]`, `spectra.hidden.bias` `[units]`; `spectra.head.<name>.kernel`
 *   `[units, classes]`, `spectra.head.<name>.bias` `[classes]`
 */
export function parameterSpecs(spec: NetworkSpec): ParameterSpec[] {
  const shapes: [name: string, ...dims: number[]][] = [];
  for (let n = 1; n <= spec.convolutions; n++) {
    shapes.push([
      `conv${n}.kernel`,
      spec.kernelSamples,
      n === 1 ? spec.channels : spec.filters,
      spec.filters,
    ]);
    shapes.push([`conv${n}.bias`, spec.filters]);
  }
  for (let n = 1; n <= spec.lstmLayers; n++) {
    const inputs = n > 1 ? spec.cells : spec.convolutions > 0 ? spec.filters : spec.channels;
    shapes.push([`lstm${n}.kernel`, inputs, 4 * spec.cells]);
    shapes.push([`lstm${n}.recurrent`, spec.cells, 4 * spec.cells]);
    shapes.push([`lstm${n}.bias`, 4 * spec.cells]);
  }
  for (const head of spec.heads) {
    shapes.push([`head.${head.name}.kernel`, spec.cells, head.classes.length]);
    shapes.push([`head.${head.name}.bias`, head.classes.length]);
  }
  if (spec.spectra !== undefined) shapes.push(...spectraShapes({ ...spec, spectra: spec.spectra }));
  let offset = 0;
  return shapes.map(([name, ...dims]) => {
    const length = dims.reduce((product, size) => product * size, 1);
    const parameter = { name, dims, offset, length };
    offset += length;
    return parameter;
  });
}

function spectraShapes(
  spec: NetworkSpec & { readonly spectra: SpectraSpec },
): [name: string, ...dims: number[]][] {
  const features = spectraFeatureCount(spec);
  const { units } = spec.spectra;
  return [
    ['spectra.mean', features],
    ['spectra.scale', features],
    ['spectra.hidden.kernel', features, units],
    ['spectra.hidden.bias', units],
    ...spec.heads.flatMap(({ name, classes }): [name: string, ...dims: number[]][] => [
      [`spectra.head.${name}.kernel`, units, classes.length],
      [`spectra.head.${name}.bias`, classes.length],
    ]),
  ];
}

/** Steps that the LSTM layers see. */
export function lstmSteps({ sizeSamples, poolSamples = 1 }: NetworkSpec): number {
  return sizeSamples / poolSamples;
}

/** Number of values of all weights together. */
export function parameterCount(spec: NetworkSpec): number {
  return parameterSpecs(spec).reduce((sum, parameter) => sum + parameter.length, 0);
}

/** The values of one weight, sharing memory with `parameters`. */
export function viewOf(parameters: Float32Array, spec: ParameterSpec): Float32Array {
  return parameters.subarray(spec.offset, spec.offset + spec.length);
}

/** Mean over the time steps of `[steps, batch, cells]`: what the heads read with the readout `mean`. */
export function meanOverTime(graph: GraphBuilder, sequence: Value, steps: number): Value {
  return multiply(graph, reduceSum(graph, sequence, [0]), graph.scalar(1 / steps));
}

/**
 * Weights from N(0, initialStd), those of the branch of spectra from N(0, 2 / inputs) (He et al. 2015), and biases of 0
 * (forget gates: `forgetBias`), in the order of `parameterSpecs`.
 */
export function initialParameters(
  spec: NetworkSpec,
  hyper: Pick<HyperParameters, 'initialStd' | 'forgetBias'>,
  random: Random,
): Float32Array {
  const parameters = new Float32Array(parameterCount(spec));
  for (const parameter of parameterSpecs(spec)) {
    const view = viewOf(parameters, parameter);
    if (!parameter.name.endsWith('.bias')) {
      const std = parameter.name.startsWith('spectra')
        ? Math.sqrt(2 / (parameter.dims[0] ?? 1))
        : hyper.initialStd;
      view.forEach((_, index) => {
        view[index] = random.normal() * std;
      });
    } else if (parameter.name.startsWith('lstm')) {
      view.fill(hyper.forgetBias, 2 * spec.cells, 3 * spec.cells);
    }
  }
  return parameters;
}
