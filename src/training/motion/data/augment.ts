import type { Random } from '../../random.js';
import type { HyperParameters } from '../network/hyper-parameters.js';

export type Augmentation = Pick<
  HyperParameters,
  'noise' | 'offset' | 'scale' | 'rotationDegrees' | 'halfTurns' | 'timeWarp' | 'sensorDropout'
>;

/** Values of one window, row by row. */
export interface Rows {
  readonly values: Float32Array;
  /** Channels a row; three a sensor. */
  readonly width: number;
}

const AXES = 3;

/** Changes that belong to the world, made on recorded values before normalisation, in place. */
export function augmentRecorded(rows: Rows, options: Augmentation, isRaw: boolean, random: Random): void {
  if (options.timeWarp > 0) warpTime(rows, options.timeWarp, random);
  if (options.halfTurns > 0 && random.uniform() < options.halfTurns) rotate(rows, halfTurn(random), isRaw);
  if (options.rotationDegrees > 0) rotate(rows, rotationMatrix(options.rotationDegrees, random), isRaw);
  if (options.sensorDropout > 0) dropSensors(rows, options.sensorDropout, random);
}

/** Changes measured in standard deviations, made after normalisation, in place. */
export function augmentNormalised(rows: Rows, options: Augmentation, random: Random): void {
  const { values, width } = rows;
  for (let column = 0; column < width; column++) {
    const factor = options.scale > 0 ? random.between(1 - options.scale, 1 + options.scale) : 1;
    const offset = options.offset > 0 ? random.normal() * options.offset : 0;
    if (factor === 1 && offset === 0) continue;
    for (let at = column; at < values.length; at += width) values[at] = (values[at] ?? 0) * factor + offset;
  }
  if (options.noise === 0) return;
  for (let at = 0; at < values.length; at++) values[at] = (values[at] ?? 0) + random.normal() * options.noise;
}

/** Plays the window at a speed that changes smoothly, from its nearest rows. */
function warpTime({ values, width }: Rows, strength: number, random: Random): void {
  const rows = values.length / width;
  const source = values.slice();
  const phase = random.uniform() * 2 * Math.PI;
  const cycles = random.between(0.5, 2);
  const tempo = random.between(1 - strength, 1 + strength);
  let position = random.uniform() * Math.max(0, rows - 1 - (rows - 1) * tempo);
  for (let row = 0; row < rows; row++) {
    const from = Math.min(rows - 1, Math.max(0, Math.round(position)));
    values.set(source.subarray(from * width, (from + 1) * width), row * width);
    position += tempo * (1 + (strength / 2) * Math.sin(phase + (2 * Math.PI * cycles * row) / rows));
  }
}

/** Turns all sensors alike, as when the phone sits differently. */
function rotate({ values, width }: Rows, matrix: readonly number[], isRaw: boolean): void {
  for (let sensor = 0; sensor + AXES <= width; sensor += AXES) {
    // The zero of raw counts is not known, so they turn about their mean.
    const centre = isRaw ? meansOf(values, width, sensor) : [0, 0, 0];
    for (let at = sensor; at < values.length; at += width) {
      const v = centre.map((mean, axis) => (values[at + axis] ?? Number.NaN) - mean);
      for (let axis = 0; axis < AXES; axis++) {
        const turned = v.reduce((sum, value, other) => sum + value * (matrix[axis * AXES + other] ?? 0), 0);
        values[at + axis] = turned + (centre[axis] ?? 0);
      }
    }
  }
}

function meansOf(values: Float32Array, width: number, column: number): number[] {
  return [0, 1, 2].map((axis) => {
    let sum = 0;
    let count = 0;
    for (let at = column + axis; at < values.length; at += width) {
      const value = values[at] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      sum += value;
      count += 1;
    }
    return count === 0 ? 0 : sum / count;
  });
}

/** By 180° about x, y or z. */
function halfTurn(random: Random): number[] {
  const axis = random.below(AXES);
  const signs = Array.from({ length: AXES }, (_, at) => (axis === at ? 1 : -1));
  return signs.flatMap((sign, row) => signs.map((_, column) => (row === column ? sign : 0)));
}

/** Rodrigues' formula for a random axis and an angle of at most `degrees`. */
function rotationMatrix(degrees: number, random: Random): number[] {
  const axis = [random.normal(), random.normal(), random.normal()];
  const norm = Math.hypot(...axis) || 1;
  const [x = 0, y = 0, z = 0] = axis.map((value) => value / norm);
  const angle = random.between(0, degrees) * (Math.PI / 180);
  const [s, c] = [Math.sin(angle), Math.cos(angle)];
  const t = 1 - c;
  return [
    [t * x * x + c, t * x * y - s * z, t * x * z + s * y],
    [t * x * y + s * z, t * y * y + c, t * y * z - s * x],
    [t * x * z - s * y, t * y * z + s * x, t * z * z + c],
  ].flat();
}

/** Makes sensors missing; at least one stays. */
function dropSensors({ values, width }: Rows, probability: number, random: Random): void {
  const sensors = Math.floor(width / AXES);
  const kept = random.below(sensors);
  for (let sensor = 0; sensor < sensors; sensor++) {
    if (sensor === kept || random.uniform() >= probability) continue;
    for (let at = sensor * AXES; at < values.length; at += width) values.fill(Number.NaN, at, at + AXES);
  }
}
