import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordedSensor, Recording } from '../domain/recording.js';
import type { SensorKind } from '../domain/samples.js';
import { GatewayError, messageOf } from '../shared/errors.js';
import { listFolder } from '../shared/files.js';
import { readHeader, type SensorHeader } from './recording-header.js';
import { readSensorFile } from './sensor-file.js';

/** Streams whose recorded unit needs no other name; anything else is refused. */
const KINDS: Readonly<Record<string, { readonly kind: SensorKind; readonly units: readonly string[] }>> = {
  gyroscope: { kind: 'gyroscope', units: ['rad/s'] },
  magnetometer: { kind: 'magnetometer', units: ['uT'] },
  gravity: { kind: 'gravity', units: ['m/s2', 'g'] },
  'linear-acceleration': { kind: 'linear-acceleration', units: ['m/s2', 'g'] },
  barometer: { kind: 'barometer', units: ['Pa'] },
};

/**
 * Reads a labelled recording folder; of one that is being written, or whose writer was killed, what is whole.
 *
 * @throws GatewayError `RECORDING_INVALID` naming the file and what is wrong with it
 */
export async function readRecording(path: string): Promise<Recording> {
  const header = await readHeader(path);
  const names = Object.keys(header.sensors).sort();
  const sensors: RecordedSensor[] = [];
  for (const name of names) {
    const sensor = header.sensors[name];
    if (sensor !== undefined) sensors.push(await readSensor(path, name, sensor, header.complete));
  }
  return {
    id: header.id,
    subject: header.subject,
    device: header.device,
    placement: header.placement,
    startMs: Date.parse(header.start),
    sensors,
    labels: header.labels,
  };
}

/** Paths of the recordings, or links to some, directly below a folder (or the folder itself, if it is one), in alphabetical order. */
export async function listRecordings(directory: string): Promise<string[]> {
  const { names, folders } = await listFolder(directory).catch((error: unknown) => {
    throw new GatewayError('RECORDING_INVALID', `${directory} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  });
  if (names.includes('recording.json')) return [directory];
  const found: string[] = [];
  for (const folder of folders.map((name) => join(directory, name))) {
    if ((await readdir(folder)).includes('recording.json')) found.push(folder);
  }
  return found;
}

async function readSensor(
  path: string,
  name: string,
  header: SensorHeader,
  isComplete: boolean,
): Promise<RecordedSensor> {
  const file = join(path, header.file);
  const { timesMs, values } = await readSensorFile(file, isComplete);
  const kind = kindOf(join(path, 'recording.json'), name, header);
  return {
    name,
    kind,
    unit: header.unit,
    gravity: header.gravity,
    nominalRateHz: header.nominalRateHz,
    samples: { sensor: kind, timesMs, values },
  };
}

function kindOf(file: string, name: string, header: SensorHeader): SensorKind {
  if (name === 'accelerometer') {
    if (header.unit === 'adc') return 'accelerometer-raw';
    if (header.unit === 'm/s2' || header.unit === 'g') {
      return header.gravity === false ? 'linear-acceleration' : 'accelerometer';
    }
  }
  const known = KINDS[name];
  if (known?.units.includes(header.unit)) return known.kind;
  throw new GatewayError('RECORDING_INVALID', `${file}: sensor "${name}" in "${header.unit}" is not known`);
}
