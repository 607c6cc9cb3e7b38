import { parse as parsePath } from 'node:path/posix';
import { buffer } from 'node:stream/consumers';
import { epochToMs } from '../../domain/epoch-time.js';
import type { RecordingLabel } from '../../domain/recording.js';
import { toNumber } from '../../ingest/decode/json.js';
import type { PlatformName } from '../../ingest/decode/platform.js';
import { SensorLoggerContent, WIRE_SENSOR_NAMES } from '../../ingest/decode/sensor-logger-content.js';
import { readSensorLoggerEntry } from '../../ingest/decode/sensor-logger-json.js';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { parseJson } from '../../shared/text.js';
import type { LabelStatement } from '../label-track.js';
import { axisColumnsOf, type CsvFormat, columnOf, csvRows, numberIn } from './csv-table.js';
import type { ExportFile } from './export-files.js';
import type { ExportOptions, ExportPart, ImportedRecording } from './imported-recording.js';
import { epochMsOf, tableClockOf, WATCH_COLUMNS, WatchMotion } from './sensor-logger-table.js';

type Said = Pick<RecordingLabel, 'activity' | 'accompanied' | 'conversation'>;

/** What somebody wrote into an app at a moment. */
interface Annotation {
  /** Epoch milliseconds; NaN where it does not say. */
  readonly timeMs: number;
  readonly text: string;
}

const MAX_ACTIVITY_CHARACTERS = 64;

/** What the buttons of the phone page say, and what people are asked to write into an app's annotations. */
const NOT_SURE: Said = { activity: null, accompanied: null, conversation: null };
const TEXTS: ReadonlyMap<string, Said> = new Map<string, Said>([
  ['alone', { activity: null, accompanied: false, conversation: false }],
  ['accompanied', { activity: null, accompanied: true, conversation: false }],
  ['conversation', { activity: null, accompanied: true, conversation: true }],
  ['not sure', NOT_SURE],
  ['unknown', NOT_SURE],
]);

/** A label in words: one of those above, or else an activity; `undefined` for no words at all. */
function labelOfText(text: string): Said | undefined {
  const words = text.trim().toLowerCase();
  if (words === '') return undefined;
  return (
    TEXTS.get(words) ?? {
      activity: words.slice(0, MAX_ACTIVITY_CHARACTERS),
      accompanied: null,
      conversation: null,
    }
  );
}

/** What annotations say holds from their moment until the next. */
function labelsOf(annotations: readonly Annotation[]): LabelStatement[] {
  return annotations
    .filter(({ timeMs }) => Number.isFinite(timeMs))
    .sort((a, b) => a.timeMs - b.timeMs)
    .flatMap(({ timeMs, text }) => {
      const said = labelOfText(text);
      return said === undefined ? [] : [{ fromMs: timeMs, toMs: undefined, ...said }];
    });
}

/** What the export says of itself, `Metadata.csv` or the entry `Metadata`. */
type Metadata = Readonly<Record<string, string>>;

/** A CSV file of an export. */
interface Table {
  readonly file: ExportFile;
  readonly format: CsvFormat;
}

interface Gathered {
  readonly content: SensorLoggerContent;
  readonly watch: WatchMotion;
  readonly annotations: Annotation[];
  readonly notes: string[];
  metadata: Metadata;
}

/** Whether a table is Sensor Logger's, by its name or its columns. */
export function isSensorLoggerTable(path: string, format: CsvFormat): boolean {
  const isNamed = streamOf(path) >= 0 || nameOf(path) === 'metadata';
  return isNamed || columnOf(format, 'seconds_elapsed') >= 0;
}

/**
 * Reads an export of the app Sensor Logger: `Accelerometer.csv`, `Gyroscope.csv`, … with columns `time` (epoch nanoseconds),
 * `x`, `y`, `z`, or one JSON array of `{"sensor": "Accelerometer", "time": "…", "x": …}`. Annotations become labels. The
 * motion of a watch is taken where there is none of a phone: a recording is of one device.
 *
 * @param options `platform`: the phone's convention; by default what its metadata say, else what its gravity looks like;
 * `startMs`: of second 0, for tables whose times a spreadsheet has rounded
 * @throws GatewayError `RECORDING_INVALID` naming the file and what is wrong with it
 */
export async function readSensorLoggerExport(
  parts: readonly ExportPart[],
  options: ExportOptions,
): Promise<ImportedRecording> {
  const gathered: Gathered = {
    content: new SensorLoggerContent(),
    watch: new WatchMotion(),
    annotations: [],
    notes: [],
    metadata: {},
  };
  const { json, metadata, streams, others } = sorted(parts);
  for (const { file } of json) await readJson(file, gathered);
  for (const table of metadata) gathered.metadata = await metadataIn(table);
  for (const table of streams) await readSamples(table, gathered, options);
  for (const table of others) await readOther(table, streams.length === 0, gathered, options);
  return importedFrom(gathered, options);
}

function importedFrom(gathered: Gathered, { platform }: ExportOptions): ImportedRecording {
  const { content, watch, metadata, annotations, notes } = gathered;
  const device = metadata['device name'] || undefined;
  const convention =
    platform === undefined ? conventionOf(metadata, content) : { name: platform, from: 'as asked' };
  const ofPhone = content.build(convention.name);
  const ofWatch = ofPhone.length === 0 ? watch.build(platform ?? watch.convention) : [];
  const left = Array.from(content.ignored.counts, ([name, count]) => `${count} entries of ${name} left out`);
  const said =
    ofWatch.length === 0
      ? `signs and units read as ${convention.name}'s, ${convention.from}`
      : 'motion of the watch, as there is none of the phone';
  return {
    app: 'Sensor Logger',
    device,
    blocks: ofPhone.length === 0 ? ofWatch : ofPhone,
    labels: labelsOf(annotations),
    invalidSamples: content.invalidSamples + (ofWatch.length === 0 ? 0 : watch.invalidSamples),
    notes: [...(ofPhone.length + ofWatch.length === 0 ? [] : [said]), ...notes, ...left],
  };
}

/** @throws GatewayError `RECORDING_INVALID` when two tables hold the same stream */
function sorted(parts: readonly ExportPart[]) {
  const json = parts.filter(({ format }) => format === undefined);
  const tables = parts.filter((part): part is Table => part.format !== undefined);
  const metadata = tables.filter(({ file }) => nameOf(file.path) === 'metadata');
  const streams = tables.filter(({ file }) => streamOf(file.path) >= 0);
  const others = tables.filter((table) => !metadata.includes(table) && !streams.includes(table));
  for (const [index, { file }] of streams.entries()) {
    const first = streams.findIndex((other) => streamOf(other.file.path) === streamOf(file.path));
    if (first === index) continue;
    throw new GatewayError(
      'RECORDING_INVALID',
      `${file.path} holds the same stream as ${streams[first]?.file.path}; put each export into a folder of its own`,
    );
  }
  return { json, metadata, streams, others };
}

/** How the phone writes signs and units, and how that was found. */
interface Convention {
  readonly name: PlatformName;
  readonly from: string;
}

/** "True" as spreadsheets write it. */
const TRUE = /^(true|1|wahr|vrai|verdadero|verdadeiro|vero|waar|sant|sand|prawda)$/i;

function conventionOf({ platform, standardisation }: Metadata, content: SensorLoggerContent): Convention {
  if (TRUE.test(standardisation ?? '')) return { name: 'android', from: 'since they were standardised' };
  const name = platform?.toLowerCase();
  if (name === 'ios' || name === 'android') return { name, from: 'as the export says' };
  const sign = content.platformSign();
  if (sign !== undefined) return { name: sign.name, from: 'as its gravity looks' };
  return { name: 'android', from: 'because nothing shows which they are; --platform ios would turn them' };
}

async function readSamples(
  { file, format }: Table,
  { content, metadata }: Gathered,
  options: ExportOptions,
): Promise<void> {
  const axes = axisColumnsOf(format);
  if (axes.includes(-1)) {
    throw new GatewayError(
      'RECORDING_INVALID',
      `${file.path}: needs the columns time, x, y and z; it has ${format.columns.join(', ').slice(0, 200)}`,
    );
  }
  const clock = tableClockOf(file.path, format, startOf(metadata, options));
  const builder = content.builderOf(streamOf(file.path));
  for await (const row of csvRows(file.path, await file.open(), format)) {
    const [x = Number.NaN, y = Number.NaN, z = Number.NaN] = axes.map((at) => numberIn(row[at], format));
    builder.add(epochMsOf(row, clock, format), x, y, z);
  }
}

async function readOther(
  table: Table,
  isWithoutPhone: boolean,
  gathered: Gathered,
  options: ExportOptions,
): Promise<void> {
  const { path } = table.file;
  const name = nameOf(path);
  if (name === 'annotation') await readAnnotations(table, gathered, options);
  else if (name === 'wristmotion' && isWithoutPhone) await readWatch(table, gathered, options);
  else if (name === 'wristmotion') gathered.notes.push(`${path} left out: it is another device's, a watch's`);
  else gathered.notes.push(`${path} left out: none of the phone's motion streams`);
}

async function readWatch(
  { file, format }: Table,
  { watch, metadata }: Gathered,
  options: ExportOptions,
): Promise<void> {
  const columns = WATCH_COLUMNS.map((name) => columnOf(format, name.toLowerCase()));
  const clock = tableClockOf(file.path, format, startOf(metadata, options));
  for await (const row of csvRows(file.path, await file.open(), format)) {
    const values = columns.map((at) => numberIn(row[at], format));
    watch.add(epochMsOf(row, clock, format), values);
  }
}

async function readAnnotations(
  { file, format }: Table,
  { annotations, metadata }: Gathered,
  options: ExportOptions,
): Promise<void> {
  const clock = tableClockOf(file.path, format, startOf(metadata, options));
  const text = columnOf(format, 'text');
  for await (const row of csvRows(file.path, await file.open(), format)) {
    annotations.push({ timeMs: epochMsOf(row, clock, format), text: row[text] ?? '' });
  }
}

async function metadataIn({ file, format }: Table): Promise<Metadata> {
  for await (const row of csvRows(file.path, await file.open(), format)) {
    return Object.fromEntries(format.columns.map((column, index) => [column, row[index] ?? '']));
  }
  return {};
}

/** When second 0 was: as asked, or as the metadata say to the millisecond. */
function startOf(metadata: Metadata, { startMs }: ExportOptions): number | undefined {
  const said = metadata['recording epoch time'] ?? '';
  return startMs ?? (/^\d{13}$/.test(said) ? epochToMs(Number(said)) : undefined);
}

async function readJson(file: ExportFile, gathered: Gathered): Promise<void> {
  let entries: unknown;
  try {
    entries = parseJson(await buffer(await file.open()));
  } catch (error) {
    throw new GatewayError('RECORDING_INVALID', `${file.path} is not JSON: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (!Array.isArray(entries)) {
    throw new GatewayError('RECORDING_INVALID', `${file.path} must hold an array of readings`);
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
    gathered.annotations.push({
      timeMs: epochToMs(toNumber(fields['time'])),
      text: String(fields['text'] ?? ''),
    });
  } else {
    if (name === 'wristmotion') {
      const values = WATCH_COLUMNS.map((column) => toNumber(fields[column]));
      gathered.watch.add(epochToMs(toNumber(fields['time'])), values);
    }
    readSensorLoggerEntry(entry, gathered.content);
  }
}

/** Number of the stream that a file is named after, as in `Accelerometer (1).csv`; -1 for other files. */
function streamOf(path: string): number {
  return WIRE_SENSOR_NAMES.indexOf(nameOf(path));
}

/** A file's name without what copying adds to it. */
function nameOf(path: string): string {
  return parsePath(path)
    .name.toLowerCase()
    .replace(/[^a-z]/g, '');
}
