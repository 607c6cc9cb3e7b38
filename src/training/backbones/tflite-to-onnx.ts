import { GatewayError } from '../../shared/errors.js';
import { sizeOf } from '../onnx/dims.js';
import { GraphBuilder, type Value } from '../onnx/graph-builder.js';
import type { OnnxModel } from '../onnx/model.js';
import { add, clip, relu } from '../onnx/operators.js';
import type { TfliteActivation, TfliteModel, TfliteOperator, TfliteTensor } from './tflite-model.js';

export interface BackboneCut {
  /** Tensor of the TensorFlow Lite graph whose mean over both image axes is the feature. */
  readonly featureTensor: string;
  readonly sizePixels: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Carries the convolutional part of a TensorFlow Lite network into ONNX.
 *
 * Input `image` `[batch, 3, size, size]` in the value range of the original; outputs `feature_map` and `features`
 * `[batch, channels]`. Kernels are named in
 * the order of computation, `conv1.kernel` and so on.
 *
 * @throws GatewayError `MODEL_INVALID` when something other than convolutions and sums leads to the feature
 */
export function tfliteToOnnx(model: TfliteModel, cut: BackboneCut): OnnxModel {
  const carrier = new TfliteCarrier(model, cut.sizePixels);
  const map = carrier.named(cut.featureTensor);
  const channels = sizeOf(map.dims, 1);
  const { graph } = carrier;
  const pooled = graph.single('GlobalAveragePool', [map], ['batch', channels, 1, 1]);
  graph.output('feature_map', map);
  graph.output('features', graph.single('Flatten', [pooled], ['batch', channels]));
  return { graph: graph.build('backbone'), opset: 17, producer: 'alongside', metadata: cut.metadata };
}

/** Repeats the convolutional parts of a TensorFlow Lite network in an ONNX graph, each tensor once. */
export class TfliteCarrier {
  readonly graph = new GraphBuilder();
  readonly #model: TfliteModel;
  readonly #producers = new Map<number, TfliteOperator>();
  readonly #values = new Map<number, Value>();
  #convolutions = 0;

  constructor(model: TfliteModel, sizePixels: number) {
    this.#model = model;
    for (const operator of model.operators) {
      for (const output of operator.outputs) this.#producers.set(output, operator);
    }
    const [input = -1] = model.inputs;
    this.#values.set(input, this.graph.input('image', ['batch', 3, sizePixels, sizePixels]));
  }

  /** The value of a tensor, with all that leads to it. */
  named(name: string): Value {
    // Where operators were fused, the tensor has the names of all of them, with ";" between; so have its constants.
    const index = this.#model.tensors.findIndex((tensor, at) => {
      const producer = this.#producers.get(at);
      const isComputed = producer !== undefined && producer.kind !== 'dequantise';
      return isComputed && tensor.name.split(';')[0] === name;
    });
    if (index < 0) throw new GatewayError('MODEL_INVALID', `there is no tensor "${name}"`);
    return this.#valueOf(index);
  }

  #valueOf(index: number): Value {
    const known = this.#values.get(index);
    if (known !== undefined) return known;
    const operator = this.#producers.get(index);
    if (operator === undefined) throw this.#unfit(index, 'nothing computes it');
    const value = this.#emit(operator, index);
    this.#values.set(index, value);
    return value;
  }

  #emit(operator: TfliteOperator, index: number): Value {
    const [first = -1, second = -1, third = -1] = operator.inputs;
    if (operator.kind === 'add') {
      return this.#activate(
        add(this.graph, this.#valueOf(first), this.#valueOf(second)),
        operator.activation,
      );
    }
    if (operator.kind === 'convolution' || operator.kind === 'depthwise') {
      const sums = this.#convolve(operator, this.#valueOf(first), second, third);
      return this.#activate(sums, operator.activation);
    }
    throw this.#unfit(index, 'only convolutions and sums are carried over');
  }

  #convolve(operator: TfliteOperator, x: Value, kernelIndex: number, biasIndex: number): Value {
    this.#convolutions += 1;
    const name = `conv${this.#convolutions}`;
    const { dims, values } = this.#constantOf(kernelIndex);
    const [outer = 1, rows = 1, columns = 1, inner = 1] = dims;
    const isDepthwise = operator.kind === 'depthwise';
    // Ordinary kernels lie as [out, rows, columns, in], depthwise ones as [1, rows, columns, channels].
    const order = isDepthwise ? [3, 0, 1, 2] : [0, 3, 1, 2];
    const kernel = this.graph.initialiser(`${name}.kernel`, {
      type: 'float32',
      dims: order.map((axis) => dims[axis] ?? 1),
      data: transposed(values, dims, order),
    });
    const filters = isDepthwise ? inner : outer;
    const bias = this.#constantOf(biasIndex);
    const biasValue = this.graph.initialiser(`${name}.bias`, {
      type: 'float32',
      dims: [filters],
      data: bias.values,
    });
    const vertical = padding(operator, sizeOf(x.dims, 2), rows);
    const horizontal = padding(operator, sizeOf(x.dims, 3), columns);
    return this.graph.single(
      'Conv',
      [x, kernel, biasValue],
      ['batch', filters, vertical.size, horizontal.size],
      {
        kernel_shape: { ints: [rows, columns] },
        strides: { ints: [operator.stride, operator.stride] },
        pads: { ints: [vertical.before, horizontal.before, vertical.behind, horizontal.behind] },
        group: { int: isDepthwise ? filters : 1 },
      },
    );
  }

  #activate(x: Value, activation: TfliteActivation): Value {
    if (activation === 'relu6') return clip(this.graph, x, 0, 6);
    if (activation === 'relu') return relu(this.graph, x);
    if (activation === 'none') return x;
    return clip(this.graph, x, -1, 1);
  }

  /** A constant, through the operator that widens it from float16 where there is one. */
  #constantOf(index: number): TfliteTensor & { readonly values: Float32Array } {
    const producer = this.#producers.get(index);
    const tensor =
      this.#model.tensors[producer?.kind === 'dequantise' ? (producer.inputs[0] ?? index) : index];
    if (tensor?.values === undefined) throw this.#unfit(index, 'it is no constant of floats');
    return { ...tensor, values: tensor.values };
  }

  #unfit(index: number, reason: string): GatewayError {
    const name = this.#model.tensors[index]?.name ?? `number ${index}`;
    return new GatewayError('MODEL_INVALID', `tensor "${name}" cannot be carried into ONNX: ${reason}`);
  }
}

/** TensorFlow's padding: "same" gives ceil(size / stride), with the odd zero behind. */
function padding(
  { padding: kind, stride }: TfliteOperator,
  size: number,
  taps: number,
): { readonly size: number; readonly before: number; readonly behind: number } {
  if (kind === 'valid') return { size: Math.ceil((size - taps + 1) / stride), before: 0, behind: 0 };
  const steps = Math.ceil(size / stride);
  const total = Math.max(0, (steps - 1) * stride + taps - size);
  const before = Math.floor(total / 2);
  return { size: steps, before, behind: total - before };
}

function transposed(values: Float32Array, dims: readonly number[], order: readonly number[]): Float32Array {
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((product, size) => product * size, 1));
  const sizes = order.map((axis) => dims[axis] ?? 1);
  const steps = order.map((axis) => strides[axis] ?? 1);
  const result = new Float32Array(values.length);
  const at = sizes.map(() => 0);
  for (let index = 0; index < result.length; index++) {
    result[index] = values[at.reduce((sum, position, axis) => sum + position * (steps[axis] ?? 0), 0)] ?? 0;
    for (let axis = at.length - 1; axis >= 0; axis--) {
      const next = (at[axis] ?? 0) + 1;
      at[axis] = next === sizes[axis] ? 0 : next;
      if (next !== sizes[axis]) break;
    }
  }
  return result;
}
