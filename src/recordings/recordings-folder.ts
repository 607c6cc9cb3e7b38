import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type DeviceId, parseDeviceId } from '../domain/ids.js';
import { listRecordings } from './read-recording.js';
import { type RecordingHeader, readHeader } from './recording-header.js';

/** A recording as it lies on the disk. */
export interface RecordingEntry {
  readonly path: string;
  readonly header: RecordingHeader;
  /** Of all its files. */
  readonly bytes: number;
}

/** The recordings directly below a folder that say what they are, in alphabetical order; none where there is no folder. */
export async function readRecordingList(folder: string): Promise<RecordingEntry[]> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  const paths = isThere ? await listRecordings(folder) : [];
  const entries = await Promise.all(paths.map(entryOf));
  return entries.filter((entry) => entry !== undefined);
}

/** Recordings whose writer was interrupted, and the bytes of all others. */
export async function unfinishedRecordings(
  folder: string,
): Promise<{ bytes: number; paths: { path: string; device: DeviceId }[] }> {
  let bytes = 0;
  const paths: { path: string; device: DeviceId }[] = [];
  for (const entry of await readRecordingList(folder)) {
    const device = parseDeviceId(entry.header.device);
    if (entry.header.complete || device === undefined) bytes += entry.bytes;
    else paths.push({ path: entry.path, device });
  }
  return { bytes, paths };
}

async function entryOf(path: string): Promise<RecordingEntry | undefined> {
  try {
    const header = await readHeader(path);
    const files = await readdir(path);
    const sizes = await Promise.all(files.map(async (file) => (await stat(join(path, file))).size));
    return { path, header, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  } catch {
    // Removed meanwhile, or somebody else's folder.
    return undefined;
  }
}
