import type { FateCounts } from '../../domain/delivery.js';
import type { ClockInfo, DeliveryCounts, SensorInfo } from '../../domain/device.js';
import type { DeviceId } from '../../domain/ids.js';
import type { SampleBlock, SensorMessage } from '../../domain/samples.js';
import type { AlignedFrames, Interpolation } from '../../domain/window.js';
import { ClockMapping, type ClockMappingState } from './clock-mapping.js';
import { DeviceStreams, noFates } from './device-streams.js';
import { GridAligner } from './grid-aligner.js';
import type { GridSpec } from './grid-spec.js';
import { MessageOrder, type MessageOrderState, type MessageVerdict, type Reached } from './message-order.js';

/** Messages in a row that came wholly too late before the device's clock is taken to have been set back. */
const LATE_MESSAGES_BEFORE_RESET = 10;
/** Rows made in one go: about as many as 1 MB of ordinary samples has. */
const MAX_ROWS_AT_ONCE = 32_768;

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

/** Where a model's windows go on after a restart. */
export interface GridResume {
  readonly model: string;
  /** First row of the earliest window that is not stored yet. */
  readonly nextRow: number;
  /** First row of the stretch in which it lies. */
  readonly stretchStartRow: number;
}

/** What is known of a device besides its samples, as kept over a restart; plain. */
export interface AlignerState {
  readonly order: MessageOrderState;
  readonly clock: ClockMappingState | undefined;
  readonly stretches: readonly { readonly model: string; readonly startRow: number }[];
}

/** What a message did. */
export interface Accepted {
  /** What was closed first; more may follow, see {@link DeviceAligner.isBehind}. */
  readonly frames: readonly AlignedFrames[];
  /** Event time of the message's newest believable sample, epoch milliseconds. */
  readonly newestMs: number;
  readonly fates: Readonly<FateCounts>;
  /** The device's clock is taken to have been set back with this message: its rows begin again at its new time. */
  readonly isClockSetBack: boolean;
}

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
  readonly #device: DeviceId;
  readonly #options: SynchroniseOptions;
  readonly #order: MessageOrder;
  /** Order of the messages of an earlier run that are gone through again: their gaps were filled once, and will be again. */
  #replayed: MessageOrder | undefined;
  readonly #streams: DeviceStreams;
  #grids: GridAligner[] = [];
  #clock: ClockMapping | undefined;
  #newestMs = Number.NEGATIVE_INFINITY;
  /** Rows up to here are closed, epoch milliseconds. */
  #closeMs = Number.NEGATIVE_INFINITY;
  #arrivals = 0;
  #lateMessages = 0;

  constructor(device: DeviceId, options: SynchroniseOptions, specs: readonly GridSpec[]) {
    this.#device = device;
    this.#options = options;
    this.#order = createOrder(options);
    const { maxRateHz, maxBufferedSamples } = options;
    this.#streams = new DeviceStreams({ maxRateHz, maxSamples: maxBufferedSamples });
    this.setGrids(specs);
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
      stretches: this.#grids.map((grid) => ({ model: grid.spec.model, startRow: grid.stretchStartRow })),
    };
  }

  /** Samples before this are needed by no window that is still to come, epoch milliseconds. */
  get neededFromMs(): number {
    return this.#grids.reduce(
      (lowest, grid) => Math.min(lowest, grid.neededFromMs),
      Number.POSITIVE_INFINITY,
    );
  }

  /** Goes on where another run was; the samples follow as `covered` and `uncovered` messages. */
  restore(state: AlignerState, resumes: readonly GridResume[]): void {
    this.#order.restore(state.order);
    this.#replayed = createOrder(this.#options);
    this.#clock = state.clock === undefined ? undefined : ClockMapping.restore(state.clock);
    for (const { model, nextRow, stretchStartRow } of resumes) {
      this.#grids
        .find((grid) => grid.spec.model === model)
        ?.resume(Math.max(nextRow, stretchStartRow), stretchStartRow);
    }
  }

  /** Puts other grids in place; those that stay the same keep their rows. */
  setGrids(specs: readonly GridSpec[]): void {
    this.#grids = specs.map(
      (spec) => this.#grids.find((grid) => grid.spec === spec) ?? new GridAligner(spec, this.#options),
    );
  }

  /** Whether rows that are closed are still to be made: by `advance`, before another message is taken in. */
  get isBehind(): boolean {
    return this.#grids.some((grid) => grid.isBehind(this.#closeMs));
  }

  /** Takes a message in and gives the first frames that it closes. */
  accept(message: SensorMessage): Accepted {
    const { recovery, session, sequence } = message;
    const fates = noFates();
    const clock = this.#clockFor(message);
    const limitMs = message.receivedAtMs + this.#options.futureMs;
    const span = this.#spanOf(message.blocks, clock, limitMs);
    const newestMs = Math.max(this.#newestMs, span.newestMs);
    const reached = { completeMs: this.#completeMs(), oldestMs: span.oldestMs, newestMs };
    this.#arrivals += 1;
    const verdict = this.#verdictOf(message, reached);
    if (verdict === 'duplicate') {
      for (const block of message.blocks) fates.duplicate += block.timesMs.length;
      return { frames: [], newestMs: span.newestMs, fates, isClockSetBack: false };
    }
    this.#newestMs = newestMs;
    // Rows next to those already closed may need samples from before them.
    const closedMs = this.#closedMs() - (recovery === undefined ? 0 : 2 * this.#options.toleranceMs);
    const { earliestMs } = this.#options;
    const guard = { earliestMs, limitMs, closedMs, rank: sequence ?? this.#arrivals };
    for (const block of message.blocks) this.#streams.insert(block, clock, guard, fates);
    if (recovery === undefined && fates.used + fates.duplicate === 0)
      this.#order.noteUnused(session, sequence);
    // What is gone through again for somebody else's sake lies before the rows by its nature.
    const isNews = recovery !== 'covered' && verdict === 'new';
    const isClockSetBack = isNews && this.#noticeClockSetBack(fates);
    this.#closeMs = this.#closableMs();
    return { frames: this.advance(), newestMs: span.newestMs, fates, isClockSetBack };
  }

  /** Closes what can be closed without waiting any longer, as when the device has gone silent; the first frames of it. */
  flush(): readonly AlignedFrames[] {
    this.#order.giveUpWaiting();
    this.#replayed = undefined;
    this.#closeMs = this.#completeMs();
    return this.advance();
  }

  /** Makes the next rows that are closed. */
  advance(): readonly AlignedFrames[] {
    const budget = { rows: MAX_ROWS_AT_ONCE };
    const frames: AlignedFrames[] = [];
    for (const grid of this.#grids) {
      for (const block of grid.advance(this.#device, this.#streams.buffers, this.#closeMs, budget))
        frames.push(block);
    }
    const closedMs = this.#grids.length === 0 ? this.#closeMs : this.#closedMs();
    this.#streams.dropBefore(closedMs - this.#options.toleranceMs);
    return frames;
  }

  /** What the checkpoint knows already is new, since its samples are missing. */
  #verdictOf({ recovery, session, sequence }: SensorMessage, reached: Reached): MessageVerdict {
    if (recovery !== 'covered') {
      this.#replayed = undefined;
      return this.#order.accept(session, sequence, reached);
    }
    this.#replayed?.accept(session, sequence, reached);
    return 'new';
  }

  #clockFor(message: SensorMessage): ClockMapping {
    if (this.#clock?.kind !== message.clock) this.#clock = new ClockMapping(message.clock);
    if (message.recovery === 'covered') return this.#clock;
    const newestMs = message.blocks.reduce(
      (newest, block) => Math.max(newest, maxOf(block.timesMs)),
      Number.NEGATIVE_INFINITY,
    );
    if (Number.isFinite(newestMs)) this.#clock.observe(newestMs, message.receivedAtMs, message.clockZeroMs);
    return this.#clock;
  }

  /** Event times of the oldest and the newest believable sample of a message. */
  #spanOf(
    blocks: readonly SampleBlock[],
    clock: ClockMapping,
    limitMs: number,
  ): { oldestMs: number; newestMs: number } {
    let oldestMs = Number.POSITIVE_INFINITY;
    let newestMs = Number.NEGATIVE_INFINITY;
    for (const block of blocks) {
      for (const deviceMs of block.timesMs) {
        const timeMs = clock.toEpochMs(deviceMs);
        if (!(timeMs <= limitMs && timeMs >= this.#options.earliestMs)) continue;
        if (timeMs < oldestMs) oldestMs = timeMs;
        if (timeMs > newestMs) newestMs = timeMs;
      }
    }
    return { oldestMs, newestMs };
  }

  /** A clock set back makes everything late for as long as it was ahead; better to begin again. */
  #noticeClockSetBack(fates: FateCounts): boolean {
    const others = fates.used + fates.future + fates.past + fates.duplicate;
    if (fates.late > 0 && others === 0) this.#lateMessages += 1;
    else if (fates.used > 0) this.#lateMessages = 0;
    if (this.#lateMessages < LATE_MESSAGES_BEFORE_RESET) return false;
    this.#lateMessages = 0;
    this.#streams.beginAnew();
    this.#newestMs = Number.NEGATIVE_INFINITY;
    this.#grids = this.#grids.map((grid) => new GridAligner(grid.spec, this.#options));
    return true;
  }

  #closableMs(): number {
    const { latenessMs, toleranceMs } = this.#options;
    const lateMs = this.#newestMs - latenessMs - toleranceMs;
    const closeMs = this.#order.isNumbered ? Math.max(lateMs, this.#completeMs()) : lateMs;
    const replayedMs = this.#replayed?.gapBoundMs ?? Number.POSITIVE_INFINITY;
    return Math.min(closeMs, this.#order.gapBoundMs, replayedMs);
  }

  /** Event time up to which every sensor that a grid wants, and that is being sent, has samples. */
  #completeMs(): number {
    const liveSinceMs = this.#newestMs - this.#options.latenessMs;
    let completeMs = this.#newestMs;
    for (const grid of this.#grids) {
      for (const streams of grid.sensorStreams) {
        completeMs = Math.min(completeMs, this.#streams.reachedMs(streams, liveSinceMs));
      }
    }
    return completeMs;
  }

  /** Up to here no grid can use a sample any more. */
  #closedMs(): number {
    if (this.#grids.length === 0) return Number.NEGATIVE_INFINITY;
    return this.#grids.reduce((lowest, grid) => Math.min(lowest, grid.closedMs), Number.POSITIVE_INFINITY);
  }
}

function createOrder({ gapWaitMs, latenessMs }: SynchroniseOptions): MessageOrder {
  return new MessageOrder({ gapWaitMs, startWaitMs: latenessMs });
}

function maxOf(timesMs: Float64Array): number {
  let max = Number.NEGATIVE_INFINITY;
  for (const timeMs of timesMs) if (timeMs > max) max = timeMs;
  return max;
}
