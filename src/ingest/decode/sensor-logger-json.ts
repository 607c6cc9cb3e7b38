import { gunzipSync } from 'node:zlib';
import { pictureKind } from '../../shared/picture-bytes.js';
import {
  describe,
  isRecord,
  type JsonRecord,
  NANOSECONDS_PER_MS,
  parseJsonPayload,
  parseRecord,
  toFinite,
  toNumber,
  toSequence,
  toSession,
} from './json.js';
import { type RejectedMessage, reject } from './outcome.js';
import { BAROMETER, SensorLoggerContent, WIRE_SENSOR_NAMES } from './sensor-logger-content.js';

/** What a compressed payload may grow to: a minute of the busiest phone measured. */
const MAX_INFLATED_BYTES = 8 * 1024 * 1024;

const WIRE_SENSORS: ReadonlyMap<string, number> = new Map(
  WIRE_SENSOR_NAMES.map((name, index) => [name, index]),
);

const DATA_URL_PREFIX = /^data:[\w/+.-]{1,40};base64,/;

/**
 * Reads any Sensor Logger message: numbers as strings, `sensor` in place of `name`, values beside the name instead of
 * inside `values`, `compressedData` (base64 of a gzipped array) in place of `payload`.
 */
export function readSensorLogger(payload: Uint8Array): SensorLoggerContent | RejectedMessage {
  const parsed = parseRecord(payload);
  if (!parsed.ok) return parsed;
  const { messageId, sessionId, deviceId } = parsed.value;
  const entries = entriesOf(parsed.value);
  if ('ok' in entries) return entries;
  if (entries.length === 0) return reject('wrong-shape', 'payload is empty: is a sensor switched on?');
  const content = new SensorLoggerContent();
  content.deviceId = typeof deviceId === 'string' ? deviceId : undefined;
  content.session = toSession(sessionId);
  content.sequence = toSequence(messageId);
  content.isTest = entries.every((entry) => isRecord(entry) && nameOf(entry) === 'test');
  for (const entry of entries) readSensorLoggerEntry(entry, content);
  return content;
}

function entriesOf({ payload, compressedData }: JsonRecord): readonly unknown[] | RejectedMessage {
  if (Array.isArray(payload)) return payload;
  if (typeof compressedData === 'string') return inflate(compressedData);
  return reject('wrong-shape', `payload must be an array of readings, got ${describe(payload)}`);
}

function inflate(base64: string): readonly unknown[] | RejectedMessage {
  let bytes: Uint8Array;
  try {
    bytes = gunzipSync(Buffer.from(base64, 'base64'), { maxOutputLength: MAX_INFLATED_BYTES });
  } catch (error) {
    return error instanceof RangeError
      ? reject('too-large', `compressedData holds more than ${MAX_INFLATED_BYTES} bytes`)
      : reject('wrong-shape', 'compressedData is not base64 of a gzip stream');
  }
  const parsed = parseJsonPayload(bytes);
  if (!parsed.ok) return parsed;
  if (Array.isArray(parsed.value)) return parsed.value;
  return reject('wrong-shape', `compressedData must hold an array, got ${describe(parsed.value)}`);
}

/** Reads one reading of a message, or of the app's JSON export, into `content`. */
export function readSensorLoggerEntry(entry: unknown, content: SensorLoggerContent): void {
  const name = isRecord(entry) ? nameOf(entry) : undefined;
  if (!isRecord(entry) || name === undefined) {
    content.brokenEntries += 1;
    return;
  }
  const lowerCase = name.toLowerCase();
  const wireSensor = WIRE_SENSORS.get(lowerCase);
  const values = isRecord(entry['values']) ? entry['values'] : entry;
  if (wireSensor !== undefined) readSample(wireSensor, entry, values, content);
  else if (lowerCase === BAROMETER) content.addPressure(timeMsOf(entry), toNumber(values['pressure']));
  else if (name === 'camera') readFrame(entry, values, content);
  else content.ignored.note(name);
}

function nameOf({ name, sensor }: JsonRecord): string | undefined {
  if (typeof name === 'string') return name;
  return typeof sensor === 'string' ? sensor : undefined;
}

function readSample(
  wireSensor: number,
  entry: JsonRecord,
  values: JsonRecord,
  content: SensorLoggerContent,
): void {
  if (typeof entry['accuracy'] === 'number') content.hasAccuracy = true;
  const { x, y, z } = values;
  content.builderOf(wireSensor).add(timeMsOf(entry), toNumber(x), toNumber(y), toNumber(z));
}

function timeMsOf(entry: JsonRecord): number {
  return toNumber(entry['time']) / NANOSECONDS_PER_MS;
}

function readFrame(entry: JsonRecord, values: JsonRecord, content: SensorLoggerContent): void {
  const base64 = values['image'] ?? entry['image'];
  const image =
    typeof base64 === 'string' ? Buffer.from(base64.replace(DATA_URL_PREFIX, ''), 'base64') : undefined;
  const timeNs = toFinite(entry['time']);
  const timeMs = timeNs === undefined ? undefined : timeNs / NANOSECONDS_PER_MS;
  if (image !== undefined && pictureKind(image) !== undefined) content.frames.push({ timeMs, image });
  else content.ignored.note('camera');
}
