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
