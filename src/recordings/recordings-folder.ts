import { readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { type DeviceId, parseDeviceId } from '../domain/ids.js';
import { GatewayError, isMissing, messageOf } from '../shared/errors.js';
import { fileNameOf } from '../shared/files.js';
import { parseJson } from '../shared/text.js';
import { listRecordings } from './read-recording.js';
import { type RecordingHeader, readHeader } from './recording-header.js';
import { recordingPath } from './recording-writer.js';

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

const headerSchema = z.object({ device: z.string().default('') });

/**
 * Paths of the recordings that a device made, below a folder; none where there is no such folder.
 *
 * @throws GatewayError `RECORDING_INVALID` when a recording does not say whose it is: it may be this device's
 */
export async function recordingsOf(device: DeviceId, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const path of await listIfThere(folder)) {
    if ((await deviceOf(path)) === device) found.push(path);
  }
  return found;
}

/** The recording of a device that begins at a time, epoch milliseconds, also where an earlier version has named its folder. */
export async function recordingAt(
  folder: string,
  device: DeviceId,
  startMs: number,
): Promise<string | undefined> {
  const path = recordingPath(folder, device, startMs);
  const earlier = join(folder, basename(path).replace(fileNameOf(device), device.replaceAll(':', '_')));
  for (const candidate of [path, earlier]) {
    const isThere = (await listIfThere(candidate)).length > 0;
    if (isThere && (await deviceOf(candidate)) === device) return candidate;
  }
  return undefined;
}

/** Removes a recording with all its files, and the link to it where it lies elsewhere. */
export async function removeRecording(path: string): Promise<void> {
  await rm(await realpath(path), { recursive: true });
  await rm(path, { force: true });
}

async function listIfThere(folder: string): Promise<string[]> {
  const isThere = await stat(folder).then(
    () => true,
    (error: unknown) => !isMissing(error),
  );
  return isThere ? await listRecordings(folder) : [];
}

async function deviceOf(path: string): Promise<string> {
  const file = join(path, 'recording.json');
  try {
    return headerSchema.parse(parseJson(await readFile(file))).device;
  } catch (error) {
    throw new GatewayError('RECORDING_INVALID', `${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Removes the finished recordings that ended before a time, epoch milliseconds; returns how many. */
export async function expireRecordings(folder: string, beforeMs: number): Promise<number> {
  let removed = 0;
  for (const { path, header } of await readRecordingList(folder)) {
    if (!header.complete || header.end === undefined || Date.parse(header.end) >= beforeMs) continue;
    await removeRecording(path);
    removed += 1;
  }
  return removed;
}
