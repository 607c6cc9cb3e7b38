import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { RecordedSensor, Recording } from '../domain/recording.js';
import type { SensorKind } from '../domain/sensor.js';
import { GatewayError, messageOf } from '../errors.js';
import { parseSensorCsv } from './sensor-csv.js';

const sensorSchema = z.object({
  file: z.string().regex(/^[\w.-]+$/, 'a file name inside the recording, without a path'),
  unit: z.string(),
  gravity: z.boolean().optional(),
  nominalRateHz: z.number().positive(),
});

const labelSchema = z.object({
  fromMs: z.number(),
  toMs: z.number(),
  activity: z.string().nullable().default(null),
  accompanied: z.boolean().nullable().default(null),
  conversation: z.boolean().nullable().default(null),
});

/** Format of `recording.json`: DESIGN, "Labelled recordings". */
const recordingSchema = z.object({
  id: z.string().min(1),
  subject: z.string(),
  device: z.string().default(''),
  start: z.iso.datetime(),
  sensors: z.record(z.string(), sensorSchema),
  labels: z.array(labelSchema).default([]),
});

type SensorHeader = z.infer<typeof sensorSchema>;

/** Streams whose recorded unit needs no other name; anything else is refused. */
const KINDS: Readonly<Record<string, { readonly kind: SensorKind; readonly units: readonly string[] }>> = {
  gyroscope: { kind: 'gyroscope', units: ['rad/s'] },
  magnetometer: { kind: 'magnetometer', units: ['uT'] },
  gravity: { kind: 'gravity', units: ['m/s2', 'g'] },
  'linear-acceleration': { kind: 'linear-acceleration', units: ['m/s2', 'g'] },
};

/**
 * Reads a labelled recording folder.
 *
 * @throws GatewayError `RECORDING_INVALID` naming the file and what is wrong with it
 */
export async function readRecording(path: string): Promise<Recording> {
  const file = join(path, 'recording.json');
  const result = recordingSchema.safeParse(parseJson(file, await readBytes(file)));
  if (!result.success) {
    throw new GatewayError('RECORDING_INVALID', `${file}:\n${z.prettifyError(result.error)}`);
  }
  const header = result.data;
  const names = Object.keys(header.sensors).sort();
  const sensors: RecordedSensor[] = [];
  for (const name of names) {
    const sensor = header.sensors[name];
    if (sensor !== undefined) sensors.push(await readSensor(path, name, sensor));
  }
  return {
    id: header.id,
    subject: header.subject,
    device: header.device,
    startMs: Date.parse(header.start),
    sensors,
    labels: header.labels,
  };
}

/** Paths of the recordings directly below a folder (or the folder itself, if it is one), in alphabetical order. */
export async function listRecordings(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    throw new GatewayError('RECORDING_INVALID', `${directory} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  });
  if (entries.some((entry) => entry.name === 'recording.json')) return [directory];
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => join(directory, entry.name));
  const found: string[] = [];
  for (const folder of folders.sort()) {
    if ((await readdir(folder)).includes('recording.json')) found.push(folder);
  }
  return found;
}

async function readSensor(path: string, name: string, header: SensorHeader): Promise<RecordedSensor> {
  const file = join(path, header.file);
  const bytes = await readBytes(file);
  const text = file.endsWith('.gz') ? unzip(file, bytes) : bytes;
  const { timesMs, values } = parseSensorCsv(file, text);
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

function unzip(file: string, bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new GatewayError('RECORDING_INVALID', `${file} is not gzip: ${messageOf(error)}`, { cause: error });
  }
}

function parseJson(file: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new GatewayError('RECORDING_INVALID', `${file} is not JSON: ${messageOf(error)}`, { cause: error });
  }
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new GatewayError('RECORDING_INVALID', `${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
