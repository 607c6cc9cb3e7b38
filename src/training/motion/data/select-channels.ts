import type { RecordedSensor, Recording } from '../../../domain/recording.js';
import { AXES, AXIS_COUNT, type SensorKind } from '../../../domain/samples.js';
import {
  MODEL_SENSORS,
  type ModelSensor,
  type SequenceManifest,
} from '../../../inference/models/manifest.js';
import { GatewayError } from '../../../shared/errors.js';

/** What of the recordings a model is made of. */
export interface ChannelChoice {
  readonly channels: readonly string[];
  readonly accelerometerUnit: SequenceManifest['accelerometerUnit'];
  readonly gravity: SequenceManifest['gravity'];
  /** Where the sensors were worn; `any` where recordings differ or nobody said. */
  readonly placement: SequenceManifest['placement'];
  readonly usable: readonly Recording[];
  /** Recordings left out, and why. */
  readonly skipped: readonly string[];
}

/** What is asked for; the rest follows from the recordings. */
interface ChannelWishes {
  readonly sensors?: readonly ModelSensor[] | undefined;
  readonly gravity?: SequenceManifest['gravity'] | undefined;
  readonly accelerometerUnit?: SequenceManifest['accelerometerUnit'] | undefined;
  readonly placement?: SequenceManifest['placement'] | undefined;
  /** What a recording is called where it is left out. @defaultValue its id */
  readonly nameOf?: ((recording: Recording) => string) | undefined;
}

/**
 * Chooses sensors, unit and gravity that fit the recordings. Unless asked for otherwise these are the sensors that more
 * than half of the recordings have, the unit of most accelerometers, and gravity as recorded (`any` where recordings
 * differ). Recordings that lack a sensor, have another unit, no labels, or values that cannot be, or that were worn elsewhere than asked for, are left out.
 *
 * @throws GatewayError `TRAINING_FAILED` when no recording is usable
 */
export function selectChannels(recordings: readonly Recording[], wishes: ChannelWishes): ChannelChoice {
  const sensors = wishes.sensors ?? MODEL_SENSORS.filter((sensor) => isInMost(recordings, sensor));
  if (sensors.length === 0) {
    throw new GatewayError(
      'TRAINING_FAILED',
      `no sensor is in more than half of the recordings; give the ones to use, of ${MODEL_SENSORS.join(', ')}`,
    );
  }
  const accelerometerUnit = wishes.accelerometerUnit ?? unitOfMost(recordings);
  const verdicts = recordings.map((recording) => ({
    recording,
    problem:
      placementProblem(recording, wishes.placement) ?? problemOf(recording, sensors, accelerometerUnit),
  }));
  const usable = verdicts.filter(({ problem }) => problem === undefined).map(({ recording }) => recording);
  const nameOf = wishes.nameOf ?? (({ id }: Recording): string => `recording "${id}"`);
  const skipped = verdicts.flatMap(({ recording, problem }) =>
    problem === undefined ? [] : [`${nameOf(recording)} ${problem}`],
  );
  if (usable.length === 0) {
    throw new GatewayError('TRAINING_FAILED', `no recording can be used:\n${skipped.join('\n')}`);
  }
  return {
    channels: sensors.flatMap((sensor) => AXES.map((axis) => `${sensor}.${axis}`)),
    accelerometerUnit,
    gravity: wishes.gravity ?? recordedGravity(usable),
    placement: wishes.placement ?? recordedPlacement(usable),
    usable,
    skipped,
  };
}

function unitOfMost(recordings: readonly Recording[]): ChannelChoice['accelerometerUnit'] {
  const raw = recordings.filter((recording) => accelerometerOf(recording)?.kind === 'accelerometer-raw');
  return raw.length * 2 > recordings.length ? 'adc' : 'm/s2';
}

/** A recording that does not say where it was worn is taken for what is asked for. */
function placementProblem(
  { placement }: Recording,
  wanted: SequenceManifest['placement'] = 'any',
): string | undefined {
  if (placement === undefined || wanted === 'any' || placement === wanted) return undefined;
  return `was worn on the ${placement}, not on the ${wanted}`;
}

/** Of all recordings, if they agree and none is silent. */
function recordedPlacement(recordings: readonly Recording[]): SequenceManifest['placement'] {
  const [first, ...others] = new Set(recordings.map(({ placement }) => placement));
  return others.length > 0 ? 'any' : (first ?? 'any');
}

function problemOf(
  recording: Recording,
  chosen: readonly ModelSensor[],
  unit: ChannelChoice['accelerometerUnit'],
): string | undefined {
  const missing = chosen.filter((sensor) => findSensor(recording, sensor) === undefined);
  if (missing.length > 0) return `has no ${missing.join(', ')}`;
  const kind = accelerometerOf(recording)?.kind;
  if (chosen.includes('accelerometer') && (kind === 'accelerometer-raw') !== (unit === 'adc')) {
    return `has an accelerometer in ${accelerometerOf(recording)?.unit}, not in ${unit}`;
  }
  if (recording.labels.length === 0) return 'has no labels';
  const kinds = chosen.flatMap((sensor) => findSensor(recording, sensor)?.kind ?? []);
  const problem = recordingProblem(recording, new Set(kinds));
  return problem === undefined ? undefined : `cannot be used: ${problem}`;
}

function isInMost(recordings: readonly Recording[], sensor: ModelSensor): boolean {
  const having = recordings.filter((recording) => findSensor(recording, sensor) !== undefined).length;
  return having * 2 > recordings.length;
}

function recordedGravity(recordings: readonly Recording[]): SequenceManifest['gravity'] {
  const found = new Set(
    recordings.map((recording) => accelerometerOf(recording)?.kind !== 'linear-acceleration'),
  );
  if (found.size > 1) return 'any';
  return found.has(true) ? 'included' : 'removed';
}

function accelerometerOf(recording: Recording): RecordedSensor | undefined {
  return findSensor(recording, 'accelerometer');
}

function findSensor(recording: Recording, sensor: ModelSensor): RecordedSensor | undefined {
  return recording.sensors.find(({ kind }) => modelSensorOf(kind) === sensor);
}

function modelSensorOf(kind: RecordedSensor['kind']): ModelSensor | undefined {
  if (kind === 'accelerometer-raw' || kind === 'linear-acceleration') return 'accelerometer';
  return MODEL_SENSORS.find((sensor) => sensor === kind);
}

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
