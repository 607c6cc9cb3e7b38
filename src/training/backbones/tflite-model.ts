import { GatewayError, messageOf } from '../../shared/errors.js';
import { halfToFloat } from '../onnx/model.js';

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

/**
 * A table of a FlatBuffers file (https://flatbuffers.dev/internals): fields by number, absent ones as their default.
 * Reading beyond the file throws a RangeError.
 */
class FlatTable {
  readonly #view: DataView;
  readonly #at: number;

  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
  }

  /** The root table of a file. */
  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, view.getUint32(0, true));
  }

  int8(field: number): number {
    const at = this.#position(field);
    return at === undefined ? 0 : this.#view.getInt8(at);
  }

  int32(field: number, fallback = 0): number {
    const at = this.#position(field);
    return at === undefined ? fallback : this.#view.getInt32(at, true);
  }

  text(field: number): string {
    return Buffer.from(this.bytes(field)).toString('utf8');
  }

  /** A vector of bytes, as a view into the file. */
  bytes(field: number): Uint8Array {
    const { at, length } = this.#vector(field);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length);
  }

  int32s(field: number): number[] {
    const { at, length } = this.#vector(field);
    return Array.from({ length }, (_, index) => this.#view.getInt32(at + index * 4, true));
  }

  table(field: number): FlatTable | undefined {
    const at = this.#position(field);
    return at === undefined ? undefined : new FlatTable(this.#view, this.#follow(at));
  }

  tables(field: number): FlatTable[] {
    const { at, length } = this.#vector(field);
    return Array.from({ length }, (_, index) => new FlatTable(this.#view, this.#follow(at + index * 4)));
  }

  #vector(field: number): { at: number; length: number } {
    const position = this.#position(field);
    if (position === undefined) return { at: 0, length: 0 };
    const start = this.#follow(position);
    return { at: start + 4, length: this.#view.getUint32(start, true) };
  }

  #follow(at: number): number {
    return at + this.#view.getUint32(at, true);
  }

  /** Where a field lies, by the table's list of offsets. */
  #position(field: number): number | undefined {
    const list = this.#at - this.#view.getInt32(this.#at, true);
    const entry = 4 + field * 2;
    if (entry >= this.#view.getUint16(list, true)) return undefined;
    const offset = this.#view.getUint16(list + entry, true);
    return offset === 0 ? undefined : this.#at + offset;
  }
}
