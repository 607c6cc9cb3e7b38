import type { RecordedSensor, Recording } from '../../domain/recording.js';
import { AXES } from '../../domain/samples.js';
import { MODEL_SENSORS, type ModelSensor, type SequenceManifest } from '../../inference/models/manifest.js';
import { GatewayError } from '../../shared/errors.js';
import { recordingProblem } from './check-recording.js';

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
export interface ChannelWishes {
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
