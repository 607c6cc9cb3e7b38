import type { DeviceId } from '../domain/ids.js';
import type { RecordedFate } from '../domain/ledger.js';
import type { LabelEvent } from '../domain/message.js';
import type { RecordingLabel } from '../domain/recording.js';
import type { Placement, SampleBlock, SensorKind } from '../domain/samples.js';
import type { FinishedRecordings } from './finished-recordings.js';
import { ascendingOnly, PendingSamples } from './pending-samples.js';
import { RecordingWriter } from './recording-writer.js';
import type { SensorColumns } from './sensor-csv.js';

/** What a recorder reports; none of these may throw. */
interface RecorderHooks {
  onSamples(fate: RecordedFate, count: number): void;
  /** A label was kept, or there was no recording it belongs to, or it could not be written. */
  onLabel(outcome: 'kept' | 'not-recorded' | 'failed'): void;
  onBegun(device: DeviceId, id: string): void;
  onEnded(device: DeviceId, id: string): void;
  /** Something could not be written; it is tried again. */
  onFailed(error: unknown): void;
  /** The recordings have reached their largest size: nothing more is written until some are removed. */
  onFull(bytes: number): void;
}

export interface DeviceRecorderOptions {
  /** Holds one folder a recording. */
  readonly folder: string;
  readonly finished: FinishedRecordings;
  readonly device: DeviceId;
  readonly subject: string;
  /** Where it is worn now; worn elsewhere, another recording is begun. */
  readonly placement: () => Placement | undefined;
  /** How long samples wait for earlier ones, milliseconds of event time. */
  readonly holdMs: number;
  /** A hole of more than this ends a recording, milliseconds. */
  readonly silenceMs: number;
  /** A recording that is longer is ended and another begun, milliseconds. */
  readonly maxSpanMs: number;
  /** How long a label holds that says no end, milliseconds. */
  readonly openLabelMs: number;
  /** False while there is no room for more. */
  readonly mayWrite: () => boolean;
  readonly hooks: RecorderHooks;
}

/** Samples of one sensor a recording has at most: its text must fit into one string when it is read. */
const MAX_SAMPLES = 2_000_000;
/** Samples of a device that wait in memory at most while they cannot be written. */
const MAX_PENDING = 500_000;
/** A label that comes before the first sample begins a recording; samples may be this much older than it. */
const HEAD_START_MS = 60_000;

/** The recordings of one device: one that is being written, and those that are finished. */
export class DeviceRecorder {
  readonly #options: DeviceRecorderOptions;
  #pending = new PendingSamples();
  /** What came before the clock was set back, each time it was, and is not written yet. */
  readonly #beforeSetBack: PendingSamples[] = [];
  #writer: RecordingWriter | undefined;
  #lastHeardMs = Number.NEGATIVE_INFINITY;

  constructor(options: DeviceRecorderOptions) {
    this.#options = options;
  }

  /** Of the recording that is being written. */
  get bytes(): number {
    return this.#writer?.bytes ?? 0;
  }

  get unwrittenFromMs(): number {
    return this.#waiting.reduce(
      (oldest, { oldestMs }) => Math.min(oldest, oldestMs),
      Number.POSITIVE_INFINITY,
    );
  }

  async resume(writer: RecordingWriter, nowMs: number): Promise<void> {
    if (this.#writer !== undefined) await this.#writer.close();
    this.#writer = writer;
    this.#lastHeardMs = nowMs;
  }

  take(blocks: readonly SampleBlock[], nowMs: number): void {
    this.#lastHeardMs = nowMs;
    for (const block of blocks) {
      const count = block.timesMs.length;
      if (count === 0) continue;
      if (this.#waiting.reduce((sum, pending) => sum + pending.count, count) > MAX_PENDING)
        this.#options.hooks.onSamples('failed', count);
      else this.#pending.add(block);
    }
  }

  /** What comes from here on lies before what came already, and begins a recording of its own. */
  clockSetBack(): void {
    this.#beforeSetBack.push(this.#pending);
    this.#pending = new PendingSamples();
  }

  /** @returns bytes of recordings that were finished by it */
  async flush(nowMs: number): Promise<number> {
    const isSilent = nowMs - this.#lastHeardMs > this.#options.silenceMs;
    const untilMs = this.#pending.newestMs - this.#options.holdMs;
    const isQuiet = nowMs - this.#lastHeardMs > this.#options.holdMs;
    const before = await this.#finishBeforeSetBack();
    const finished =
      before + (await this.#write(this.#pending, isQuiet ? Number.POSITIVE_INFINITY : untilMs));
    return finished + (isSilent ? await this.#end() : 0);
  }

  /** @returns whether it fell into a recording, or began one */
  async label(event: LabelEvent, nowMs: number): Promise<boolean> {
    const { device, ...statement } = event;
    const { finished, silenceMs, openLabelMs } = this.#options;
    const endMs = statement.toMs ?? statement.fromMs + openLabelMs;
    const isOfNow = endMs > nowMs - silenceMs && statement.fromMs < nowMs + silenceMs;
    if (this.#writer === undefined && isOfNow) {
      this.#lastHeardMs = nowMs;
      await this.#begin(Math.max(statement.fromMs, nowMs - silenceMs) - HEAD_START_MS);
    }
    const reachesWriter = endMs > (this.#writer?.startMs ?? Number.POSITIVE_INFINITY);
    if (reachesWriter) await this.#writer?.label([statement], openLabelMs);
    const past = await finished.label(device, statement, openLabelMs);
    return reachesWriter || past > 0;
  }

  /** Writes everything and lets go of the file, for the next run to go on. */
  async suspend(): Promise<void> {
    await this.#finishBeforeSetBack();
    await this.#write(this.#pending, Number.POSITIVE_INFINITY);
    await this.#writer?.abandon();
  }

  /** Lets go at once. @returns bytes left on the disk */
  async abandon(): Promise<number> {
    for (const pending of this.#waiting) pending.clear();
    const bytes = this.bytes;
    await this.#writer?.abandon();
    this.#writer = undefined;
    return bytes;
  }

  get #waiting(): readonly PendingSamples[] {
    return [...this.#beforeSetBack, this.#pending];
  }

  /** @returns bytes of recordings that were finished by it */
  async #finishBeforeSetBack(): Promise<number> {
    let finished = 0;
    for (let pending = this.#beforeSetBack[0]; pending !== undefined; pending = this.#beforeSetBack[0]) {
      finished += await this.#write(pending, Number.POSITIVE_INFINITY);
      finished += await this.#end();
      this.#beforeSetBack.shift();
    }
    return finished;
  }

  async #write(pending: PendingSamples, untilMs: number): Promise<number> {
    let finished = 0;
    for (const kind of pending.kinds) {
      const columns = pending.takeUntil(kind, untilMs);
      if (columns.timesMs.length === 0) continue;
      if (!this.#options.mayWrite()) {
        this.#options.hooks.onSamples('refused', columns.timesMs.length);
        continue;
      }
      try {
        finished += await this.#place(columns, pending.oldestMs);
        await this.#append(kind, columns);
      } catch (error) {
        pending.add({ sensor: kind, ...columns });
        throw error;
      }
    }
    return finished;
  }

  /** Sees to it that there is a recording these samples belong into. @returns bytes of the one that was finished */
  async #place({ timesMs }: SensorColumns, oldestMs: number): Promise<number> {
    const { silenceMs, maxSpanMs, placement } = this.#options;
    const [firstMs = 0, lastMs = 0] = [timesMs[0], timesMs.at(-1)];
    const writer = this.#writer;
    if (writer === undefined) {
      await this.#begin(Math.floor(Math.min(firstMs, oldestMs)));
      return 0;
    }
    const isApart = writer.samples > 0 && firstMs - writer.endMs > silenceMs;
    const isTooLong = lastMs - writer.startMs > maxSpanMs || writer.samples >= MAX_SAMPLES;
    const isMoved = writer.placement !== placement();
    // The other sensors of the recording must end where this one does, so it is cut between two flushes.
    if (!isApart && !((isTooLong || isMoved) && firstMs > writer.endMs)) return 0;
    const labels = writer.labels;
    const bytes = await this.#end();
    await this.#begin(Math.floor(Math.min(firstMs, oldestMs)), labels);
    return bytes;
  }

  async #append(kind: SensorKind, columns: SensorColumns): Promise<void> {
    const writer = this.#writer;
    if (writer === undefined) return;
    const { hooks } = this.#options;
    if (!writer.takes(kind)) {
      hooks.onSamples('invalid', columns.timesMs.length);
      return;
    }
    const fresh = ascendingOnly(columns, Math.max(writer.writtenToMs(kind), writer.startMs - 1));
    const late = columns.timesMs.length - fresh.timesMs.length;
    if (fresh.timesMs.length > 0) await writer.append(kind, fresh);
    hooks.onSamples('written', fresh.timesMs.length);
    if (late > 0) hooks.onSamples('late', late);
  }

  /** What was said before and still holds goes on in the new recording. */
  async #begin(startMs: number, labels: readonly RecordingLabel[] = []): Promise<void> {
    const { folder, device, subject, placement, hooks, openLabelMs } = this.#options;
    const writer = await RecordingWriter.create(folder, {
      device,
      subject,
      placement: placement(),
      startMs: Math.floor(startMs),
    });
    this.#writer = writer;
    const lasting = labels.filter(({ toMs }) => toMs > startMs);
    if (lasting.length > 0) await writer.label(lasting, openLabelMs);
    hooks.onBegun(device, writer.id);
  }

  async #end(): Promise<number> {
    const writer = this.#writer;
    if (writer === undefined) return 0;
    await writer.close();
    this.#writer = undefined;
    this.#options.finished.changed();
    this.#options.hooks.onEnded(this.#options.device, writer.id);
    return writer.bytes;
  }
}
