import type { DeviceId } from '../domain/ids.js';
import { type LabelStatement, labelsWithin, withStatement } from './label-track.js';
import { readHeader, writeHeader } from './recording-header.js';
import { recordingsOf } from './recordings-of-device.js';

/**
 * Lays a statement over the finished recordings of a device that it falls into.
 *
 * @param statement on the epoch's clock, milliseconds
 * @returns how many those were
 */
export async function labelFinished(
  folder: string,
  device: DeviceId,
  statement: LabelStatement,
  openLabelMs: number,
): Promise<number> {
  const toMs = statement.toMs ?? statement.fromMs + openLabelMs;
  let changed = 0;
  for (const path of await recordingsOf(device, folder)) {
    const header = await readHeader(path);
    if (!header.complete || header.end === undefined) continue;
    const startMs = Date.parse(header.start);
    const spanMs = Date.parse(header.end) - startMs;
    if (toMs <= startMs || statement.fromMs >= startMs + spanMs) continue;
    const moved = { ...statement, fromMs: statement.fromMs - startMs, toMs: toMs - startMs };
    const labels = withStatement(header.labels, moved, openLabelMs);
    await writeHeader(path, { ...header, labels: labelsWithin(labels, 0, spanMs) });
    changed += 1;
  }
  return changed;
}
