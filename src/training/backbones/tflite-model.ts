import { GatewayError, messageOf } from '../../shared/errors.js';
import { halfToFloat } from '../onnx/half.js';
import { FlatTable } from './flatbuffer.js';

/*
 * Field numbers and codes of schema.fbs of TensorFlow Lite (https://github.com/tensorflow/tensorflow), copyright the
 * TensorFlow Authors, Apache License 2.0. Only what a convolutional backbone consists of is listed.
 */
const OPERATORS = new Map([
  [0, 'add'],
  [3, 'convolution'],
  [4, 'depthwise'],
  [6, 'dequantise'],
] as const);
const TENSOR_TYPES = { float32: 0, float16: 1 } as const;
const ACTIVATIONS = ['none', 'relu', 'relu-n1-to-1', 'relu6'] as const;

export type TfliteActivation = (typeof ACTIVATIONS)[number];

export interface TfliteTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** Values of a constant, float32 whatever its type in the file. */
  readonly values: Float32Array | undefined;
}

export interface TfliteOperator {
  /** `other` for all that a backbone has no use for. */
  readonly kind: 'add' | 'convolution' | 'depthwise' | 'dequantise' | 'other';
  /** Numbers of tensors. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly padding: 'same' | 'valid';
  readonly stride: number;
  readonly activation: TfliteActivation;
}

export interface TfliteModel {
  readonly tensors: readonly TfliteTensor[];
  readonly operators: readonly TfliteOperator[];
  readonly inputs: readonly number[];
}

/**
 * Reads the bytes of a `.tflite` file with float weights.
 *
 * @throws GatewayError `MODEL_INVALID` when they are none
 */
export function readTflite(bytes: Uint8Array): TfliteModel {
  try {
    if (Buffer.from(bytes.subarray(4, 8)).toString('latin1') !== 'TFL3') {
      throw new Error('bytes 4 to 7 are not "TFL3"');
    }
    return readRoot(FlatTable.root(bytes));
  } catch (error) {
    throw new GatewayError('MODEL_INVALID', `not a readable TensorFlow Lite model: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function readRoot(root: FlatTable): TfliteModel {
  const codes = root.tables(1).map((code) => Math.max(code.int8(0), code.int32(3)));
  const [graph] = root.tables(2);
  if (graph === undefined) throw new Error('it has no graph');
  const buffers = root.tables(4).map((buffer) => buffer.bytes(0));
  return {
    tensors: graph.tables(0).map((tensor) => readTensor(tensor, buffers)),
    operators: graph.tables(3).map((operator) => readOperator(operator, codes)),
    inputs: graph.int32s(1),
  };
}

function readTensor(tensor: FlatTable, buffers: readonly Uint8Array[]): TfliteTensor {
  const data = buffers[tensor.int32(2)] ?? new Uint8Array();
  return {
    name: tensor.text(3),
    dims: tensor.int32s(0),
    values: data.length === 0 ? undefined : readValues(data, tensor.int8(1)),
  };
}

function readValues(data: Uint8Array, type: number): Float32Array | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (type === TENSOR_TYPES.float32) {
    return Float32Array.from({ length: data.length / 4 }, (_, at) => view.getFloat32(at * 4, true));
  }
  if (type === TENSOR_TYPES.float16) {
    return Float32Array.from({ length: data.length / 2 }, (_, at) =>
      halfToFloat(view.getUint16(at * 2, true)),
    );
  }
  return undefined;
}

function readOperator(operator: FlatTable, codes: readonly number[]): TfliteOperator {
  const code = codes[operator.int32(0)];
  const kind = [...OPERATORS].find(([known]) => known === code)?.[1] ?? 'other';
  const options = operator.table(4);
  const activationField = { add: 0, convolution: 3, depthwise: 4, dequantise: 9, other: 9 }[kind];
  return {
    kind,
    inputs: operator.int32s(1),
    outputs: operator.int32s(2),
    padding: options?.int8(0) === 1 ? 'valid' : 'same',
    stride: options?.int32(1, 1) ?? 1,
    activation: kind === 'other' ? 'none' : (ACTIVATIONS[options?.int8(activationField) ?? 0] ?? 'none'),
  };
}
