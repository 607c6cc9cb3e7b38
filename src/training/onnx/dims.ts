import type { Value } from './graph-builder.js';
import type { Dim, OnnxAttributes } from './model.js';

/** The size of one axis of a shape whose sizes are all known; negative axes count from the end. */
export function sizeOf(dims: readonly Dim[], axis: number): number {
  const dim = dims.at(axis);
  if (typeof dim !== 'number') throw new Error(`axis ${axis} of [${dims.join(', ')}] has no known size`);
  return dim;
}

/** The sizes of a shape, all of which must be known. */
export function sizesOf(dims: readonly Dim[]): number[] {
  return dims.map((_, axis) => sizeOf(dims, axis));
}

/** Number of elements. */
export function elementCount(dims: readonly Dim[]): number {
  return sizesOf(dims).reduce((product, size) => product * size, 1);
}

/** The shape that two operands broadcast to, by NumPy's rule. */
export function broadcastDims(a: readonly Dim[], b: readonly Dim[]): Dim[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, index) => {
    const left = a.at(index - rank + a.length) ?? 1;
    const right = b.at(index - rank + b.length) ?? 1;
    const first = index < rank - a.length ? 1 : left;
    const second = index < rank - b.length ? 1 : right;
    if (first === second || second === 1) return first;
    if (first === 1) return second;
    throw new Error(`[${a.join(', ')}] and [${b.join(', ')}] do not broadcast`);
  });
}

/** Axes counted from 0, whatever their sign. */
export function positiveAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Attributes of a two-dimensional convolution or pooling, with ONNX's defaults filled in; `[vertical, horizontal]`. */
export interface ConvWindow {
  readonly taps: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly before: readonly [number, number];
  readonly behind: readonly [number, number];
  readonly groups: number;
  readonly ceil: boolean;
}

/**
 * Reads the attributes of Conv, MaxPool or AveragePool.
 *
 * @throws Error where pads are left to the runtime (`auto_pad` other than `NOTSET` and `VALID`)
 */
export function convWindowOf(attributes: OnnxAttributes, kernel?: Value): ConvWindow {
  const autoPad = attributes['auto_pad'];
  if (autoPad !== undefined && 'string' in autoPad && !['NOTSET', 'VALID'].includes(autoPad.string)) {
    throw new Error(`auto_pad ${autoPad.string} is not supported; write the pads out`);
  }
  const taps = kernel === undefined ? [1, 1] : [sizeOf(kernel.dims, 2), sizeOf(kernel.dims, 3)];
  const pads = integers(attributes, 'pads') ?? [0, 0, 0, 0];
  return {
    taps: pair(integers(attributes, 'kernel_shape') ?? taps),
    strides: pair(integers(attributes, 'strides') ?? [1, 1]),
    dilations: pair(integers(attributes, 'dilations') ?? [1, 1]),
    before: pair(pads),
    behind: pair(pads.slice(2)),
    groups: integer(attributes, 'group') ?? 1,
    ceil: integer(attributes, 'ceil_mode') === 1,
  };
}

/** `[batch, channels, rows, columns]` of what a window makes of an image tensor. */
export function windowedDims(x: Value, channels: Dim, spec: ConvWindow): Dim[] {
  const size = (axis: 0 | 1): number => {
    const reach = (spec.taps[axis] - 1) * spec.dilations[axis] + 1;
    const steps =
      (sizeOf(x.dims, 2 + axis) + spec.before[axis] + spec.behind[axis] - reach) / spec.strides[axis];
    return (spec.ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
  };
  return [x.dims[0] ?? 1, channels, size(0), size(1)];
}

function integers(attributes: OnnxAttributes, name: string): readonly number[] | undefined {
  const attribute = attributes[name];
  return attribute !== undefined && 'ints' in attribute ? attribute.ints : undefined;
}

function integer(attributes: OnnxAttributes, name: string): number | undefined {
  const attribute = attributes[name];
  return attribute !== undefined && 'int' in attribute ? attribute.int : undefined;
}

function pair([vertical = 0, horizontal = 0]: readonly number[]): readonly [number, number] {
  return [vertical, horizontal];
}
