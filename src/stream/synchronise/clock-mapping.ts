import type { ClockInfo } from '../../domain/device.js';
import type { ClockKind, SampleBlock } from '../../domain/samples.js';

/** Delays are compared within stretches of this length; the quickest message of each counts. */
const BUCKET_MS = 10_000;
/** Stretches remembered for the estimate of drift. */
const MAX_BUCKETS = 60;
/** Time over which a difference between estimate and mapping is taken back, so that mapped time never jumps. */
const SLEW_MS = 60_000;
/** Fastest correction, as a share of time: as NTP's, so that sampling periods stay true. */
const MAX_SLEW = 500e-6;
/** A larger difference is not drift but a clock that was set or began again. */
const STEP_MS = 2_000;

interface Bucket {
  readonly index: number;
  /** Device time of the quickest message, milliseconds. */
  deviceMs: number;
  /** Arrival minus device time of the quickest message, milliseconds. */
  offsetMs: number;
}

/** A straight line from device time to epoch time. */
export interface Line {
  readonly deviceMs: number;
  readonly epochMs: number;
  readonly rate: number;
}

/** What is known of a device's clock, as kept over a restart. */
export interface ClockMappingState {
  readonly kind: ClockKind;
  readonly buckets: readonly Readonly<Bucket>[];
  readonly line: Line | undefined;
  readonly driftPpm: number;
  readonly fixedOffsetMs: number | undefined;
}

/**
 * Maps a device's clock since boot, or since the start of an experiment, to epoch time.
 *
 * Arrival minus device time is the clock's offset plus a delay that is never negative, so the quickest messages tell the
 * offset best; a line through the quickest of each ten seconds tells the drift. The mapping is bent towards that line
 * once a stretch, slowly, so that messages that come twice within a stretch map to the same times.
 */
export class ClockMapping {
  readonly #kind: ClockKind;
  #buckets: Bucket[] = [];
  #line: Line | undefined;
  #driftPpm = 0;
  #fixedOffsetMs: number | undefined;

  constructor(kind: ClockKind) {
    this.#kind = kind;
  }

  /** Everything known, plain. */
  get state(): ClockMappingState {
    return {
      kind: this.#kind,
      buckets: this.#buckets.map((bucket) => ({ ...bucket })),
      line: this.#line,
      driftPpm: this.#driftPpm,
      fixedOffsetMs: this.#fixedOffsetMs,
    };
  }

  /** Goes on where another run was. */
  static restore(state: ClockMappingState): ClockMapping {
    const mapping = new ClockMapping(state.kind);
    mapping.#buckets = state.buckets.map((bucket) => ({ ...bucket }));
    mapping.#line = state.line;
    mapping.#driftPpm = state.driftPpm;
    mapping.#fixedOffsetMs = state.fixedOffsetMs;
    return mapping;
  }

  /** How times are mapped; `undefined` for a clock that tells epoch time, or its zero. */
  get line(): Line | undefined {
    return this.#kind === 'epoch' || this.#fixedOffsetMs !== undefined ? undefined : this.#line;
  }

  /** The same clock as it was mapped before. */
  as(line: Line | undefined): ClockMapping {
    return line === undefined ? this : ClockMapping.restore({ ...this.state, line });
  }

  get kind(): ClockKind {
    return this.#kind;
  }

  /** What there is to tell of the clock; `undefined` before a sample had a time. */
  get info(): ClockInfo | undefined {
    const offsetMs = this.#offsetMs();
    if (!(Number.isFinite(offsetMs) && Number.isFinite(this.#driftPpm))) return undefined;
    return { kind: this.#kind, offsetMs, driftPpm: this.#driftPpm };
  }

  /**
   * Learns from a message.
   *
   * @param newestMs device time of its newest sample, milliseconds
   * @param receivedAtMs gateway time of its arrival, epoch milliseconds
   * @param clockZeroMs epoch time of the clock's zero, where the message says so
   */
  observe(newestMs: number, receivedAtMs: number, clockZeroMs: number | undefined): void {
    if (clockZeroMs !== undefined) {
      this.#fixedOffsetMs = clockZeroMs;
      return;
    }
    const isNewBucket = this.#note(newestMs, receivedAtMs - newestMs);
    if (this.#kind === 'epoch') return;
    if (this.#line === undefined || Math.abs(receivedAtMs - this.#apply(this.#line, newestMs)) > STEP_MS) {
      this.#buckets = this.#buckets.slice(-1);
      this.#driftPpm = 0;
      this.#line = { deviceMs: newestMs, epochMs: receivedAtMs, rate: 1 };
    } else if (isNewBucket) {
      this.#bend(this.#line, newestMs);
    }
  }

  /** Epoch time of a device time, milliseconds; device time itself on an epoch clock. */
  toEpochMs(deviceMs: number): number {
    if (this.#kind === 'epoch') return deviceMs;
    if (this.#fixedOffsetMs !== undefined) return deviceMs + this.#fixedOffsetMs;
    return this.#line === undefined ? Number.NaN : this.#apply(this.#line, deviceMs);
  }

  /** Event times of the oldest and the newest sample of a message that lie within bounds, epoch milliseconds. */
  spanOf(
    blocks: readonly Pick<SampleBlock, 'timesMs'>[],
    { earliestMs, limitMs }: { readonly earliestMs: number; readonly limitMs: number },
  ): { readonly oldestMs: number; readonly newestMs: number } {
    let oldestMs = Number.POSITIVE_INFINITY;
    let newestMs = Number.NEGATIVE_INFINITY;
    for (const { timesMs } of blocks) {
      for (const deviceMs of timesMs) {
        const timeMs = this.toEpochMs(deviceMs);
        if (!(timeMs <= limitMs && timeMs >= earliestMs)) continue;
        if (timeMs < oldestMs) oldestMs = timeMs;
        if (timeMs > newestMs) newestMs = timeMs;
      }
    }
    return { oldestMs, newestMs };
  }

  #apply(line: Line, deviceMs: number): number {
    return line.epochMs + (deviceMs - line.deviceMs) * line.rate;
  }

  /** Returns true when the message opens a new stretch. */
  #note(deviceMs: number, offsetMs: number): boolean {
    const index = Math.floor(deviceMs / BUCKET_MS);
    const last = this.#buckets.at(-1);
    if (last !== undefined && last.index === index) {
      if (offsetMs < last.offsetMs) Object.assign(last, { deviceMs, offsetMs });
      return false;
    }
    this.#buckets.push({ index, deviceMs, offsetMs });
    if (this.#buckets.length > MAX_BUCKETS) this.#buckets.shift();
    return true;
  }

  #bend(line: Line, deviceMs: number): void {
    const { slope, offsetAtMs } = fitLine(this.#buckets.slice(0, -1));
    this.#driftPpm = slope * 1e6;
    const epochMs = this.#apply(line, deviceMs);
    const error = deviceMs + offsetAtMs(deviceMs) - epochMs;
    const correction = Math.max(-MAX_SLEW, Math.min(MAX_SLEW, error / SLEW_MS));
    this.#line = { deviceMs, epochMs, rate: 1 + slope + correction };
  }

  #offsetMs(): number {
    if (this.#fixedOffsetMs !== undefined) return this.#fixedOffsetMs;
    return this.#buckets.reduce(
      (lowest, bucket) => Math.min(lowest, bucket.offsetMs),
      Number.POSITIVE_INFINITY,
    );
  }
}

/** Least squares of offset over device time; a slope only once there are enough stretches to tell it from delay. */
function fitLine(buckets: readonly Bucket[]): { slope: number; offsetAtMs: (deviceMs: number) => number } {
  const count = buckets.length;
  const lowest = buckets.reduce((low, bucket) => Math.min(low, bucket.offsetMs), Number.POSITIVE_INFINITY);
  if (count < 6) return { slope: 0, offsetAtMs: () => lowest };
  const meanDevice = buckets.reduce((sum, bucket) => sum + bucket.deviceMs, 0) / count;
  const meanOffset = buckets.reduce((sum, bucket) => sum + bucket.offsetMs, 0) / count;
  let covariance = 0;
  let variance = 0;
  for (const { deviceMs, offsetMs } of buckets) {
    covariance += (deviceMs - meanDevice) * (offsetMs - meanOffset);
    variance += (deviceMs - meanDevice) ** 2;
  }
  const slope = Math.max(-MAX_SLEW, Math.min(MAX_SLEW, covariance / variance));
  return { slope, offsetAtMs: (deviceMs) => meanOffset + slope * (deviceMs - meanDevice) };
}
