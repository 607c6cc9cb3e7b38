/** Size of one axis: a number, or the name of a size that is known when the model runs. */
export type Dim = number | string;

/** Element types this project reads and writes. */
export type ElementType = 'float32' | 'float16' | 'int8' | 'int64' | 'bool';

/** A constant tensor, row major. 64-bit integers are held as numbers: axes, sizes and slice bounds are small. */
export type OnnxTensor =
  | { readonly type: 'float32'; readonly dims: readonly number[]; readonly data: Float32Array }
  /** Half precision, as bits: weights are kept so, and widened when the model is loaded. */
  | { readonly type: 'float16'; readonly dims: readonly number[]; readonly data: Uint16Array }
  /** Weights of quantised layers. */
  | { readonly type: 'int8'; readonly dims: readonly number[]; readonly data: Int8Array }
  | { readonly type: 'int64'; readonly dims: readonly number[]; readonly data: readonly number[] };

/** A node's attribute, tagged with its type in the ONNX standard. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly tensor: OnnxTensor }
  | { readonly graph: OnnxGraph };

export type OnnxAttributes = Readonly<Record<string, OnnxAttribute>>;

export interface OnnxNode {
  readonly opType: string;
  /** Set of operators that it belongs to, if not the standard one. */
  readonly domain?: string;
  /** Names of values; the empty string stands for an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: OnnxAttributes;
}

export interface OnnxValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly Dim[];
}

export interface OnnxGraph {
  readonly name: string;
  /** In an order in which each node's inputs exist. */
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly initialisers: ReadonlyMap<string, OnnxTensor>;
}

/** The part of an ONNX `ModelProto` that this project reads and writes. */
export interface OnnxModel {
  readonly graph: OnnxGraph;
  /** Version of the standard operator set. */
  readonly opset: number;
  readonly producer: string;
  /** Free text by name, kept in the file's `metadata_props`. */
  readonly metadata: Readonly<Record<string, string>>;
}

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** A value of IEEE 754 binary16. */
export function halfToFloat(half: number): number {
  const sign = half >> 15 === 1 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The bits of the binary16 value nearest to a number, ties to even; too large ones become infinite. */
export function floatToHalf(value: number): number {
  float[0] = value;
  const word = bits[0] ?? 0;
  const sign = (word >>> 16) & 0x8000;
  if (Number.isNaN(value)) return sign | 0x7e00;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  // Below the smallest normal number steps are 2^-24; above, 11 bits of the value's own power of two.
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.max(size, 2 ** -14))));
  const steps = roundToEven(size / 2 ** (exponent - 10));
  return sign | (steps < 1024 ? steps : ((exponent + 15) << 10) + (steps - 1024));
}

function roundToEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}
