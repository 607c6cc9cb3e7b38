import type { DeviceId } from '../domain/ids.js';
import type { LabelEvent } from '../domain/message.js';
import { AXIS_COUNT, type Placement, type SampleBlock } from '../domain/samples.js';
import { GatewayError, messageOf } from '../shared/errors.js';
import { DeviceRecorder, type DeviceRecorderOptions } from './device-recorder.js';
import { FinishedRecordings } from './finished-recordings.js';
import { RecordingWriter } from './recording-writer.js';
import { unfinishedRecordings } from './recordings-folder.js';

export interface RecorderOptions
  extends Omit<DeviceRecorderOptions, 'device' | 'subject' | 'placement' | 'mayWrite' | 'finished'> {
  readonly isRecorded: (device: DeviceId) => boolean;
  /** Whose motion a device records, so that people can be told apart when training. */
  readonly subjectOf: (device: DeviceId) => string;
  /** Where a device is worn; `undefined` where nobody has said one place. */
  readonly placementOf?: (device: DeviceId) => Placement | undefined;
  /** Of all recordings together. */
  readonly maxBytes: number;
}

/**
 * Writes what devices send as labelled recordings, a folder each, readable at any time.
 *
 * Samples wait in memory until they are old enough that none before them is expected (`holdMs`), so that files are in order
 * of time whatever the order of arrival. `flush` writes; the owner of the recorder calls it again and again.
 */
export class Recorder implements AsyncDisposable {
  readonly #options: RecorderOptions;
  readonly #devices = new Map<DeviceId, DeviceRecorder>();
  readonly #finished: FinishedRecordings;
  /** Bytes of the recordings that are finished. */
  #finishedBytes: number;
  #isFull = false;
  #work: Promise<void> = Promise.resolve();

  private constructor(options: RecorderOptions, finishedBytes: number) {
    this.#options = options;
    this.#finished = new FinishedRecordings(options.folder);
    this.#finishedBytes = finishedBytes;
  }

  /** Opens the folder, and goes on with the recordings that an earlier run left unfinished. */
  static async open(options: RecorderOptions, nowMs: number): Promise<Recorder> {
    const { bytes, paths } = await unfinishedRecordings(options.folder);
    const recorder = new Recorder(options, bytes);
    for (const { path, device } of paths) {
      try {
        await recorder.#deviceOf(device).resume(await RecordingWriter.resume(path), nowMs);
      } catch (error) {
        options.hooks.onFailed(error);
      }
    }
    return recorder;
  }

  /** Of all recordings, on the disk. */
  get bytes(): number {
    let bytes = this.#finishedBytes;
    for (const device of this.#devices.values()) bytes += device.bytes;
    return bytes;
  }

  isRecorded(device: DeviceId): boolean {
    return this.#options.isRecorded(device);
  }

  /** Event time from which on samples of a device wait to be written, epoch milliseconds; Infinity when none do. */
  unwrittenFromMs(device: DeviceId): number {
    return this.#devices.get(device)?.unwrittenFromMs ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Takes samples over to be written.
   *
   * @param blocks times in epoch milliseconds; the arrays must not change any more
   */
  take(device: DeviceId, blocks: readonly SampleBlock[], nowMs: number): void {
    const { isRecorded, hooks } = this.#options;
    if (!isRecorded(device)) return;
    const { valid, invalid } = split(blocks);
    if (invalid > 0) hooks.onSamples('invalid', invalid);
    this.#deviceOf(device).take(valid, nowMs);
  }

  /** A device's clock was set back: what follows is earlier than what is written, and belongs into another recording. */
  clockSetBack(device: DeviceId): void {
    this.#devices.get(device)?.clockSetBack();
  }

  /**
   * Lays what somebody said over the recordings it falls into. Resolves to whether there was one, once it is on the disk.
   *
   * @throws GatewayError `RECORDING_UNAVAILABLE` (retryable) when it cannot be written: it must be said again
   */
  label(event: LabelEvent, nowMs: number): Promise<boolean> {
    const { folder, isRecorded, hooks } = this.#options;
    return this.#queue(async () => {
      try {
        const isKept = isRecorded(event.device) && (await this.#deviceOf(event.device).label(event, nowMs));
        hooks.onLabel(isKept ? 'kept' : 'not-recorded');
        return isKept;
      } catch (error) {
        hooks.onLabel('failed');
        throw new GatewayError(
          'RECORDING_UNAVAILABLE',
          `a label cannot be written below ${folder}: ${messageOf(error)}; is the disk full or read-only?`,
          { retryable: true, cause: error },
        );
      }
    });
  }

  /** Writes what is old enough, and ends recordings of devices that are silent. */
  flush(nowMs: number): Promise<void> {
    return this.#queue(async () => {
      for (const device of this.#devices.values()) {
        // A device whose files cannot be written keeps no other from being recorded.
        await device.flush(nowMs).then(
          (finishedBytes) => {
            this.#finishedBytes += finishedBytes;
          },
          (error: unknown) => this.#options.hooks.onFailed(error),
        );
      }
      await this.#finished.settle().catch(this.#options.hooks.onFailed);
      this.#reportFullness();
    });
  }

  /** Lets go of a device at once; what is on the disk of it stays. */
  forget(device: DeviceId): Promise<void> {
    return this.#queue(async () => {
      const recorder = this.#devices.get(device);
      this.#devices.delete(device);
      this.#finished.forget(device);
      this.#finishedBytes += (await recorder?.abandon()) ?? 0;
    });
  }

  holds(device: DeviceId): boolean {
    return this.#devices.has(device);
  }

  /** Looks at the disk again: recordings were removed. */
  recount(): Promise<void> {
    return this.#queue(async () => {
      this.#finished.changed();
      this.#finishedBytes = (await unfinishedRecordings(this.#options.folder)).bytes;
    });
  }

  /** Writes everything and leaves the recordings to be gone on with by the next run. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue(async () => {
      for (const device of this.#devices.values()) await device.suspend();
      await this.#finished.settle();
    });
  }

  #deviceOf(device: DeviceId): DeviceRecorder {
    const known = this.#devices.get(device);
    if (known !== undefined) return known;
    const created = new DeviceRecorder({
      ...this.#options,
      finished: this.#finished,
      device,
      subject: this.#options.subjectOf(device),
      placement: () => this.#options.placementOf?.(device),
      mayWrite: () => this.bytes < this.#options.maxBytes,
    });
    this.#devices.set(device, created);
    return created;
  }

  #reportFullness(): void {
    const isFull = this.bytes >= this.#options.maxBytes;
    if (isFull && !this.#isFull) this.#options.hooks.onFull(this.bytes);
    this.#isFull = isFull;
  }

  /** One thing at a time: files are written in order. */
  #queue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    this.#work = done.then(
      () => undefined,
      (error: unknown) => this.#options.hooks.onFailed(error),
    );
    return done;
  }
}

/** Leaves out samples without a time or a value. */
function split(blocks: readonly SampleBlock[]): { valid: SampleBlock[]; invalid: number } {
  let invalid = 0;
  const valid = blocks.map((block) => {
    const good = Array.from(block.timesMs.keys()).filter((index) => isWhole(block, index));
    if (good.length === block.timesMs.length) return block;
    invalid += block.timesMs.length - good.length;
    return {
      sensor: block.sensor,
      timesMs: Float64Array.from(good, (index) => block.timesMs[index] ?? Number.NaN),
      values: Float32Array.from(good.flatMap((index) => [...valuesOf(block, index)])),
    };
  });
  return { valid, invalid };
}

function isWhole(block: SampleBlock, index: number): boolean {
  return Number.isFinite(block.timesMs[index]) && valuesOf(block, index).every(Number.isFinite);
}

function valuesOf({ values }: SampleBlock, index: number): Float32Array {
  return values.subarray(index * AXIS_COUNT, (index + 1) * AXIS_COUNT);
}
