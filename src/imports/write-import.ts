import type { DeviceId } from '../domain/ids.js';
import { GatewayError } from '../errors.js';
import { ascendingOnly } from '../recordings/ascending-only.js';
import { PendingSamples } from '../recordings/pending-samples.js';
import { RecordingWriter } from '../recordings/recording-writer.js';
import { recordingAt, removeRecording } from '../recordings/recordings-of-device.js';
import type { ImportedRecording } from './imported-recording.js';

export interface ImportTarget {
  /** Folder of recordings; the new one is a folder in it. */
  readonly folder: string;
  readonly device: DeviceId;
  readonly subject: string;
  /** Takes the place of one that is there already. */
  readonly isReplacing: boolean;
}

export interface WrittenImport {
  readonly path: string;
  readonly samples: number;
  /** Samples of a time at which their sensor had one already. */
  readonly duplicates: number;
}

/**
 * Writes an import as a recording.
 *
 * @throws GatewayError `RECORDING_INVALID` when there is nothing to write, or it is there already
 */
export async function writeImport(imported: ImportedRecording, target: ImportTarget): Promise<WrittenImport> {
  const { folder, device, subject, isReplacing } = target;
  const pending = new PendingSamples();
  for (const block of imported.blocks) pending.add(block);
  if (pending.count === 0) {
    throw new GatewayError('RECORDING_INVALID', 'the export holds no sample of a motion sensor');
  }
  const startMs = Math.floor(pending.oldestMs);
  const before = await recordingAt(folder, device, startMs);
  if (before !== undefined && !isReplacing) {
    throw new GatewayError(
      'RECORDING_INVALID',
      `${before} is there already; --replace puts the new one in its place`,
    );
  }
  if (before !== undefined) await removeRecording(before);
  const total = pending.count;
  const writer = await RecordingWriter.create(folder, { device, subject, startMs });
  let samples = 0;
  for (const kind of pending.kinds) {
    const columns = ascendingOnly(pending.takeUntil(kind, Number.POSITIVE_INFINITY), startMs - 1);
    if (columns.timesMs.length > 0) await writer.append(kind, columns);
    samples += columns.timesMs.length;
  }
  // Whoever annotated a recording afterwards meant all of it, so nothing ends a label but the next one.
  await writer.label(imported.labels, Number.MAX_SAFE_INTEGER);
  await writer.close();
  return { path: writer.path, samples, duplicates: total - samples };
}
