import type { Dim } from './model.js';

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
