import { basename, dirname } from 'node:path/posix';
import { epochToMs } from '../../domain/epoch-time.js';
import type { SampleBlock } from '../../domain/samples.js';
import { BlockBuilder } from '../../ingest/decode/block-builder.js';
import { GatewayError } from '../../shared/errors.js';
import { type CsvFormat, columnOf, csvRows, numberIn } from './csv-table.js';
import type { ExportOptions, ExportPart, ImportedRecording } from './imported-recording.js';
import {
  accelerationKindOf,
  isTimeTable,
  sensorsOfTable,
  type TableSensor,
  timeColumnOf,
} from './phyphox-table.js';

const MS_PER_SECOND = 1000;

/** A moment at which the experiment was started, on both clocks. */
interface Start {
  readonly experimentSeconds: number;
  readonly systemSeconds: number;
}

/** A CSV file of an export. */
interface Table extends ExportPart {
  readonly format: CsvFormat;
}

interface ReadSensor {
  readonly path: string;
  readonly columns: TableSensor;
  readonly builder: BlockBuilder;
}

/** Whether a table is phyphox's: it has experiment time, or says when or on which phone that was. */
export function isPhyphoxTable(path: string, format: CsvFormat): boolean {
  return timeColumnOf(format) >= 0 || isTimeTable(format) || isDeviceTable(path, format);
}

/**
 * Reads an export of the app phyphox, in any language and with any separator: tables of acceleration, rotation and magnetic
 * field over experiment time, and `meta/time.csv`, which ties experiment time to the clock whenever the experiment is
 * started. Pauses are put back where they were.
 *
 * @param options `startMs`: epoch milliseconds of experiment time 0, for exports without `meta/time.csv`
 * @throws GatewayError `RECORDING_INVALID` naming the file and what is wrong with it
 */
export async function readPhyphoxExport(
  parts: readonly ExportPart[],
  { startMs }: Pick<ExportOptions, 'startMs'>,
): Promise<ImportedRecording> {
  const tables = parts.filter((part): part is Table => part.format !== undefined);
  const timed = tables.filter(({ format }) => timeColumnOf(format) >= 0);
  const withSensors = timed.filter(({ format }) => sensorsOfTable(format).length > 0);
  const notes = timed
    .filter((table) => !withSensors.includes(table))
    .map(({ file }) => `${file.path} left out: no motion sensor`);
  const starts = withSensors.length === 0 ? [] : await startsIn(tables, startMs);
  const sensors: ReadSensor[] = [];
  for (const table of withSensors) sensors.push(...(await readSensors(table, starts)));
  const blocks: SampleBlock[] = [];
  for (const sensor of sensors) {
    const block = blockOf(sensor);
    const isSecond = blocks.some((other) => other.sensor === block.sensor);
    // Tables that say together when they were made are of one export.
    if (isSecond && !tables.some(({ format }) => isTimeTable(format))) throw twice(sensor, block);
    if (isSecond) notes.push(`${sensor.path} left out: a second ${block.sensor}`);
    else blocks.push(block);
  }
  const invalidSamples = sensors.reduce((sum, { builder }) => sum + builder.invalid, 0);
  return { app: 'phyphox', device: await deviceIn(tables), blocks, labels: [], invalidSamples, notes };
}

async function readSensors({ file, format }: Table, starts: readonly Start[]): Promise<ReadSensor[]> {
  const time = timeColumnOf(format);
  const sensors = sensorsOfTable(format).map((columns) => {
    return { path: file.path, columns, builder: new BlockBuilder() };
  });
  for await (const row of csvRows(file.path, await file.open(), format)) {
    const timeMs = toEpochMs(numberIn(row[time], format), starts);
    for (const { columns, builder } of sensors) {
      const [x = Number.NaN, y = Number.NaN, z = Number.NaN] = columns.axes.map((at) =>
        numberIn(row[at], format),
      );
      builder.add(timeMs, x, y, z);
    }
  }
  return sensors;
}

function blockOf({ path, columns: { quantity, title }, builder }: ReadSensor): SampleBlock {
  if (quantity !== 'acceleration') return builder.build(quantity);
  return builder.build(accelerationKindOf(`${title} ${basename(path)}`, builder.values));
}

function twice({ path }: ReadSensor, { sensor }: SampleBlock): GatewayError {
  return new GatewayError(
    'RECORDING_INVALID',
    `${path} is a second table of ${sensor} in its folder; put each export into a folder of its own`,
  );
}

/** By the last start at or before it. */
function toEpochMs(experimentSeconds: number, starts: readonly Start[]): number {
  const start = starts.findLast((each) => each.experimentSeconds <= experimentSeconds) ?? starts[0];
  if (start === undefined) return Number.NaN;
  return epochToMs((start.systemSeconds + (experimentSeconds - start.experimentSeconds)) * MS_PER_SECOND);
}

async function startsIn(tables: readonly Table[], startMs: number | undefined): Promise<Start[]> {
  if (startMs !== undefined) return [{ experimentSeconds: 0, systemSeconds: startMs / MS_PER_SECOND }];
  const table = tables.find(({ format }) => isTimeTable(format));
  if (table === undefined) {
    throw new GatewayError(
      'RECORDING_INVALID',
      'the export has no meta/time.csv, so its time is not known; give --start with the time of its first second',
    );
  }
  const { file, format } = table;
  const [event, experiment, system] = ['event', 'experiment time', 'system time'].map((name) =>
    columnOf(format, name),
  );
  const starts: Start[] = [];
  for await (const row of csvRows(file.path, await file.open(), format)) {
    const experimentSeconds = numberIn(row[experiment ?? -1], format);
    const systemSeconds = numberIn(row[system ?? -1], format);
    const isStart = row[event ?? -1] === 'START' && Number.isFinite(experimentSeconds + systemSeconds);
    if (isStart) starts.push({ experimentSeconds, systemSeconds });
  }
  if (starts.length > 0) return starts;
  throw new GatewayError('RECORDING_INVALID', `${file.path}: has no START with both times; give --start`);
}

async function deviceIn(tables: readonly Table[]): Promise<string | undefined> {
  const table = tables.find(({ file, format }) => isDeviceTable(file.path, format));
  if (table === undefined) return undefined;
  for await (const [property, value] of csvRows(table.file.path, await table.file.open(), table.format)) {
    if (property === 'deviceModel') return value;
  }
  return undefined;
}

function isDeviceTable(path: string, format: CsvFormat): boolean {
  const isMeta = basename(dirname(path)).toLowerCase() === 'meta';
  return isMeta && columnOf(format, 'property') === 0;
}
