import { Tensor } from 'onnxruntime-node';
import { createSession, floatsOf } from '../../inference/onnx-session.js';
import { type ParameterSpec, viewOf } from '../motion/network/network.js';
import { differentiate } from '../onnx/differentiate.js';
import { elementCount } from '../onnx/dims.js';
import { encodeModel } from '../onnx/encode-model.js';
import { GraphBuilder, type Value } from '../onnx/graph-builder.js';
import type { OnnxModel } from '../onnx/model.js';
import {
  add,
  concat,
  logSoftmax,
  matMul,
  multiply,
  negate,
  reduceSum,
  reshape,
  sigmoid,
  softmax,
  subtract,
} from '../onnx/operators.js';
import type { HeadLink } from './softmax-head.js';
import { replayUpperPart, type UpperPart } from './upper-part.js';

export interface FineTuneBatch {
  /** `[batch, ...cutDims]` */
  readonly activations: Float32Array;
  /** `[batch, classes]` */
  readonly labels: Float32Array;
  /** `[batch, teacherFeatures]` */
  readonly teacher: Float32Array | undefined;
}

/** Runs steps of fine-tuning, and the network as it is, in ONNX Runtime. */
export interface FineTuneEngine extends AsyncDisposable {
  readonly parameters: readonly ParameterSpec[];
  /** @returns loss; `gradients` in the layout of the parameters, valid until the next step */
  step(batch: FineTuneBatch, weights: Float32Array): Promise<{ loss: number; gradients: Float32Array }>;
  /** @returns probabilities, `[batch, classes]` */
  predict(activations: Float32Array, weights: Float32Array): Promise<Float32Array>;
}

export async function createFineTuneEngine(shape: FineTuneShape, threads: number): Promise<FineTuneEngine> {
  const training = await createSession(encodeModel(buildFineTuneGraph(shape)), threads);
  const forward = await createSession(encodeModel(buildFineTunedForward(shape)), threads);
  const parameters = fineTuneParameters(shape);
  const kept = parameters.filter(({ name }) => !name.startsWith('teacher.'));
  const last = parameters.at(-1);
  const gradients = new Float32Array(last === undefined ? 0 : last.offset + last.length);
  const tensor = (data: Float32Array, width = data.length / shape.batchSize): Tensor =>
    new Tensor('float32', data, [shape.batchSize, width]);
  const images = (data: Float32Array): Tensor =>
    new Tensor('float32', data, [shape.batchSize, ...shape.part.cutDims]);
  const feedsOf = (specs: readonly ParameterSpec[], weights: Float32Array): Record<string, Tensor> =>
    Object.fromEntries(
      specs.map((spec) => [spec.name, new Tensor('float32', viewOf(weights, spec), spec.dims)]),
    );
  return {
    parameters,
    step: async ({ activations, labels, teacher }, weights) => {
      const results = await training.run({
        ...feedsOf(parameters, weights),
        activations: images(activations),
        labels: tensor(labels),
        ...(teacher && { teacher: tensor(teacher) }),
      });
      for (const spec of parameters) {
        viewOf(gradients, spec).set(floatsOf(results, `gradient.${spec.name}`));
      }
      return { loss: floatsOf(results, 'loss')[0] ?? Number.NaN, gradients };
    },
    predict: async (activations, weights) => {
      const results = await forward.run({ ...feedsOf(kept, weights), activations: images(activations) });
      return floatsOf(results, 'probabilities');
    },
    [Symbol.asyncDispose]: async () => {
      await training.release();
      await forward.release();
    },
  };
}

interface FineTuneShape {
  readonly part: UpperPart;
  readonly batchSize: number;
  readonly classes: number;
  readonly link: HeadLink;
  /** Values of a teacher's features that are to be foretold; 0 without a teacher. */
  readonly teacherFeatures: number;
  /** What the squared error of the teacher's features counts beside the cross entropy. */
  readonly teacherWeight: number;
}

/**
 * All weights that fine-tuning changes: those of the part under their names, `head.kernel` `[features, classes]`,
 * `head.bias`, and with a teacher `teacher.kernel` `[features, teacherFeatures]` and `teacher.bias`.
 */
function fineTuneParameters(shape: Omit<FineTuneShape, 'batchSize'>): ParameterSpec[] {
  const { part, classes, teacherFeatures } = shape;
  const heads: [string, number[]][] = [
    ['head.kernel', [part.featureCount, classes]],
    ['head.bias', [classes]],
  ];
  if (teacherFeatures > 0) {
    heads.push(['teacher.kernel', [part.featureCount, teacherFeatures]], ['teacher.bias', [teacherFeatures]]);
  }
  const specs = [...part.parameters];
  for (const [name, dims] of heads) {
    const last = specs.at(-1);
    const offset = last === undefined ? 0 : last.offset + last.length;
    specs.push({ name, dims, offset, length: elementCount(dims) });
  }
  return specs;
}

/**
 * One step of fine-tuning as an ONNX graph.
 *
 * Inputs: `activations` `[batch, ...cutDims]`; each parameter; `labels` `[batch, classes]`, what each class should have
 * of the probability times what the image counts; with a teacher `teacher` `[batch, teacherFeatures]`, standardised.
 * Outputs: `loss`, the mean over the batch, and `gradient.<parameter>`.
 */
export function buildFineTuneGraph(shape: FineTuneShape): OnnxModel {
  const { graph, parameters, features, weight } = openGraph(shape);
  const logits = add(graph, matMul(graph, features, weight('head.kernel')), weight('head.bias'));
  const labels = graph.input('labels', [shape.batchSize, shape.classes]);
  const [outcomes, wanted] = shape.link === 'softmax' ? [logits, labels] : pairs(graph, logits, labels);
  const crossEntropy = scaled(
    graph,
    negate(graph, reduceSum(graph, multiply(graph, wanted, logSoftmax(graph, outcomes)), [0, 1])),
    1 / shape.batchSize,
  );
  const loss =
    shape.teacherFeatures > 0
      ? add(graph, crossEntropy, teacherLoss(graph, shape, features, weight))
      : crossEntropy;
  const gradients = differentiate(graph, loss, [...parameters.values()]);
  graph.output('loss', loss);
  [...parameters.keys()].forEach((name, index) => {
    const gradient = gradients[index];
    if (gradient !== undefined) graph.output(`gradient.${name}`, gradient);
  });
  return { graph: graph.build('fine_tune_step'), opset: 17, producer: 'alongside', metadata: {} };
}

/** What the part and its head make of `activations`: `probabilities` `[batch, classes]`. */
function buildFineTunedForward(shape: FineTuneShape): OnnxModel {
  const { graph, features, weight } = openGraph({ ...shape, teacherFeatures: 0 });
  const logits = add(graph, matMul(graph, features, weight('head.kernel')), weight('head.bias'));
  graph.output('probabilities', shape.link === 'softmax' ? softmax(graph, logits) : sigmoid(graph, logits));
  return { graph: graph.build('fine_tuned'), opset: 17, producer: 'alongside', metadata: {} };
}

/** Each label by itself: a softmax over it not being there, whose logit is 0, and being there. */
function pairs(graph: GraphBuilder, logits: Value, labels: Value): [Value, Value] {
  const count = elementCount(logits.dims);
  const [yes, wanted] = [reshape(graph, logits, [count, 1]), reshape(graph, labels, [count, 1])];
  const none = multiply(graph, yes, graph.scalar(0));
  return [
    concat(graph, [none, yes], 1),
    concat(graph, [subtract(graph, graph.scalar(1), wanted), wanted], 1),
  ];
}

interface OpenGraph {
  readonly graph: GraphBuilder;
  readonly parameters: ReadonlyMap<string, Value>;
  readonly features: Value;
  readonly weight: (name: string) => Value;
}

function openGraph(shape: FineTuneShape): OpenGraph {
  const graph = new GraphBuilder();
  const { part, batchSize } = shape;
  const activations = graph.input('activations', [batchSize, ...part.cutDims]);
  const parameters = new Map(
    fineTuneParameters(shape).map(({ name, dims }) => [name, graph.input(name, dims)]),
  );
  const weight = (name: string): Value => {
    const value = parameters.get(name);
    if (value === undefined) throw new Error(`there is no weight "${name}"`);
    return value;
  };
  const features = replayUpperPart(graph, part, activations, ({ name }) => weight(name));
  return { graph, parameters, features, weight };
}

/** Half the mean squared error of the teacher's features, foretold by a linear map of the network's own. */
function teacherLoss(
  graph: GraphBuilder,
  shape: FineTuneShape,
  features: Value,
  weight: (name: string) => Value,
): Value {
  const { batchSize, teacherFeatures, teacherWeight } = shape;
  const wanted = graph.input('teacher', [batchSize, teacherFeatures]);
  const foretold = add(graph, matMul(graph, features, weight('teacher.kernel')), weight('teacher.bias'));
  const error = subtract(graph, foretold, wanted);
  const sum = reduceSum(graph, multiply(graph, error, error), [0, 1]);
  return scaled(graph, sum, teacherWeight / (2 * batchSize * teacherFeatures));
}

function scaled(graph: GraphBuilder, x: Value, factor: number): Value {
  return multiply(graph, x, graph.scalar(factor));
}
