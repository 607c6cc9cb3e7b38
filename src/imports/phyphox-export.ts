import { parse as parsePath } from 'node:path/posix';
import { BlockBuilder } from '../decode/block-builder.js';
import type { SampleBlock } from '../domain/samples.js';
import type { SensorKind } from '../domain/sensor.js';
import { GatewayError } from '../errors.js';
import { type CsvTable, columnOf, numberIn, parseCsvTable } from './csv-table.js';
import type { ExportFiles } from './export-files.js';
import type { ImportedRecording } from './imported-recording.js';

const MS_PER_SECOND = 1000;

/** A moment at which the experiment was started, on both clocks. */
interface Start {
  readonly experimentSeconds: number;
  readonly systemSeconds: number;
}

/** Where a table has what: columns differ by language, units do not. */
interface Layout {
  readonly kind: SensorKind;
  readonly axes: readonly number[];
}

const AXIS_COLUMN = /(?:^|\s)([xyz])\s*\(([^)]*)\)/i;
const TIME_COLUMN = /\(s\)\s*$/;

/** Whether an export is phyphox's: tables whose first column is a time in seconds, with three axes beside it. */
export function isPhyphoxExport(files: ExportFiles): boolean {
  return [...files].some(([name, bytes]) => {
    if (parsePath(name).ext.toLowerCase() !== '.csv') return false;
    const head = Buffer.from(bytes.subarray(0, 500)).toString('utf8').split(/\r?\n/, 1)[0] ?? '';
    const table = parseCsvTable(name, Buffer.from(`${head}\n`));
    return TIME_COLUMN.test(table.columns[0] ?? '') && layoutOf(name, table) !== undefined;
  });
}

/**
 * Reads an export of the app phyphox (CSV with commas, semicolons or tabs): tables of acceleration, rotation and magnetic
 * field over experiment time, and `meta/time.csv`, which ties experiment time to the clock whenever the experiment is
 * started. Pauses are put back where they were.
 *
 * @param startMs epoch milliseconds of experiment time 0, for exports without `meta/time.csv`
 * @throws GatewayError `RECORDING_INVALID` naming the file and what is wrong with it
 */
export function readPhyphoxExport(files: ExportFiles, startMs: number | undefined): ImportedRecording {
  const starts = startsIn(files, startMs);
  const blocks: SampleBlock[] = [];
  const notes: string[] = [];
  let invalidSamples = 0;
  for (const [name, bytes] of files) {
    if (isMeta(name)) continue;
    const table = parseCsvTable(name, bytes);
    const layout = layoutOf(name, table);
    if (layout === undefined || blocks.some(({ sensor }) => sensor === layout.kind)) {
      notes.push(
        `${name} left out: ${layout === undefined ? 'no motion sensor' : `a second ${layout.kind}`}`,
      );
      continue;
    }
    const builder = readSamples(table, layout, starts);
    invalidSamples += builder.invalid;
    blocks.push(builder.build(layout.kind));
  }
  return { app: 'phyphox', device: deviceIn(files), blocks, labels: [], invalidSamples, notes };
}

function readSamples(table: CsvTable, { axes }: Layout, starts: readonly Start[]): BlockBuilder {
  const builder = new BlockBuilder(table.rows.length);
  for (const row of table.rows) {
    const [x, y, z] = axes.map((column) => numberIn(row[column], table));
    const timeMs = toEpochMs(numberIn(row[0], table), starts);
    builder.add(timeMs, x ?? Number.NaN, y ?? Number.NaN, z ?? Number.NaN);
  }
  return builder;
}

/** By the last start at or before it. */
function toEpochMs(experimentSeconds: number, starts: readonly Start[]): number {
  const start = starts.findLast((each) => each.experimentSeconds <= experimentSeconds) ?? starts[0];
  if (start === undefined) return Number.NaN;
  return (start.systemSeconds + (experimentSeconds - start.experimentSeconds)) * MS_PER_SECOND;
}

function layoutOf(name: string, { columns }: CsvTable): Layout | undefined {
  const found = ['x', 'y', 'z'].map((axis) =>
    columns.findIndex((column) => AXIS_COLUMN.exec(column)?.[1]?.toLowerCase() === axis),
  );
  const [first = -1] = found;
  if (found.some((index) => index < 0)) return undefined;
  const title = `${columns[first] ?? ''} ${parsePath(name).name}`;
  const kind = kindOf(AXIS_COLUMN.exec(columns[first] ?? '')?.[2] ?? '', title);
  return kind === undefined ? undefined : { kind, axes: found };
}

/** @param title of the column and its file, which tell whether gravity is in an acceleration */
function kindOf(unit: string, title: string): SensorKind | undefined {
  if (/^rad\/s$/.test(unit)) return 'gyroscope';
  if (/^[µμu]T$/.test(unit)) return 'magnetometer';
  if (/^m\/s(\^2|²)$/.test(unit))
    return /linear|without g/i.test(title) ? 'linear-acceleration' : 'accelerometer';
  return undefined;
}

function startsIn(files: ExportFiles, startMs: number | undefined): Start[] {
  if (startMs !== undefined) return [{ experimentSeconds: 0, systemSeconds: startMs / MS_PER_SECOND }];
  const [file, bytes] = findMeta(files, 'time') ?? [];
  if (file === undefined || bytes === undefined) {
    throw new GatewayError(
      'RECORDING_INVALID',
      'the export has no meta/time.csv, so nobody knows when it was; give --start with the time of its first second',
    );
  }
  const table = parseCsvTable(file, bytes);
  const [event, experiment, system] = ['event', 'experiment time', 'system time'].map((name) =>
    columnOf(table, name),
  );
  const starts = table.rows
    .filter((row) => row[event ?? -1] === 'START')
    .map((row) => ({
      experimentSeconds: numberIn(row[experiment ?? -1], table),
      systemSeconds: numberIn(row[system ?? -1], table),
    }))
    .filter(({ experimentSeconds, systemSeconds }) => Number.isFinite(experimentSeconds + systemSeconds));
  if (starts.length > 0) return starts;
  throw new GatewayError('RECORDING_INVALID', `${file}: has no START with both times; give --start`);
}

function deviceIn(files: ExportFiles): string | undefined {
  const [file, bytes] = findMeta(files, 'device') ?? [];
  if (file === undefined || bytes === undefined) return undefined;
  return parseCsvTable(file, bytes).rows.find(([property]) => property === 'deviceModel')?.[1];
}

function findMeta(files: ExportFiles, name: string): [string, Uint8Array] | undefined {
  return [...files].find(([file]) => isMeta(file) && parsePath(file).name.toLowerCase() === name);
}

function isMeta(file: string): boolean {
  return parsePath(file).dir.split('/').at(-1)?.toLowerCase() === 'meta';
}
