import { readFile, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { DeviceId } from '../domain/ids.js';
import { GatewayError, messageOf } from '../shared/errors.js';
import { fileNameOf } from '../shared/file-name.js';
import { parseJson } from '../shared/utf8.js';
import { listRecordings } from './read-recording.js';
import { recordingPath } from './recording-writer.js';

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

/** Removes a recording with all its files. */
export async function removeRecording(path: string): Promise<void> {
  await rm(path, { recursive: true });
}

async function listIfThere(folder: string): Promise<string[]> {
  const isThere = await stat(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
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
