import type { SignatureRow } from '../domain/company.js';
import type { DeviceId } from '../domain/ids.js';
import type { CompanyUpdate } from '../domain/store.js';
import type { AlignedFrames } from '../domain/window.js';
import { KeyedState } from '../shared/keyed-state.js';
import { Companions, type Found, NOTHING_FOUND } from './companions.js';
import { CONTEXT_MS, SILENCE_MS } from './company-finder.js';
import { SignatureExtractor } from './signature-extractor.js';
import { SECOND_MS } from './signature-history.js';

export interface SharedFinderOptions {
  /** Whether a device may be compared now: its wearer agreed, and its clock is right. */
  readonly isComparable: (device: DeviceId) => boolean;
  /** Where signatures go that others compare. */
  readonly sender: {
    send(rows: readonly SignatureRow[]): void;
    /** End of the first second of a device that may not have arrived, epoch milliseconds; Infinity when all have. */
    unsentMs(device: DeviceId): number;
  };
}

/** What was heard of a device and another. */
export interface HeardCompany extends Omit<CompanyUpdate, 'device' | 'isErased'> {
  /** When it was heard, epoch milliseconds. */
  readonly heardAtMs: number;
}

/** What is over is remembered for so long, in case it comes once more, milliseconds of event time. */
const OVER_KEPT_MS = 600_000;

/**
 * The company of some devices where it is found out elsewhere: their signatures are sent, and what comes back of them is
 * told. Plain, as `CompanyFinder` is, and as far as others see it the same.
 */
export class SharedFinder {
  readonly #options: SharedFinderOptions;
  readonly #extractors = new KeyedState<DeviceId, SignatureExtractor>(() => new SignatureExtractor());
  readonly #companions = new Companions();
  readonly #heard = new Map<DeviceId, Map<DeviceId, HeardCompany>>();
  /** Devices to be looked at. */
  readonly #fresh = new Set<DeviceId>();
  readonly #changed = new Set<DeviceId>();

  constructor(options: SharedFinderOptions) {
    this.#options = options;
  }

  /** Nothing waits here. */
  waitingSeconds(): number {
    return 0;
  }

  take(frames: AlignedFrames, heardMs: number): void {
    if (!this.#options.isComparable(frames.device)) return;
    const rows = this.#extractors.use(frames.device, heardMs).add(frames);
    const newest = rows.at(-1);
    if (newest === undefined) return;
    this.#options.sender.send(rows);
    this.#companions.reach(frames.device, newest.endMs);
    this.#fresh.add(frames.device);
  }

  /** Takes what was found out of a device; what is known already changes nothing. */
  hear(update: CompanyUpdate, heardAtMs: number): Found {
    const { device, isErased, ...now } = update;
    const others = this.#heard.get(device) ?? new Map<DeviceId, HeardCompany>();
    if (isErased !== true && (others.get(now.with)?.atMs ?? Number.NEGATIVE_INFINITY) >= now.atMs)
      return NOTHING_FOUND;
    if (isErased === true) others.delete(now.with);
    else others.set(now.with, { ...now, heardAtMs });
    this.#heard.set(device, others);
    for (const [other, { status, atMs }] of others)
      if (status !== 'together' && now.atMs - atMs > OVER_KEPT_MS) others.delete(other);
    this.#changed.add(device);
    this.#companions.note(device, now);
    const isFollowed = this.#companions.newestMs(device) !== undefined;
    return { updates: [update], seen: isFollowed ? [this.#companions.look(device)] : [] };
  }

  /** Nothing of another device may be known any more. */
  eraseOther(other: DeviceId): Found {
    const found = Array.from(this.#heard, ([device, others]) => {
      const known = others.get(other);
      if (known === undefined) return NOTHING_FOUND;
      const { heardAtMs, ...now } = known;
      const over = { device, ...now, status: 'unknown', sinceMs: now.atMs, isErased: true } as const;
      return this.hear(over, heardAtMs);
    });
    return { updates: found.flatMap(({ updates }) => updates), seen: found.flatMap(({ seen }) => seen) };
  }

  *advance(heardMs: number): Generator<Found, void> {
    for (const { key: device } of this.#extractors.evict(heardMs, SILENCE_MS)) yield this.#leave(device);
    for (const device of this.#fresh) {
      this.#fresh.delete(device);
      yield { updates: [], seen: [this.#companions.look(device)] };
    }
  }

  /** Nothing of a device is left; what that changes for others comes back from where it is found out. */
  forget(device: DeviceId): Found {
    this.#heard.delete(device);
    this.#changed.delete(device);
    this.#extractors.delete(device);
    return this.#leave(device);
  }

  /** Samples of a device before this are no longer needed, epoch milliseconds. */
  neededFromMs(device: DeviceId): number {
    const nextMs = this.#extractors.peek(device)?.neededFromMs ?? Number.POSITIVE_INFINITY;
    // A row is made of samples around it.
    return Math.min(nextMs, this.#options.sender.unsentMs(device) - CONTEXT_MS) - SECOND_MS;
  }

  /** What holds now, as it was found out. */
  now(): CompanyUpdate[] {
    return this.#companions.now();
  }

  /** What was heard of a device, for the next who follows it. */
  of(device: DeviceId): HeardCompany[] {
    return [...(this.#heard.get(device)?.values() ?? [])];
  }

  /** Devices of which something was heard since this was asked last. */
  takeChanged(): DeviceId[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  /** Goes on where another was; its devices have all the time of silence to come back. */
  restore(kept: ReadonlyMap<DeviceId, readonly HeardCompany[]>, heardMs: number): void {
    for (const [device, heard] of kept) {
      if (heard.length === 0) continue;
      this.#heard.set(device, new Map(heard.map((now) => [now.with, now])));
      this.#extractors.use(device, heardMs);
      this.#companions.reach(device, Math.max(...heard.map(({ atMs }) => atMs)));
      for (const now of heard) this.#companions.note(device, now);
    }
  }

  #leave(device: DeviceId): Found {
    this.#fresh.delete(device);
    return { updates: [], seen: [this.#companions.forget(device)] };
  }
}
