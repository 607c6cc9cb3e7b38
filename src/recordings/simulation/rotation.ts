/** A rotation as three rows, row by row: the vector `v` becomes `rotation * v`. */
export type Rotation = readonly [number, number, number, number, number, number, number, number, number];

/** A rotation about one axis (0 x, 1 y, 2 z) by an angle in radians, right-handed. */
export function rotationAbout(axis: 0 | 1 | 2, angle: number): Rotation {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  if (axis === 0) return [1, 0, 0, 0, c, -s, 0, s, c];
  if (axis === 1) return [c, 0, s, 0, 1, 0, -s, 0, c];
  return [c, -s, 0, s, c, 0, 0, 0, 1];
}

/** First `second`, then `first`, as in matrix products. */
export function multiply(first: Rotation, second: Rotation): Rotation {
  const [a, b, c, d, e, f, g, h, i] = first;
  const [p, q, r, s, t, u, v, w, x] = second;
  return [
    a * p + b * s + c * v,
    a * q + b * t + c * w,
    a * r + b * u + c * x,
    d * p + e * s + f * v,
    d * q + e * t + f * w,
    d * r + e * u + f * x,
    g * p + h * s + i * v,
    g * q + h * t + i * w,
    g * r + h * u + i * x,
  ];
}

/** Writes a rotated vector into an array, from a place on. */
export function rotateInto(
  rotation: Rotation,
  [x, y, z]: readonly [number, number, number],
  values: Float32Array | Float64Array,
  at = 0,
): void {
  values[at] = rotation[0] * x + rotation[1] * y + rotation[2] * z;
  values[at + 1] = rotation[3] * x + rotation[4] * y + rotation[5] * z;
  values[at + 2] = rotation[6] * x + rotation[7] * y + rotation[8] * z;
}
