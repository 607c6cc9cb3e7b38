import { basename, dirname, extname } from 'node:path/posix';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { csvFormatOf } from './csv-table.js';
import { type ExportFile, listExportFiles } from './export-files.js';
import type {
  ExportApp,
  ExportOptions,
  ExportPart,
  FoundExport,
  ImportedRecording,
} from './imported-recording.js';
import { isPhyphoxTable, readPhyphoxExport } from './phyphox-export.js';
import { isSensorLoggerTable, readSensorLoggerExport } from './sensor-logger-export.js';

/** What one export may unpack to: half a day of the busiest phone measured. */
const MAX_EXPORT_BYTES = 2_000_000_000;
/** JSON is read as a whole. */
const MAX_JSON_BYTES = 200_000_000;
/** Of a file's beginning, to see what it is. */
const HEAD_BYTES = 65_536;
/** File names in a message at most. */
const MAX_NAMED = 5;

export interface FoundExports {
  readonly exports: readonly FoundExport[];
  /** Files that belong to none of them. */
  readonly others: readonly string[];
}

/**
 * Finds the exports at a path: the tables of one app in one folder are one, and each JSON file is one by itself.
 *
 * @throws GatewayError `RECORDING_INVALID` when there is none, or something cannot be read
 */
export async function findExports(path: string): Promise<FoundExports> {
  const files = await listExportFiles(path);
  const found = new Map<string, FoundExport & { readonly parts: ExportPart[] }>();
  const others: string[] = [];
  for (const file of files) {
    const { app, format } = await recognise(file);
    if (app === undefined) {
      others.push(file.path);
      continue;
    }
    const name = format === undefined ? file.path : folderOf(file.path);
    const key = `${app} ${name}`;
    const known = found.get(key) ?? { app, name, parts: [] };
    known.parts.push({ file, format });
    found.set(key, known);
  }
  if (found.size > 0) return { exports: [...found.values()], others };
  throw new GatewayError('RECORDING_INVALID', nothingIn(path, others));
}

/**
 * Reads an export, whichever app's it is.
 *
 * @throws GatewayError `RECORDING_INVALID` naming the file and what is wrong with it
 */
export async function readExport(found: FoundExport, options: ExportOptions): Promise<ImportedRecording> {
  checkSize(found);
  if (found.app === 'phyphox') return await readPhyphoxExport(found.parts, options);
  return await readSensorLoggerExport(found.parts, options);
}

function checkSize({ parts }: FoundExport): void {
  const bytes = parts.reduce((sum, { file }) => sum + file.bytes, 0);
  const isJson = parts.some(({ format }) => format === undefined);
  const maxBytes = isJson ? MAX_JSON_BYTES : MAX_EXPORT_BYTES;
  if (bytes <= maxBytes) return;
  throw new GatewayError(
    'RECORDING_INVALID',
    `it holds ${bytes} bytes of ${isJson ? 'JSON' : 'tables'}, and ${maxBytes} at most can be read; ` +
      (isJson ? 'export it as CSV' : 'record in shorter pieces'),
  );
}

async function recognise(
  file: ExportFile,
): Promise<{ readonly app: ExportApp | undefined; readonly format: ExportPart['format'] }> {
  const extension = extname(file.path).toLowerCase();
  if (extension === '.json') {
    const head = Buffer.from(await headOf(file))
      .toString('utf8')
      .replaceAll('\0', '');
    return { app: /"sensor"\s*:/.test(head) ? 'Sensor Logger' : undefined, format: undefined };
  }
  if (extension !== '.csv') return { app: undefined, format: undefined };
  const format = csvFormatOf(await headOf(file));
  if (isPhyphoxTable(file.path, format)) return { app: 'phyphox', format };
  return { app: isSensorLoggerTable(file.path, format) ? 'Sensor Logger' : undefined, format };
}

async function headOf(file: ExportFile): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of await file.open()) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= HEAD_BYTES) break;
    }
  } catch (error) {
    throw new GatewayError('RECORDING_INVALID', `${file.path} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return Buffer.concat(chunks);
}

/** phyphox puts what it says of an experiment into a folder beside its tables. */
function folderOf(path: string): string {
  const folder = dirname(path);
  const own = basename(folder).toLowerCase() === 'meta' ? dirname(folder) : folder;
  return own === '.' ? '' : own;
}

function nothingIn(path: string, files: readonly string[]): string {
  if (files.length === 0) return `${path} holds no CSV or JSON file`;
  if (files.every((file) => /\.xlsx?$/i.test(file))) {
    return `${path} holds Excel files only; choose CSV when you export from the app`;
  }
  const named = files.slice(0, MAX_NAMED).join(', ');
  return `${path} is neither an export of Sensor Logger (CSV or JSON) nor one of phyphox (CSV); it holds ${named}`;
}
