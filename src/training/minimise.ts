/** A function's value and slope at a point. */
export interface Slope {
  readonly value: number;
  readonly gradient: Float32Array;
}

/** A step that was taken and how the gradient changed on it. */
interface Step {
  readonly moved: Float32Array;
  readonly changed: Float32Array;
  /** Their dot product. */
  readonly curvature: number;
}

/** Steps that are remembered, and halvings of a step that leads up. */
const MEMORY = 8;
const MOST_HALVINGS = 12;
/** Share of what the slope promises that a step must bring. */
const ENOUGH = 1e-4;

/**
 * The place where a smooth function is smallest, by steps of L-BFGS (Liu & Nocedal 1989).
 *
 * @param slopeAt must not change the point that it is given
 */
export async function minimise(
  slopeAt: (point: Float32Array) => Promise<Slope>,
  start: Float32Array,
  steps: number,
): Promise<Float32Array> {
  let point = start;
  let slope = await slopeAt(point);
  const known: Step[] = [];
  for (let step = 0; step < steps; step++) {
    const way = directionOf(slope.gradient, known);
    const fall = dot(slope.gradient, way);
    let [reach, next] = [1, plus(point, way, -1)];
    let at = await slopeAt(next);
    for (let halving = 0; at.value > slope.value - ENOUGH * reach * fall; halving++) {
      // Single precision tells no smaller differences.
      if (halving === MOST_HALVINGS) return point;
      reach /= 2;
      next = plus(point, way, -reach);
      at = await slopeAt(next);
    }
    const [moved, changed] = [plus(next, point, -1), plus(at.gradient, slope.gradient, -1)];
    const curvature = dot(moved, changed);
    if (curvature > 0) known.push({ moved, changed, curvature });
    if (known.length > MEMORY) known.shift();
    [point, slope] = [next, at];
  }
  return point;
}

/** The gradient, bent by what the last steps told of the curvature. */
function directionOf(gradient: Float32Array, known: readonly Step[]): Float32Array {
  const last = known.at(-1);
  if (last === undefined) {
    const length = gradient.reduce((sum, value) => sum + Math.abs(value), 0);
    return gradient.map((value) => value / Math.max(length, Number.MIN_VALUE));
  }
  let way = gradient;
  const factors = known.toReversed().map(({ moved, changed, curvature }) => {
    const factor = dot(moved, way) / curvature;
    way = plus(way, changed, -factor);
    return factor;
  });
  const scale = last.curvature / dot(last.changed, last.changed);
  way = way.map((value) => value * scale);
  for (const [index, { moved, changed, curvature }] of known.entries()) {
    const factor = factors[known.length - 1 - index] ?? 0;
    way = plus(way, moved, factor - dot(changed, way) / curvature);
  }
  return way;
}

function plus(a: Float32Array, b: Float32Array, factor: number): Float32Array {
  return a.map((value, at) => value + factor * (b[at] ?? 0));
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}
