import type { FateCounts } from '../../domain/delivery.js';
import type { ClockInfo, DeliveryCounts, SensorInfo } from '../../domain/device.js';
import type { DeviceId } from '../../domain/ids.js';
import type { JournalId } from '../../domain/journal.js';
import type { SampleBlock, SensorMessage } from '../../domain/samples.js';
import type { AlignedFrames, Interpolation } from '../../domain/window.js';
import { ClockMapping, type ClockMappingState } from './clock-mapping.js';
import { DeviceGrids, type GridResume } from './device-grids.js';
import { DeviceStreams, type Guard, noFates } from './device-streams.js';
import type { GridSpec } from './grid-spec.js';
import { MessageOrder, type MessageOrderState } from './message-order.js';
import { type AlignerProgress, type Arrival, type Arrivals, NOWHERE, Replay } from './replay.js';

/** Messages in a row that came wholly too late before the device's clock is taken to have been set back. */
const LATE_MESSAGES_BEFORE_RESET = 10;

export interface SynchroniseOptions {
  /** How a row gets its values. @defaultValue nearest */
  readonly interpolation?: Interpolation;
  /** Largest |Δt| between a row and its sample, milliseconds. */
  readonly toleranceMs: number;
  /** Event time a sample may lag behind the device's newest and still count, milliseconds. */
  readonly latenessMs: number;
  /** Event time for which a missing message holds windows back, milliseconds; at least `latenessMs`. */
  readonly gapWaitMs: number;
  /** How far ahead of the gateway's clock a sample may be, milliseconds. */
  readonly futureMs: number;
  /** Earliest event time believed, epoch milliseconds: before it a clock was never set. */
  readonly earliestMs: number;
  /** Samples a second of event time and sensor; more are refused. */
  readonly maxRateHz: number;
  /** Samples held a sensor; more are refused. */
  readonly maxBufferedSamples: number;
  /** Windows that cannot have this share of their samples are counted, not made. @defaultValue 0 */
  readonly minCoverage?: number;
}

/** What is known of a device besides its samples, as kept over a restart; plain. */
export interface AlignerState {
  readonly order: MessageOrderState;
  readonly clock: ClockMappingState | undefined;
  readonly stretches: readonly { readonly model: string; readonly startRow: number }[];
  readonly progress: AlignerProgress;
}

/** What a message did. */
export interface Accepted {
  /** What was closed first; more may follow, see {@link DeviceAligner.isBehind}. */
  readonly frames: readonly AlignedFrames[];
  readonly fates: Readonly<FateCounts>;
  /** The device's clock is taken to have been set back with this message: its rows begin again at its new time. */
  readonly isClockSetBack: boolean;
  /** How it came in. */
  readonly arrival: Arrival;
}

/** Of a message of which nothing was taken, apart from what became of its samples. */
export const NOTHING = { frames: [], isClockSetBack: false, arrival: NOWHERE };

/**
 * Synchronises one device: its own clock, its own watermark, so that no other device can be harmed by it.
 *
 * A row is closed when every sensor that is being sent has a sample at or after it and message numbers show that nothing
 * is missing; else when the device's newest sample is `latenessMs` past it. A value of messages only: fed the same
 * messages it gives the same frames.
 *
 * One message may close more rows than are made in one go. The others follow by `advance`, before the next message.
 */
export class DeviceAligner {
  /** When a message came last, in the time by which the device is silent, epoch milliseconds. */
  heardMs = Number.NEGATIVE_INFINITY;
  readonly #options: SynchroniseOptions;
  readonly #order: MessageOrder;
  /** What an earlier run has taken in, until all of it is there again. */
  #replay: Replay | undefined;
  readonly #streams: DeviceStreams;
  readonly #grids: DeviceGrids;
  #clock: ClockMapping | undefined;
  #newestMs = Number.NEGATIVE_INFINITY;
  #arrivals = 0;
  #lateMessages = 0;
  #resets = 0;

  constructor(device: DeviceId, options: SynchroniseOptions, specs: readonly GridSpec[]) {
    this.#options = options;
    const { gapWaitMs, latenessMs, maxRateHz, maxBufferedSamples } = options;
    this.#order = new MessageOrder({ gapWaitMs, startWaitMs: latenessMs });
    this.#streams = new DeviceStreams({ maxRateHz, maxSamples: maxBufferedSamples });
    this.#grids = new DeviceGrids(device, options);
    this.#grids.set(specs);
  }

  get delivery(): DeliveryCounts {
    return this.#order.counts;
  }

  get clock(): ClockInfo | undefined {
    return this.#clock?.info;
  }

  /** Epoch time of a time on the device's clock, milliseconds; NaN before its first message. */
  toEpochMs(deviceMs: number): number {
    return this.#clock?.toEpochMs(deviceMs) ?? Number.NaN;
  }

  get sensors(): SensorInfo[] {
    return this.#streams.sensors;
  }

  /** Everything known but the samples. */
  get state(): AlignerState {
    return {
      order: this.#order.state,
      clock: this.#clock?.state,
      stretches: this.#grids.stretches,
      progress: this.#replay?.progress ?? {
        newestMs: this.#newestMs,
        closeMs: this.#grids.closeMs,
        arrivals: this.#arrivals,
        lateMessages: this.#lateMessages,
        resets: this.#resets,
        heardMs: this.heardMs,
        streams: this.#streams.progress,
      },
    };
  }

  /** Samples before this are needed by no window that is still to come, epoch milliseconds. */
  get neededFromMs(): number {
    return this.#grids.neededFromMs;
  }

  /** Goes on where another run was; the samples follow as `covered` and `uncovered` messages. */
  restore(
    { order, progress, ...state }: AlignerState,
    resumes: readonly GridResume[],
    arrivals: Arrivals,
  ): void {
    this.#order.restore(order);
    this.#replay = new Replay(arrivals, progress);
    this.#newestMs = progress.newestMs;
    this.#arrivals = progress.arrivals;
    this.#lateMessages = progress.lateMessages;
    this.#resets = progress.resets;
    this.heardMs = progress.heardMs;
    this.#streams.restore(progress.streams);
    this.#clock = state.clock === undefined ? undefined : ClockMapping.restore(state.clock);
    this.#grids.resume(resumes);
  }

  /** Puts other grids in place; those that stay the same keep their rows. */
  setGrids(specs: readonly GridSpec[]): void {
    this.#grids.set(specs);
  }

  /** Whether rows that are closed are still to be made: by `advance`, before another message is taken in. */
  get isBehind(): boolean {
    return this.#grids.isBehind;
  }

  /** Takes a message in and gives the first frames that it closes. */
  accept(message: SensorMessage, id?: JournalId): Accepted {
    if (message.recovery === 'covered') return this.#acceptAgain(message, id);
    const before = this.#endReplay();
    const accepted = this.#acceptNew(message);
    return before.length === 0 ? accepted : { ...accepted, frames: [...before, ...accepted.frames] };
  }

  #acceptNew(message: SensorMessage): Accepted {
    const { recovery, session, sequence } = message;
    const fates = noFates();
    const clock = this.#clockFor(message);
    const limitMs = message.receivedAtMs + this.#options.futureMs;
    const span = clock.spanOf(message.blocks, { earliestMs: this.#options.earliestMs, limitMs });
    const newestMs = Math.max(this.#newestMs, span.newestMs);
    const reached = { completeMs: this.#completeMs(), oldestMs: span.oldestMs, newestMs };
    this.#arrivals += 1;
    const rank = sequence ?? this.#arrivals;
    const { closeMs, closedMs } = this.#grids;
    const { line } = clock;
    const arrival = { closeMs, closedMs, rank, resets: this.#resets, line, newestMs: span.newestMs };
    const verdict = this.#order.accept(session, sequence, reached);
    if (verdict === 'duplicate') {
      for (const block of message.blocks) fates.duplicate += block.timesMs.length;
      return { ...NOTHING, fates, arrival: { ...NOWHERE, newestMs: span.newestMs } };
    }
    this.#newestMs = newestMs;
    this.#insert(message.blocks, clock, { ...arrival, limitMs }, fates);
    if (recovery === undefined && fates.used + fates.duplicate === 0)
      this.#order.noteUnused(session, sequence);
    const isClockSetBack = verdict === 'new' && this.#noticeClockSetBack(fates);
    this.#grids.closeMs = Math.max(this.#grids.closeMs, this.#closableMs());
    return { frames: this.advance(), fates, isClockSetBack, arrival };
  }

  /** Takes a message in as it came in once, and gives the frames that were closed before it. */
  #acceptAgain(message: SensorMessage, id: JournalId | undefined): Accepted {
    const fates = noFates();
    const arrival = this.#replay?.take(id);
    if (arrival === undefined || this.#clock === undefined) return { ...NOTHING, fates };
    const clock = this.#clock.as(arrival.line);
    const limitMs = message.receivedAtMs + this.#options.futureMs;
    const frames = this.#closeAgain(arrival.closeMs);
    this.#insert(message.blocks, clock, { ...arrival, limitMs }, fates);
    if (this.#replay?.isOver === true) frames.push(...this.#endReplay());
    return { frames, fates, isClockSetBack: false, arrival };
  }

  /** Closes what was closed in the end. */
  #endReplay(): AlignedFrames[] {
    if (this.#replay === undefined) return [];
    const { closeMs } = this.#replay.progress;
    this.#replay = undefined;
    return this.#closeAgain(closeMs);
  }

  /** Makes rows that an earlier run has made, all in one go: they are no more than what its messages hold. */
  #closeAgain(closeMs: number): AlignedFrames[] {
    this.#grids.closeMs = closeMs;
    const frames: AlignedFrames[] = [];
    while (this.isBehind) for (const block of this.advance()) frames.push({ ...block, isAgain: true });
    return frames;
  }

  #insert(
    blocks: readonly SampleBlock[],
    clock: ClockMapping,
    { limitMs, closedMs, rank }: Omit<Guard, 'earliestMs'>,
    fates: FateCounts,
  ): void {
    const guard = { earliestMs: this.#options.earliestMs, limitMs, closedMs, rank };
    for (const block of blocks) this.#streams.insert(block, clock, guard, fates);
  }

  /** Closes what can be closed without waiting any longer, as when the device has gone silent; the first frames of it. */
  flush(): readonly AlignedFrames[] {
    const before = this.#endReplay();
    this.#order.giveUpWaiting();
    this.#grids.closeMs = Math.max(this.#grids.closeMs, this.#completeMs());
    return [...before, ...this.advance()];
  }

  /** Makes the next rows that are closed. */
  advance(): readonly AlignedFrames[] {
    const frames = this.#grids.advance(this.#streams.buffers);
    this.#streams.dropBefore(this.#grids.unusedBeforeMs);
    return frames;
  }

  #clockFor(message: SensorMessage): ClockMapping {
    if (this.#clock?.kind !== message.clock) this.#clock = new ClockMapping(message.clock);
    const newestMs = message.blocks.reduce(
      (newest, block) => Math.max(newest, maxOf(block.timesMs)),
      Number.NEGATIVE_INFINITY,
    );
    if (Number.isFinite(newestMs)) this.#clock.observe(newestMs, message.receivedAtMs, message.clockZeroMs);
    return this.#clock;
  }

  /** A clock set back makes everything late for as long as it was ahead; better to begin again. */
  #noticeClockSetBack(fates: FateCounts): boolean {
    const others = fates.used + fates.future + fates.past + fates.duplicate;
    if (fates.late > 0 && others === 0) this.#lateMessages += 1;
    else if (fates.used > 0) this.#lateMessages = 0;
    if (this.#lateMessages < LATE_MESSAGES_BEFORE_RESET) return false;
    this.#lateMessages = 0;
    this.#streams.beginAgain();
    this.#resets += 1;
    this.#newestMs = Number.NEGATIVE_INFINITY;
    this.#grids.beginAgain();
    return true;
  }

  #closableMs(): number {
    const { latenessMs, toleranceMs } = this.#options;
    const lateMs = this.#newestMs - latenessMs - toleranceMs;
    const closeMs = this.#order.isNumbered ? Math.max(lateMs, this.#completeMs()) : lateMs;
    return Math.min(closeMs, this.#order.gapBoundMs);
  }

  /** Event time up to which every sensor that a grid wants, and that is being sent, has samples. */
  #completeMs(): number {
    const liveSinceMs = this.#newestMs - this.#options.latenessMs;
    let completeMs = this.#newestMs;
    for (const streams of this.#grids.sensorStreams()) {
      completeMs = Math.min(completeMs, this.#streams.reachedMs(streams, liveSinceMs));
    }
    return completeMs;
  }
}

function maxOf(timesMs: Float64Array): number {
  let max = Number.NEGATIVE_INFINITY;
  for (const timeMs of timesMs) if (timeMs > max) max = timeMs;
  return max;
}
