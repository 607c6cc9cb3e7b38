import { readRecordingList } from './recordings-folder.js';
import { removeRecording } from './recordings-of-device.js';

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
