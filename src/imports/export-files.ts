import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { promisify } from 'node:util';
import { type AsyncUnzipOptions, type Unzipped, unzip } from 'fflate';
import { GatewayError, messageOf } from '../errors.js';

/** A file of an app's export, by its path inside the export, with `/`. */
export type ExportFiles = ReadonlyMap<string, Uint8Array>;

/** What an export may unpack to: half a day of the busiest phone measured. */
const MAX_BYTES = 2_000_000_000;
/** Text of a file that fits into one string. */
const MAX_FILE_BYTES = 500_000_000;
const MAX_DEPTH = 3;
const READ = new Set(['.csv', '.json']);

const unzipAll = promisify<Uint8Array, AsyncUnzipOptions, Unzipped>(unzip);

/**
 * Reads the CSV and JSON files of an export: a zip file, a folder, or a single file. Nothing is unpacked to the disk.
 *
 * @throws GatewayError `RECORDING_INVALID` when it cannot be read, or holds more than it should
 */
export async function readExportFiles(path: string): Promise<ExportFiles> {
  const files = await readAll(path).catch((error: unknown) => {
    if (error instanceof GatewayError) throw error;
    throw new GatewayError('RECORDING_INVALID', `${path} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  });
  if (files.size > 0) return files;
  throw new GatewayError('RECORDING_INVALID', `${path} holds no CSV or JSON file`);
}

async function readAll(path: string): Promise<ExportFiles> {
  if ((await stat(path)).isDirectory()) return await readFolder(path);
  if (extname(path).toLowerCase() === '.zip') return await readZip(path);
  return new Map(isRead(path) ? [[basename(path), await readFile(path)]] : []);
}

async function readFolder(folder: string): Promise<ExportFiles> {
  const names = await readdir(folder, { recursive: true });
  const wanted = names.filter((name) => isRead(name) && name.split('/').length <= MAX_DEPTH).sort();
  const limit = new SizeLimit(folder);
  const files = new Map<string, Uint8Array>();
  for (const name of wanted) {
    const file = join(folder, name);
    limit.add(name, (await stat(file)).size);
    files.set(name, await readFile(file));
  }
  return files;
}

async function readZip(path: string): Promise<ExportFiles> {
  const limit = new SizeLimit(path);
  const unzipped = await unzipAll(await readFile(path), {
    filter: ({ name, originalSize }) => {
      if (!isRead(name)) return false;
      limit.add(name, originalSize);
      return true;
    },
  });
  return new Map(Object.entries(unzipped).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Hidden files, and what macOS puts beside files in zips, are not the app's. */
function isRead(name: string): boolean {
  return (
    READ.has(extname(name).toLowerCase()) && !name.split('/').some((part) => /^(\.|__MACOSX)/.test(part))
  );
}

class SizeLimit {
  readonly #path: string;
  #bytes = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws GatewayError `RECORDING_INVALID` */
  add(name: string, bytes: number): void {
    this.#bytes += bytes;
    if (bytes <= MAX_FILE_BYTES && this.#bytes <= MAX_BYTES) return;
    throw new GatewayError(
      'RECORDING_INVALID',
      `${this.#path}: ${name} makes it larger than can be imported (${MAX_FILE_BYTES} bytes a file, ${MAX_BYTES} in all)`,
    );
  }
}
