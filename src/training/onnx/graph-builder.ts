import type {
  Dim,
  ElementType,
  OnnxAttributes,
  OnnxGraph,
  OnnxNode,
  OnnxTensor,
  OnnxValueInfo,
} from './model.js';

/** A tensor inside a graph under construction. */
export interface Value extends OnnxValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly Dim[];
}

/** Turns the gradient of a primitive's output into the gradients of its inputs. */
export type PullBack = (gradient: Value) => readonly Value[];

/** One differentiable step of the forward computation: a node, or several nodes with a gradient of their own. */
export interface TapeEntry {
  readonly opType: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: OnnxAttributes;
  /** Present where the entry brings its own gradient instead of the rule for `opType`. */
  readonly pullBack: PullBack | undefined;
}

/** Type and shape of a value that a node makes. */
export type OutputSpec = readonly Dim[] | { readonly type: ElementType; readonly dims: readonly Dim[] };

/** Collects nodes, constants, inputs and outputs of an ONNX graph, and a tape of them for differentiation. */
export class GraphBuilder {
  /** What was computed, in order; read by `differentiate`. */
  readonly tape: TapeEntry[] = [];
  readonly #prefix: string;
  readonly #nodes: OnnxNode[] = [];
  readonly #inputs: OnnxValueInfo[] = [];
  readonly #outputs: OnnxValueInfo[] = [];
  readonly #initialisers = new Map<string, OnnxTensor>();
  #counter = 0;
  #taping = true;

  /** @param prefix starts all names the builder makes up; a subgraph's must differ from those around it */
  constructor(prefix = '') {
    this.#prefix = prefix;
  }

  input(name: string, dims: readonly Dim[], type: ElementType = 'float32'): Value {
    const value = { name, type, dims };
    this.#inputs.push(value);
    return value;
  }

  /** A named constant that belongs to the graph, such as a weight. */
  initialiser(name: string, tensor: OnnxTensor): Value {
    this.#initialisers.set(name, tensor);
    return { name, type: tensor.type, dims: tensor.dims };
  }

  /** A small unnamed vector of integers: axes, sizes, slice bounds. */
  integers(data: readonly number[]): Value {
    return this.initialiser(`${this.#prefix}ints:${data.join(',')}`, {
      type: 'int64',
      dims: [data.length],
      data,
    });
  }

  /** The numbers behind {@link integers}. */
  integersOf(value: Value | undefined): readonly number[] {
    const tensor = value === undefined ? undefined : this.#initialisers.get(value.name);
    if (tensor?.type !== 'int64') throw new Error(`"${value?.name}" is no constant vector of integers`);
    return tensor.data;
  }

  /** An unnamed scalar. */
  scalar(value: number): Value {
    const data = Float32Array.of(value);
    return this.initialiser(`${this.#prefix}scalar:${value}`, { type: 'float32', dims: [], data });
  }

  /** Appends a node; `undefined` among the inputs stands for an optional one left out. */
  node(
    opType: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly OutputSpec[],
    attributes: OnnxAttributes = {},
  ): Value[] {
    const values = outputs.map((spec) => this.#newValue(opType, spec));
    this.#nodes.push({
      opType,
      inputs: inputs.map((input) => input?.name ?? ''),
      outputs: values.map((value) => value.name),
      attributes,
    });
    const present = inputs.filter((input) => input !== undefined);
    this.#record({ opType, inputs: present, outputs: values, attributes, pullBack: undefined });
    return values;
  }

  /** {@link node} for operators with one output. */
  single(
    opType: string,
    inputs: readonly (Value | undefined)[],
    dims: OutputSpec,
    attributes?: OnnxAttributes,
  ): Value {
    const [value] = this.node(opType, inputs, [dims], attributes);
    if (value === undefined) throw new Error(`${opType} made no value`);
    return value;
  }

  /** Emits several nodes that are differentiated as one step, by a pull-back of their own. */
  primitive(
    opType: string,
    inputs: readonly Value[],
    emit: () => { readonly output: Value; readonly pullBack: PullBack },
  ): Value {
    const { output, pullBack } = this.untaped(emit);
    this.#record({ opType, inputs, outputs: [output], attributes: {}, pullBack });
    return output;
  }

  /** Emits nodes that are not differentiated. */
  untaped<Result>(emit: () => Result): Result {
    const before = this.#taping;
    this.#taping = false;
    try {
      return emit();
    } finally {
      this.#taping = before;
    }
  }

  /** Makes a value an output of the graph under the given name. */
  output(name: string, value: Value): void {
    this.#nodes.push({ opType: 'Identity', inputs: [value.name], outputs: [name], attributes: {} });
    this.#outputs.push({ name, type: value.type, dims: value.dims });
  }

  /** Makes a value an output of the graph under a name that does not matter, as in the body of a loop. */
  result(value: Value): void {
    const isTaken = [...this.#inputs, ...this.#outputs].some((other) => other.name === value.name);
    this.#outputs.push(isTaken ? this.untaped(() => this.single('Identity', [value], value.dims)) : value);
  }

  build(name: string): OnnxGraph {
    return {
      name,
      nodes: [...this.#nodes],
      inputs: [...this.#inputs],
      outputs: [...this.#outputs],
      initialisers: new Map(this.#initialisers),
    };
  }

  /** A name that nothing else in this graph has. */
  newName(label: string): string {
    this.#counter += 1;
    return `${this.#prefix}${label}_${this.#counter}`;
  }

  #record(entry: TapeEntry): void {
    if (this.#taping) this.tape.push(entry);
  }

  #newValue(opType: string, spec: OutputSpec): Value {
    const name = this.newName(opType);
    return 'dims' in spec
      ? { name, type: spec.type, dims: spec.dims }
      : { name, type: 'float32', dims: spec };
  }
}
