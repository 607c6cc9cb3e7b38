import type { CompanyChange } from '../domain/company.js';
import type { DeviceId } from '../domain/ids.js';
import type { CompanyUpdate } from '../domain/store.js';
import type { AlignedFrames } from '../domain/window.js';
import { KeyedState } from '../shared/keyed-state.js';
import { Companions, type Found, NOTHING_FOUND } from './companions.js';
import { CompanyEngine, type CompanyEngineOptions } from './company-engine.js';
import type { CompanyState } from './company-state.js';
import { SignatureExtractor } from './signature-extractor.js';
import { CONTEXT_ROWS, GRID_RATE_HZ } from './signature-grid.js';
import { SECOND_MS } from './signature-history.js';

/** Without rows for this long, while devices can be heard, nothing is known of a device, milliseconds. */
export const SILENCE_MS = 120_000;
/** What a signature looks back at, beyond its own second, milliseconds. */
export const CONTEXT_MS = (CONTEXT_ROWS / GRID_RATE_HZ) * SECOND_MS;

export interface CompanyFinderOptions extends Pick<CompanyEngineOptions, 'model' | 'subjectOf'> {
  /** Whether a device may be compared now: its wearer agreed, and its clock is right. */
  readonly isComparable: (device: DeviceId) => boolean;
}

/**
 * Finds out who is with whom, from the rows of all devices. Plain: heard time comes in as an argument, and runs only while
 * devices can be heard, so that an outage is no silence.
 */
export class CompanyFinder {
  readonly #options: CompanyFinderOptions;
  readonly #engine: CompanyEngine;
  readonly #extractors = new KeyedState<DeviceId, SignatureExtractor>(() => new SignatureExtractor());
  readonly #companions = new Companions();
  /** Devices to be looked at. */
  readonly #fresh = new Set<DeviceId>();
  /** Devices of the run before that may not be compared any more. */
  readonly #unwanted = new Set<DeviceId>();

  constructor(options: CompanyFinderOptions) {
    this.#options = options;
    // Silence is judged here, by what can be heard.
    this.#engine = new CompanyEngine({ ...options, silenceMs: Number.POSITIVE_INFINITY });
  }

  /** Whether samples of a device were taken in. */
  follows(device: DeviceId): boolean {
    return this.#extractors.peek(device) !== undefined;
  }

  /** Seconds of a device that were taken in and not compared yet. */
  waitingSeconds(device: DeviceId): number {
    return this.#engine.waitingSeconds(device);
  }

  /** End of a device's newest second; `undefined` where nothing of it is known. Epoch milliseconds. */
  newestMs(device: DeviceId): number | undefined {
    return this.#companions.newestMs(device);
  }

  /** Another device that sends the same movement, as only a copy does. */
  copyOf(device: DeviceId): DeviceId | undefined {
    return this.#engine.copyOf(device);
  }

  take(frames: AlignedFrames, heardMs: number): void {
    if (!this.#options.isComparable(frames.device)) return;
    const rows = this.#extractors.use(frames.device, heardMs).add(frames);
    const newest = rows.at(-1);
    if (newest === undefined) return;
    this.#engine.take(rows);
    this.#companions.reach(frames.device, newest.endMs);
    this.#fresh.add(frames.device);
  }

  /**
   * Compares what was taken in, and lets go of devices that are silent or may not be compared any more, step by step:
   * between two steps anything may be taken in, forgotten or written down.
   */
  *advance(heardMs: number): Generator<Found, void> {
    for (const changes of this.#engine.advance(Number.NEGATIVE_INFINITY)) {
      const updates = changes.flatMap((change) => this.#become(change));
      yield updates.length === 0 ? NOTHING_FOUND : { updates, seen: [] };
    }
    const silent = this.#extractors.evict(heardMs, SILENCE_MS).map(({ key }) => key);
    for (const device of new Set([...silent, ...this.#unwanted])) yield this.forget(device);
    for (const device of this.#fresh) {
      this.#fresh.delete(device);
      yield { updates: [], seen: [this.#companions.look(device)] };
    }
  }

  /** Nothing of a device is left; what that changes is told for the others' sake. */
  forget(device: DeviceId): Found {
    const updates = this.#engine.forget(device).flatMap((change) => this.#become(change));
    this.#fresh.delete(device);
    this.#unwanted.delete(device);
    this.#extractors.delete(device);
    return { updates, seen: [this.#companions.forget(device)] };
  }

  /** What holds now, as it was found out. */
  now(): CompanyUpdate[] {
    return this.#companions.now();
  }

  snapshot(): CompanyState {
    return this.#engine.snapshot();
  }

  /** Goes on where another run was; its devices have all the time of silence to come back. */
  restore(state: CompanyState, heardMs: number): void {
    this.#engine.restore(state);
    for (const { device, newestMs } of state.devices) {
      this.#extractors.use(device, heardMs);
      this.#companions.reach(device, newestMs);
      if (!this.#options.isComparable(device)) this.#unwanted.add(device);
    }
    for (const { first, second, state: pair } of state.pairs) {
      if (pair.status !== 'together') continue;
      const { status, sinceMs, belief: probability } = pair;
      this.#companions.note(first, { with: second, status, sinceMs, probability });
      this.#companions.note(second, { with: first, status, sinceMs, probability });
    }
  }

  #become({ first, second, ...change }: CompanyChange): CompanyUpdate[] {
    const updates = [
      { device: first, with: second, ...change },
      { device: second, with: first, ...change },
    ];
    for (const { device, ...now } of updates) {
      this.#companions.note(device, now);
      this.#fresh.add(device);
    }
    return updates;
  }
}

/** Samples before this are needed by nothing that follows a state, epoch milliseconds; by device. */
export function neededFromMsOf({ devices }: CompanyState): Map<DeviceId, number> {
  return new Map(devices.map(({ device, newestMs }) => [device, newestMs - CONTEXT_MS]));
}
