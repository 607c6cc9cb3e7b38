import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Entry, openPromise } from 'yauzl';
import { GatewayError, messageOf } from '../../shared/errors.js';

/** A file of an export, read from where it lies: nothing is unpacked to the disk. */
export interface ExportFile {
  /** Below what was given, with `/`; a zip file is like a folder. */
  readonly path: string;
  readonly bytes: number;
  open(): Promise<Readable>;
}

const MAX_FILES = 20_000;
const MAX_DEPTH = 8;
const LISTED = new Set(['.csv', '.json', '.xls', '.xlsx']);

/**
 * Lists the tables and JSON files at a path: a zip file, a folder that may hold zip files, or a single file.
 *
 * @throws GatewayError `RECORDING_INVALID` when it cannot be read, or holds more files than it should
 */
export async function listExportFiles(path: string): Promise<ExportFile[]> {
  const files: ExportFile[] = [];
  for await (const file of filesAt(path)) {
    files.push(file);
    if (files.length > MAX_FILES) {
      throw new GatewayError(
        'RECORDING_INVALID',
        `${path} holds more than ${MAX_FILES} files; give a folder that holds exports only`,
      );
    }
  }
  return files;
}

async function* filesAt(path: string): AsyncGenerator<ExportFile> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    (error: unknown) => {
      throw unreadable(path, error);
    },
  );
  if (isFolder) yield* filesInFolder(path, '', 1);
  else if (isZip(path)) yield* filesInZip(path, '');
  else yield* fileAt(path, basename(path));
}

async function* filesInFolder(folder: string, prefix: string, depth: number): AsyncGenerator<ExportFile> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw unreadable(folder, error);
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    const name = `${prefix}${entry.name}`;
    if (isHidden(entry.name)) continue;
    if (entry.isDirectory()) {
      if (depth < MAX_DEPTH) yield* filesInFolder(path, `${name}/`, depth + 1);
    } else if (isZip(name)) {
      yield* filesInZip(path, `${name}/`);
    } else {
      yield* fileAt(path, name);
    }
  }
}

/** Nothing for what is no file of an export. */
async function* fileAt(path: string, name: string): AsyncGenerator<ExportFile> {
  if (!LISTED.has(extname(name).toLowerCase())) return;
  const found = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  // Reading from a pipe, say, would never end.
  if (!found.isFile()) return;
  yield { path: name, bytes: found.size, open: () => Promise.resolve(createReadStream(path)) };
}

async function* filesInZip(path: string, prefix: string): AsyncGenerator<ExportFile> {
  try {
    const zip = await openPromise(path, { autoClose: false });
    try {
      for await (const entry of zip.eachEntry()) {
        const { fileName, uncompressedSize } = entry;
        const isOwn = !fileName.split('/').some(isHidden);
        if (!isOwn || !LISTED.has(extname(fileName).toLowerCase())) continue;
        const open = (): Promise<Readable> => openEntry(path, entry);
        yield { path: `${prefix}${fileName}`, bytes: uncompressedSize, open };
      }
    } finally {
      zip.close();
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The stream fails when it holds more, or less, than the zip file says. */
async function openEntry(path: string, entry: Entry): Promise<Readable> {
  const zip = await openPromise(path, { autoClose: false });
  try {
    const stream = await zip.openReadStreamPromise(entry);
    return stream.once('close', () => zip.close());
  } catch (error) {
    zip.close();
    throw unreadable(`${path}/${entry.fileName}`, error);
  }
}

function isZip(name: string): boolean {
  return extname(name).toLowerCase() === '.zip';
}

/** Hidden files, and what macOS puts beside files in zips, are not the app's. */
function isHidden(name: string): boolean {
  return /^(\.|__MACOSX)/.test(name);
}

function unreadable(path: string, error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  return new GatewayError('RECORDING_INVALID', `${path} cannot be read: ${messageOf(error)}`, {
    cause: error,
  });
}
