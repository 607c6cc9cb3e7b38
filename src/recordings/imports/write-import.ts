import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { epochUnitOf } from '../../domain/epoch-time.js';
import type { DeviceId } from '../../domain/ids.js';
import { AXIS_COUNT, type SampleBlock } from '../../domain/samples.js';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { makeFolder, PRIVATE_FOLDER } from '../../shared/files.js';
import { labelsUntilNext } from '../label-track.js';
import { ascendingOnly, isAscending, PendingSamples } from '../pending-samples.js';
import { RecordingWriter, recordingPath } from '../recording-writer.js';
import { recordingAt, removeRecording } from '../recordings-folder.js';
import type { SensorColumns } from '../sensor-csv.js';
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

/** Written at once; the text of millions would be longer than a string may be. */
const SLICE_SAMPLES = 65_536;

/**
 * Writes an import as a recording: whole, or not at all.
 *
 * @param kept recordings that must not be replaced, by their paths
 * @throws GatewayError `RECORDING_INVALID` when there is nothing to write, it is there already, or the disk refuses it
 */
export async function writeImport(
  imported: ImportedRecording,
  target: ImportTarget,
  kept: ReadonlySet<string> = new Set(),
): Promise<WrittenImport> {
  const startMs = startOf(imported);
  const path = recordingPath(target.folder, target.device, startMs);
  if (kept.has(path)) {
    throw new GatewayError(
      'RECORDING_INVALID',
      `another export of ${target.device} begins at the same time; import one of them with another --device`,
    );
  }
  const before = await recordingAt(target.folder, target.device, startMs);
  if (before !== undefined && !target.isReplacing) {
    throw new GatewayError(
      'RECORDING_INVALID',
      `${before} is there already; --replace puts the new one in its place`,
    );
  }
  try {
    await makeFolder(target.folder, PRIVATE_FOLDER);
    const draft = await mkdtemp(join(target.folder, '.import-'));
    try {
      const written = await writeDraft(draft, imported, { ...target, startMs });
      if (before !== undefined) await removeRecording(before);
      await rename(written.path, path);
      return { ...written, path };
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  } catch (error) {
    throw new GatewayError('RECORDING_INVALID', `${path} cannot be written: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Time of the first sample, whole epoch milliseconds. */
function startOf({ blocks, notes }: ImportedRecording): number {
  const first = blocks.reduce(
    (oldestMs, { timesMs }) => oldestOf(timesMs, oldestMs),
    Number.POSITIVE_INFINITY,
  );
  if (first === Number.POSITIVE_INFINITY) {
    const reasons = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
    throw new GatewayError('RECORDING_INVALID', `the export holds no sample of a motion sensor${reasons}`);
  }
  if (epochUnitOf(first) === 'milliseconds') return Math.floor(first);
  throw new GatewayError('RECORDING_INVALID', 'the export begins before the year 2000 or after 2099');
}

function oldestOf(timesMs: Float64Array, beforeMs: number): number {
  return timesMs.reduce((oldestMs, timeMs) => Math.min(oldestMs, timeMs), beforeMs);
}

async function writeDraft(
  draft: string,
  { blocks, labels }: ImportedRecording,
  { device, subject, startMs }: ImportTarget & { readonly startMs: number },
): Promise<WrittenImport> {
  // Somebody who annotates a recording afterwards means all of it, so nothing ends a label but the next one.
  const known = labelsUntilNext(labels);
  const writer = await RecordingWriter.create(draft, { device, subject, startMs, labels: known });
  const counts = { samples: 0, total: 0 };
  try {
    for (const block of blocks) {
      const columns = ascendingOnly(inOrder(block), startMs - 1);
      counts.total += block.timesMs.length;
      counts.samples += columns.timesMs.length;
      for (const slice of slicesOf(columns)) await writer.append(block.sensor, slice);
    }
  } finally {
    await writer.close();
  }
  return { path: writer.path, samples: counts.samples, duplicates: counts.total - counts.samples };
}

/** Most exports are in order, and copying millions of samples costs memory. */
function inOrder(block: SampleBlock): SensorColumns {
  if (isAscending(block.timesMs)) return block;
  const pending = new PendingSamples();
  pending.add(block);
  return pending.takeUntil(block.sensor, Number.POSITIVE_INFINITY);
}

function* slicesOf({ timesMs, values }: SensorColumns): Generator<SensorColumns> {
  for (let from = 0; from < timesMs.length; from += SLICE_SAMPLES) {
    const to = from + SLICE_SAMPLES;
    yield {
      timesMs: timesMs.subarray(from, to),
      values: values.subarray(from * AXIS_COUNT, to * AXIS_COUNT),
    };
  }
}
