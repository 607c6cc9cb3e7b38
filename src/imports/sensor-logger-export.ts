import { parse as parsePath } from 'node:path/posix';
import type { PlatformName } from '../decode/platform.js';
import { SensorLoggerContent, WIRE_SENSOR_NAMES } from '../decode/sensor-logger-content.js';
import { readSensorLoggerEntry } from '../decode/sensor-logger-json.js';
import { NANOSECONDS_PER_MS } from '../decode/units.js';
import { GatewayError, messageOf } from '../errors.js';
import type { LabelStatement } from '../recordings/label-track.js';
import { type CsvTable, columnOf, numberIn, parseCsvTable } from './csv-table.js';
import type { ExportFiles } from './export-files.js';
import type { ImportedRecording } from './imported-recording.js';
import { labelOfText } from './label-texts.js';

/** What the export says of itself, `Metadata.csv` or the entry `Metadata`. */
type Metadata = Readonly<Record<string, string>>;

interface Gathered {
  readonly content: SensorLoggerContent;
  annotations: { readonly timeMs: number; readonly text: string }[];
  metadata: Metadata;
}

/** Whether an export is Sensor Logger's: its CSV files, or its JSON file. */
export function isSensorLoggerExport(files: ExportFiles): boolean {
  return [...files].some(([name, bytes]) => {
    if (isJson(name)) return /"sensor"\s*:/.test(Buffer.from(bytes.subarray(0, 4096)).toString('utf8'));
    const head = Buffer.from(bytes.subarray(0, 200)).toString('utf8');
    return sensorIndex(name) >= 0 && /^\W*time\W+seconds_elapsed/.test(head);
  });
}

/**
 * Reads an export of the app Sensor Logger: `Accelerometer.csv`, `Gyroscope.csv`, … with columns `time` (epoch nanoseconds),
 * `x`, `y`, `z`, or one JSON array of `{"sensor": "Accelerometer", "time": "…", "x": …}`. Annotations become labels.
 *
 * @param platform the phone's convention; by default what its metadata say, else what its gravity looks like
 * @throws GatewayError `RECORDING_INVALID` naming the file and what is wrong with it
 */
export function readSensorLoggerExport(
  files: ExportFiles,
  platform: PlatformName | undefined,
): ImportedRecording {
  const gathered: Gathered = { content: new SensorLoggerContent(), annotations: [], metadata: {} };
  for (const [file, bytes] of files) {
    if (isJson(file)) readJson(file, bytes, gathered);
    else readCsv(file, bytes, gathered);
  }
  const { content, metadata, annotations } = gathered;
  const convention =
    platform === undefined ? conventionOf(metadata, content) : { name: platform, from: 'as asked' };
  const blocks = content.build(convention.name);
  return {
    app: 'Sensor Logger',
    device: metadata['device name'] || undefined,
    blocks,
    labels: labelsOf(annotations),
    invalidSamples: content.invalidSamples,
    notes: [
      `signs and units read as ${convention.name}'s, ${convention.from}`,
      ...Array.from(content.ignored.counts, ([name, count]) => `${count} entries of ${name} left out`),
    ],
  };
}

/** How the phone writes signs and units, and how that was found. */
interface Convention {
  readonly name: PlatformName;
  readonly from: string;
}

function conventionOf({ platform, standardisation }: Metadata, content: SensorLoggerContent): Convention {
  if (standardisation === 'true') return { name: 'android', from: 'since they were standardised' };
  const name = platform?.toLowerCase();
  if (name === 'ios' || name === 'android') return { name, from: 'as the export says' };
  const sign = content.platformSign();
  if (sign !== undefined) return { name: sign.name, from: 'as its gravity looks' };
  return { name: 'android', from: 'for want of anything that tells; --platform ios would turn them' };
}

function readCsv(file: string, bytes: Uint8Array, gathered: Gathered): void {
  const { name } = parsePath(file);
  const sensor = sensorIndex(file);
  if (sensor >= 0) readSamples(file, parseCsvTable(file, bytes), sensor, gathered.content);
  else if (name === 'Metadata') gathered.metadata = metadataIn(parseCsvTable(file, bytes));
  else if (name === 'Annotation')
    gathered.annotations = gathered.annotations.concat(annotationsIn(parseCsvTable(file, bytes)));
  else gathered.content.ignored.note(name);
}

function readSamples(file: string, table: CsvTable, sensor: number, content: SensorLoggerContent): void {
  const [time, x, y, z] = ['time', 'x', 'y', 'z'].map((name) => columnOf(table, name));
  if ([time, x, y, z].some((column) => column === undefined || column < 0)) {
    throw new GatewayError('RECORDING_INVALID', `${file}: needs the columns time, x, y and z`);
  }
  const builder = content.builderOf(sensor);
  const plain = { hasDecimalComma: false };
  for (const row of table.rows) {
    const [timeNs = Number.NaN, ...values] = [time, x, y, z].map((column) =>
      numberIn(row[column ?? -1], plain),
    );
    builder.add(
      timeNs / NANOSECONDS_PER_MS,
      values[0] ?? Number.NaN,
      values[1] ?? Number.NaN,
      values[2] ?? Number.NaN,
    );
  }
}

function metadataIn(table: CsvTable): Metadata {
  return Object.fromEntries(table.columns.map((column, index) => [column, table.rows[0]?.[index] ?? '']));
}

function annotationsIn(table: CsvTable): Gathered['annotations'] {
  const [time, text] = [columnOf(table, 'time'), columnOf(table, 'text')];
  return table.rows.map((row) => ({ timeMs: Number(row[time]) / NANOSECONDS_PER_MS, text: row[text] ?? '' }));
}

function readJson(file: string, bytes: Uint8Array, gathered: Gathered): void {
  let entries: unknown;
  try {
    entries = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw new GatewayError('RECORDING_INVALID', `${file} is not JSON: ${messageOf(error)}`, { cause: error });
  }
  if (!Array.isArray(entries)) {
    throw new GatewayError('RECORDING_INVALID', `${file} must hold an array of readings`);
  }
  for (const entry of entries) readJsonEntry(entry, gathered);
}

function readJsonEntry(entry: unknown, gathered: Gathered): void {
  const fields: Readonly<Record<string, unknown>> =
    typeof entry === 'object' && entry !== null ? { ...entry } : {};
  const name = String(fields['sensor'] ?? fields['name']).toLowerCase();
  if (name === 'metadata') {
    gathered.metadata = Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [key, String(value)]),
    );
  } else if (name === 'annotation') {
    const timeMs = Number(fields['time']) / NANOSECONDS_PER_MS;
    gathered.annotations.push({ timeMs, text: String(fields['text'] ?? '') });
  } else {
    readSensorLoggerEntry(entry, gathered.content);
  }
}

/** An annotation is a moment: what it says holds until the next. */
function labelsOf(annotations: Gathered['annotations']): LabelStatement[] {
  return annotations
    .filter(({ timeMs }) => Number.isFinite(timeMs))
    .sort((a, b) => a.timeMs - b.timeMs)
    .flatMap(({ timeMs, text }) => {
      const said = labelOfText(text);
      return said === undefined ? [] : [{ fromMs: timeMs, toMs: undefined, ...said }];
    });
}

/** Number of the stream that a file is named after; -1 for other files. */
function sensorIndex(file: string): number {
  return WIRE_SENSOR_NAMES.indexOf(parsePath(file).name.toLowerCase());
}

function isJson(file: string): boolean {
  return file.toLowerCase().endsWith('.json');
}
