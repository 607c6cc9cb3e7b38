import { stat } from 'node:fs/promises';
import type { DeviceId } from '../domain/ids.js';
import type { RecordingLabel } from '../domain/recording.js';
import { isMissing } from '../shared/errors.js';
import { closed, type LabelStatement, layLabel, moved } from './label-track.js';
import { appendLabels, type RecordingHeader, readHeader, writeHeader } from './recording-header.js';
import { readRecordingList } from './recordings-folder.js';

interface Finished {
  readonly path: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** A recording with labels that its header does not have yet. */
interface Labelled {
  readonly device: DeviceId;
  readonly header: RecordingHeader;
  readonly labels: RecordingLabel[];
}

/** The finished recordings below a folder, which may still be labelled. */
export class FinishedRecordings {
  readonly #folder: string;
  #byDevice: ReadonlyMap<string, readonly Finished[]> | undefined;
  #folderChangedMs = Number.NaN;
  readonly #labelled = new Map<string, Labelled>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A recording was finished, or removed: they are to be looked for again. */
  changed(): void {
    this.#byDevice = undefined;
  }

  /** Drops what is known of a device whose recordings are about to be removed. */
  forget(device: DeviceId): void {
    this.changed();
    for (const [path, labelled] of this.#labelled)
      if (labelled.device === device) this.#labelled.delete(path);
  }

  /**
   * Lays a statement over the recordings of a device that it falls into.
   *
   * @param statement on the epoch's clock, milliseconds
   * @returns how many those were, once it is on the disk
   */
  async label(device: DeviceId, statement: LabelStatement, openLabelMs: number): Promise<number> {
    const toMs = statement.toMs ?? statement.fromMs + openLabelMs;
    const reached = (await this.#of(device)).filter(
      ({ startMs, endMs }) => toMs > startMs && statement.fromMs < endMs,
    );
    for (const { path, startMs } of reached) {
      const { labels } = await this.#open(path, device);
      const label = closed(labels, moved(statement, -startMs), openLabelMs);
      await appendLabels(path, [label]);
      layLabel(labels, label);
    }
    return reached.length;
  }

  /** Puts the labels that were appended into the headers of their recordings. */
  async settle(): Promise<void> {
    for (const [path, { header, labels }] of this.#labelled) {
      await writeHeader(path, { ...header, labels }).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
      this.#labelled.delete(path);
    }
  }

  async #open(path: string, device: DeviceId): Promise<Labelled> {
    const known = this.#labelled.get(path);
    if (known !== undefined) return known;
    const header = await readHeader(path);
    const labelled = { device, header, labels: header.labels };
    this.#labelled.set(path, labelled);
    return labelled;
  }

  async #of(device: DeviceId): Promise<readonly Finished[]> {
    const changedMs = (await stat(this.#folder).catch(() => undefined))?.mtimeMs ?? Number.NaN;
    if (this.#byDevice === undefined || changedMs !== this.#folderChangedMs) {
      this.#folderChangedMs = changedMs;
      this.#byDevice = await readFinished(this.#folder);
    }
    return this.#byDevice.get(device) ?? [];
  }
}

async function readFinished(folder: string): Promise<Map<string, Finished[]>> {
  const byDevice = new Map<string, Finished[]>();
  for (const { path, header } of await readRecordingList(folder)) {
    const { complete, device, start, end } = header;
    if (!complete || end === undefined) continue;
    const finished = { path, startMs: Date.parse(start), endMs: Date.parse(end) };
    byDevice.set(device, [...(byDevice.get(device) ?? []), finished]);
  }
  return byDevice;
}
