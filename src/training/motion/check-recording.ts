import type { RecordedSensor, Recording } from '../../domain/recording.js';
import { AXIS_COUNT, type SensorKind } from '../../domain/samples.js';

/** Where a sensor's median magnitude lies in its unit, wherever people carry it; what else it looks like outside. */
const PLAUSIBLE: Readonly<
  Partial<
    Record<
      SensorKind,
      { readonly low: number; readonly high: number; readonly below: string; readonly above: string }
    >
  >
> = {
  // Standard gravity is 9.81 m/s2; running and riding add to it.
  accelerometer: { low: 5, high: 25, below: 'g, or gravity was removed', above: 'another unit than m/s2' },
  'linear-acceleration': { low: 0, high: 8, below: '', above: 'gravity is included' },
  // Gyroscopes of phones end at 35 rad/s.
  gyroscope: { low: 0, high: 15, below: '', above: 'degrees per second' },
  // The Earth's field is 25 to 65 uT; iron and magnets in cases change it up to some hundreds.
  magnetometer: { low: 1, high: 2000, below: 'millitesla or gauss', above: 'nanotesla' },
};

/** Standard gravity, m/s2. */
const GRAVITY = 9.80665;

/**
 * What makes a recording useless for training: a sensor without readable values, with infinite ones, that never changes,
 * or whose size does not fit its unit.
 *
 * @param kinds sensors that are looked at
 */
export function recordingProblem(recording: Recording, kinds: ReadonlySet<SensorKind>): string | undefined {
  for (const sensor of recording.sensors) {
    if (!kinds.has(sensor.kind)) continue;
    const problem = sensorProblem(sensor);
    if (problem !== undefined) return `${sensor.name} ${problem}`;
  }
  return undefined;
}

function sensorProblem(sensor: RecordedSensor): string | undefined {
  const { values } = sensor.samples;
  if (values.some((value) => Math.abs(value) === Number.POSITIVE_INFINITY)) return 'has infinite values';
  const magnitudes = magnitudesOf(values);
  if (magnitudes.length === 0) return 'has no readable sample';
  if (magnitudes.length > 1 && isConstant(values)) return 'never changes';
  return unitProblem(sensor, magnitudes);
}

/** Lengths of the samples of which no axis is missing. */
function magnitudesOf(values: Float32Array): Float64Array {
  const magnitudes = new Float64Array(values.length / AXIS_COUNT);
  let count = 0;
  for (let at = 0; at < values.length; at += AXIS_COUNT) {
    const [x, y, z] = [values[at] ?? 0, values[at + 1] ?? 0, values[at + 2] ?? 0];
    const length = Math.sqrt(x * x + y * y + z * z);
    if (Number.isNaN(length)) continue;
    magnitudes[count] = length;
    count += 1;
  }
  return magnitudes.subarray(0, count);
}

function isConstant(values: Float32Array): boolean {
  return values.every((value, at) => Number.isNaN(value) || value === values[at % AXIS_COUNT]);
}

function unitProblem({ kind, unit }: RecordedSensor, magnitudes: Float64Array): string | undefined {
  const plausible = PLAUSIBLE[kind];
  if (plausible === undefined) return undefined;
  const sorted = magnitudes.toSorted();
  const middle = (sorted[Math.floor(sorted.length / 2)] ?? 0) * (unit === 'g' ? GRAVITY : 1);
  if (middle >= plausible.low && middle <= plausible.high) return undefined;
  const looksLike = middle < plausible.low ? plausible.below : plausible.above;
  return `says its unit is ${unit}, but its median magnitude is ${middle.toPrecision(3)}: that looks like ${looksLike}`;
}
