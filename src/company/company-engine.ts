import {
  type CompanyChange,
  type CompanyStatus,
  SIGNATURE_SIZE,
  type SignatureRow,
} from '../domain/company.js';
import type { DeviceId } from '../domain/ids.js';
import { CandidateSearch } from './candidate-search.js';
import { type CompanyModel, evidenceOf } from './company-model.js';
import { type CompanyProgress, type CompanyState, deviceStatesOf } from './company-state.js';
import { type Device, FollowedPairs, isKnownCopy, NEVER_MS, type Pair } from './followed-pairs.js';
import { isCopy, type MovementWindow, movementWindowOf } from './movement-window.js';
import { pairFeatures } from './pair-features.js';
import { lose, newPairState, observe, type PairState } from './pair-tracker.js';
import { HISTORY_SECONDS, SECOND_MS } from './signature-history.js';
import { SignatureShelf } from './signature-shelf.js';

export interface CompanyEngineOptions {
  readonly model: CompanyModel;
  /** Whose a device is: devices of one subject are no company for each other. */
  readonly subjectOf: (device: DeviceId) => string;
  /** Whether anything may be said of a device: its wearer agreed, and its clock is right. @defaultValue all may */
  readonly isComparable?: (device: DeviceId) => boolean;
  /** Where signatures are remembered, where others remember them, too. @defaultValue one of its own */
  readonly shelf?: SignatureShelf;
  /** Only pairs are compared whose smaller name is of such a device. @defaultValue all are */
  readonly isOwn?: (device: DeviceId) => boolean;
  /** Others that a device is compared with at once. @defaultValue 8 */
  readonly maxPartners?: number;
  /** Without rows of one of two devices for this long nothing is known of them, milliseconds. @defaultValue 120,000 */
  readonly silenceMs?: number;
}

/** What is held true of a device and another now. */
export interface CompanyNow {
  readonly with: DeviceId;
  readonly status: CompanyStatus;
  /** Epoch milliseconds. */
  readonly sinceMs: number;
  /** That the two are together, 0..1. */
  readonly probability: number;
}

/** Nothing was found out. */
const NO_CHANGES: readonly CompanyChange[] = [];
/** Pairs are compared this often, in event time: at whole multiples of it, so that a restart changes nothing. */
const STRIDE_MS = 2 * SECOND_MS;
/** Two who are not together, and did nothing alike for so long, are not followed any more, milliseconds. */
const LET_GO_MS = 60_000;
/** Share of what is believed of a pair before anything is seen, below which it is let go. */
const HARDLY = 0.25;
/** What is found out of a pair is dated back this far at most before it began to be followed, milliseconds. */
const EARLIEST_MS = 60_000;
const DEFAULT_MAX_PARTNERS = 8;
const DEFAULT_SILENCE_MS = 120_000;

/**
 * Follows who is with whom, from the signatures of all devices.
 *
 * Pairs that move alike are followed until they no longer do. They are compared as far as both devices' rows go, so it
 * does not matter when the rows come: the same rows give the same changes. Only silence goes by the gateway's clock, and in
 * a crowd it matters who came first, as a device is compared with so many others at once at most: who is with one of a
 * group belongs to it. It reports changes of pairs that are or were together.
 */
export class CompanyEngine {
  readonly #options: CompanyEngineOptions;
  readonly #shelf: SignatureShelf;
  readonly #devices = new Map<DeviceId, Device>();
  readonly #pairs: FollowedPairs;
  readonly #search: CandidateSearch;
  /** Memory for the rows of one window. */
  readonly #rows: Float32Array;
  /** The second for which pairs are being compared; `undefined` between two. Epoch milliseconds. */
  #comparingMs: number | undefined;

  constructor(options: CompanyEngineOptions) {
    this.#options = options;
    this.#shelf = options.shelf ?? new SignatureShelf();
    const { maxPartners = DEFAULT_MAX_PARTNERS } = options;
    const { seconds, lagSeconds } = options.model.shape;
    this.#rows = new Float32Array((seconds + 2 * lagSeconds) * SIGNATURE_SIZE);
    this.#pairs = new FollowedPairs(maxPartners);
    this.#search = new CandidateSearch(maxPartners);
  }

  /** Takes signatures in; those that are known already change nothing. */
  take(rows: readonly SignatureRow[]): void {
    for (const row of rows) {
      if (this.#options.isComparable?.(row.device) === false) continue;
      this.meet(row.device, row.endMs - SECOND_MS);
      this.#shelf.open(row.device).add(row);
    }
  }

  /** Devices that are compared with others. */
  get devices(): ReadonlyMap<DeviceId, unknown> {
    return this.#devices;
  }

  /** Compares a device from then on, as far as its signatures go; nothing for one that is known. */
  meet(id: DeviceId, reachedMs: number): void {
    if (this.#devices.has(id)) return;
    const { history, course } = this.#shelf.open(id);
    const isOwn = this.#options.isOwn?.(id) ?? true;
    this.#search.meet(id, reachedMs, course, isOwn);
    this.#devices.set(id, { id, isOwn, history, reachedMs, pairs: new Map(), window: undefined });
  }

  /**
   * Compares all pairs as far as their rows go, step by step, and gives what each step found out. Between two steps rows may
   * come, devices be forgotten, and what is known be written down; who stops in the middle goes on with the next call.
   */
  *advance(nowMs: number): Generator<readonly CompanyChange[], void> {
    this.#pairs.groupAgain();
    if (this.#comparingMs !== undefined) yield* this.#compareAll(this.#comparingMs);
    const behind = [...this.#devices.values()].filter(
      ({ history, reachedMs }) => reachedMs < history.newestMs,
    );
    for (const device of behind)
      device.reachedMs = Math.max(device.reachedMs, device.history.newestMs - HISTORY_SECONDS * SECOND_MS);
    const fromMs = behind.reduce((least, { reachedMs }) => Math.min(least, reachedMs), Infinity);
    const toMs = behind.reduce((most, { history }) => Math.max(most, history.newestMs), -Infinity);
    for (let endMs = fromMs + SECOND_MS; endMs <= toMs; endMs += SECOND_MS) {
      const isCompared = endMs % STRIDE_MS === 0;
      if (isCompared) this.#comparingMs = endMs;
      for (const device of behind) {
        if (device.reachedMs >= endMs || endMs > device.history.newestMs) continue;
        this.#reach(device, endMs);
        yield NO_CHANGES;
      }
      if (isCompared) yield* this.#compareAll(endMs);
    }
    for (const pair of this.#pairs) yield this.#noticeSilence(pair, nowMs);
  }

  /** Seconds of a device that were taken in and not compared yet. */
  waitingSeconds(id: DeviceId): number {
    const device = this.#devices.get(id);
    return device === undefined ? 0 : (device.history.newestMs - device.reachedMs) / SECOND_MS;
  }

  /** Ends the pairs of a device, told for the others' sake; nothing of it is left. */
  forget(device: DeviceId): CompanyChange[] {
    const own = [...(this.#devices.get(device)?.pairs.values() ?? [])];
    this.#devices.delete(device);
    this.#search.forget(device);
    if (this.#options.shelf === undefined) this.#shelf.forget(device);
    return own.flatMap((pair) => this.#end(pair));
  }

  /** What is held true of two devices; `undefined` where they do not move alike, and so are not followed. */
  statusOf(a: DeviceId, b: DeviceId): CompanyNow | undefined {
    const state = this.#devices.get(a)?.pairs.get(b)?.state;
    if (state === undefined) return undefined;
    const { status, sinceMs, belief: probability } = state;
    return { with: b, status, sinceMs, probability };
  }

  /** Another device that sends, or is sent, the same movement as only a copy does; `undefined` where none is known. */
  copyOf(id: DeviceId): DeviceId | undefined {
    for (const [other, { copiedMs, state }] of this.#devices.get(id)?.pairs ?? [])
      if (isKnownCopy(copiedMs, state.evaluatedMs)) return other;
    return undefined;
  }

  /** Everything known, plain. */
  snapshot(): CompanyState {
    return { ...this.progress(), devices: deviceStatesOf([...this.#devices.values()]) };
  }

  /** The same without signatures. */
  progress(): CompanyProgress {
    return {
      comparingMs: this.#comparingMs,
      devices: Array.from(this.#devices.values(), ({ id: device, reachedMs }) => ({ device, reachedMs })),
      pairs: Array.from(this.#pairs, ({ first, second, ...known }) => ({
        ...known,
        first: first.id,
        second: second.id,
      })),
    };
  }

  /** Goes on where another run was. */
  restore(state: CompanyState): void {
    for (const device of state.devices) this.#shelf.open(device.device).restore(device);
    this.resume(state);
  }

  /** Goes on where another run was, with the signatures on the shelf. */
  resume({ comparingMs, devices, pairs }: CompanyProgress): void {
    this.#comparingMs = comparingMs;
    for (const { device, reachedMs } of devices) this.meet(device, reachedMs);
    for (const { first, second, copiedMs, ...known } of pairs) {
      const [one, other] = [this.#devices.get(first), this.#devices.get(second)];
      if (one === undefined || other === undefined) continue;
      this.#pairs.keep({ ...known, copiedMs: copiedMs ?? NEVER_MS, first: one, second: other });
    }
  }

  /** A device has come to a second: with those that move as it does it is followed from there on. */
  #reach(device: Device, endMs: number): void {
    device.reachedMs = endMs;
    for (const other of this.#search.reach(device.id, endMs)) {
      const known = device.pairs.get(other);
      if (known !== undefined) known.alikeMs = endMs;
      else this.#follow(device, this.#devices.get(other), endMs);
    }
  }

  #follow(one: Device, other: Device | undefined, alikeMs: number): void {
    const { model } = this.#options;
    if (other === undefined || this.#areOfOne(one, other)) return;
    const [first, second] = one.id < other.id ? [one, other] : [other, one];
    if (!first.isOwn || !this.#pairs.haveRoom(one, other)) return;
    // The first window counts in full.
    const fromMs = alikeMs - model.filter.independentMs;
    const state = newPairState(model.filter, fromMs, alikeMs - EARLIEST_MS);
    this.#pairs.keep({ first, second, state, alikeMs, copiedMs: NEVER_MS });
  }

  #areOfOne(one: Device, other: Device): boolean {
    const { subjectOf } = this.#options;
    return subjectOf(one.id) === subjectOf(other.id);
  }

  *#compareAll(endMs: number): Generator<readonly CompanyChange[], void> {
    try {
      for (const pair of this.#pairs) {
        const { first, second, state } = pair;
        if (state.evaluatedMs < endMs && first.reachedMs >= endMs && second.reachedMs >= endMs)
          yield this.#observe(pair, endMs);
      }
    } finally {
      this.#comparingMs = undefined;
    }
  }

  #observe(pair: Pair, endMs: number): readonly CompanyChange[] {
    // The configuration may say so only since a restart.
    if (this.#areOfOne(pair.first, pair.second)) return this.#end(pair);
    const changes = this.#become(pair, this.#compare(pair, endMs));
    if (this.#isOver(pair)) this.#pairs.letGo(pair);
    return changes;
  }

  #end(pair: Pair): readonly CompanyChange[] {
    this.#pairs.letGo(pair);
    return this.#become(pair, lose(this.#options.model.filter, pair.state, pair.state.evaluatedMs));
  }

  /** Whether nothing is to be expected of a pair: it was never together and looks apart, or has done nothing alike for long. */
  #isOver({ state, alikeMs }: Pair): boolean {
    const { status, wasTogether, belief, evaluatedMs, sinceMs } = state;
    if (status === 'together') return false;
    if (!this.#search.areFew && !wasTogether && belief < HARDLY * this.#options.model.filter.share)
      return true;
    return evaluatedMs - Math.max(alikeMs, sinceMs) > LET_GO_MS;
  }

  #compare(pair: Pair, endMs: number): PairState {
    const { model } = this.#options;
    const [a, b] = [this.#windowOf(pair.first, endMs), this.#windowOf(pair.second, endMs)];
    if (isCopy(a, b, model.shape)) pair.copiedMs = endMs;
    const evidence = isKnownCopy(pair.copiedMs, endMs)
      ? 0
      : evidenceOf(pairFeatures(a, b, model.shape), model);
    const middleMs = endMs - (model.shape.lagSeconds + model.shape.seconds / 2) * SECOND_MS;
    return observe(model.filter, pair.state, evidence, { endMs, middleMs });
  }

  #windowOf(device: Device, endMs: number): MovementWindow {
    if (device.window?.endMs === endMs) return device.window.found;
    const { seconds, lagSeconds } = this.#options.model.shape;
    const rows = device.history.before(endMs, seconds + 2 * lagSeconds, this.#rows);
    const found = movementWindowOf(rows, device.window?.found);
    device.window = { endMs, found };
    return found;
  }

  #noticeSilence(pair: Pair, nowMs: number): readonly CompanyChange[] {
    const { model, silenceMs = DEFAULT_SILENCE_MS } = this.#options;
    const untilMs = Math.min(pair.first.reachedMs, pair.second.reachedMs);
    if (nowMs - untilMs <= silenceMs || pair.state.status === 'unknown') return NO_CHANGES;
    return this.#become(pair, lose(model.filter, pair.state, untilMs + STRIDE_MS));
  }

  #become(pair: Pair, after: PairState): readonly CompanyChange[] {
    const before = pair.state;
    pair.state = after;
    if (after.status === before.status || !after.wasTogether) return NO_CHANGES;
    const { status, sinceMs, evaluatedMs: atMs, belief: probability } = after;
    return [{ first: pair.first.id, second: pair.second.id, status, sinceMs, atMs, probability }];
  }
}
