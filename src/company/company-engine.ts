import type { CompanyChange, CompanyStatus, SignatureRow } from '../domain/company.js';
import type { DeviceId } from '../domain/ids.js';
import { CandidateSearch } from './candidate-search.js';
import { type CompanyModel, evidenceOf } from './company-model.js';
import { type CompanyState, rowsFromText, rowsToText, STATE_VERSION } from './company-state.js';
import { COURSE_MS } from './course.js';
import { groupNumbersOf } from './groups.js';
import type { MovementBits } from './movement-bits.js';
import { isCopy, type MovementWindow, movementWindowOf } from './movement-window.js';
import { pairFeatures } from './pair-features.js';
import { lose, newPairState, observe, type PairState } from './pair-tracker.js';
import { HISTORY_SECONDS, SECOND_MS, SignatureHistory } from './signature-history.js';

export interface CompanyEngineOptions {
  readonly model: CompanyModel;
  /** Whose a device is: devices of one subject are no company for each other. */
  readonly subjectOf: (device: DeviceId) => string;
  /** Whether anything may be said of a device: its wearer agreed, and its clock is right. @defaultValue all may */
  readonly isComparable?: (device: DeviceId) => boolean;
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

interface Device {
  readonly id: DeviceId;
  readonly history: SignatureHistory;
  readonly bits: MovementBits;
  /** As far as it has been compared, epoch milliseconds. */
  reachedMs: number;
  /** The pairs that are followed, by the other device. */
  readonly pairs: Map<DeviceId, Pair>;
  /** The window that was used last. */
  window: { readonly endMs: number; readonly found: MovementWindow } | undefined;
}

interface Pair {
  readonly first: Device;
  readonly second: Device;
  state: PairState;
  /** When the two moved alike last, epoch milliseconds of event time. */
  alikeMs: number;
}

/** Pairs are compared this often, in event time: at whole multiples of it, so that a restart changes nothing. */
const STRIDE_MS = 2 * SECOND_MS;
/** Two who are not together, and did nothing alike for so long, are not followed any more, milliseconds. */
const LET_GO_MS = 60_000;
/** Share of what is believed of a pair before anything is seen, below which it is let go. */
const HARDLY = 0.25;
/** What is found out of a pair is dated back this far at most before it began to be followed, milliseconds. */
const EARLIEST_MS = 60_000;
/** Devices whose rows come so much later than others' find them as they were also after a restart, milliseconds. */
const LATE_MS = 60_000;
const DEFAULT_MAX_PARTNERS = 8;
/** Others of another group that a device is compared with besides, where it can be compared with no more of its own. */
const PARTNERS_ELSEWHERE = 2;
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
  readonly #devices = new Map<DeviceId, Device>();
  readonly #pairs = new Set<Pair>();
  readonly #search: CandidateSearch;
  /** To which group of those who are together each device belongs; `undefined` where that must be looked up again. */
  #groupOf: ReadonlyMap<DeviceId, number> | undefined;

  constructor(options: CompanyEngineOptions) {
    this.#options = options;
    this.#search = new CandidateSearch(this.#maxPartners);
  }

  /** Takes signatures in; those that are known already change nothing. */
  take(rows: readonly SignatureRow[]): void {
    for (const row of rows) {
      if (this.#options.isComparable?.(row.device) === false) continue;
      const device = this.#devices.get(row.device) ?? this.#meet(row.device, row.endMs - SECOND_MS);
      if (device.history.add(row)) device.bits.add(row);
    }
  }

  /** Compares all pairs as far as their rows go. */
  advance(nowMs: number): CompanyChange[] {
    const changes: CompanyChange[] = [];
    this.#groupOf = undefined;
    const behind = [...this.#devices.values()].filter(
      ({ history, reachedMs }) => reachedMs < history.newestMs,
    );
    for (const device of behind)
      device.reachedMs = Math.max(device.reachedMs, device.history.newestMs - HISTORY_SECONDS * SECOND_MS);
    const fromMs = behind.reduce((least, { reachedMs }) => Math.min(least, reachedMs), Infinity);
    const toMs = behind.reduce((most, { history }) => Math.max(most, history.newestMs), -Infinity);
    for (let endMs = fromMs + SECOND_MS; endMs <= toMs; endMs += SECOND_MS) {
      for (const device of behind)
        if (device.reachedMs < endMs && endMs <= device.history.newestMs) this.#reach(device, endMs);
      if (endMs % STRIDE_MS === 0) changes.push(...this.#compareAll(endMs));
    }
    for (const pair of this.#pairs) changes.push(...this.#noticeSilence(pair, nowMs));
    return changes;
  }

  /** Ends the pairs of a device, told for the others' sake; nothing of it is left. */
  forget(device: DeviceId): CompanyChange[] {
    const { filter } = this.#options.model;
    const own = [...(this.#devices.get(device)?.pairs.values() ?? [])];
    this.#devices.delete(device);
    this.#search.forget(device);
    return own.flatMap((pair) => {
      this.#letGo(pair);
      return this.#become(pair, lose(filter, pair.state, pair.state.evaluatedMs));
    });
  }

  /** What is held true of two devices; `undefined` where they do not move alike, and so are not followed. */
  statusOf(a: DeviceId, b: DeviceId): CompanyNow | undefined {
    const state = this.#devices.get(a)?.pairs.get(b)?.state;
    if (state === undefined) return undefined;
    const { status, sinceMs, belief: probability } = state;
    return { with: b, status, sinceMs, probability };
  }

  /** Everything known, plain. */
  snapshot(): CompanyState {
    const keptMs = this.#keptFromMs();
    return {
      version: STATE_VERSION,
      devices: Array.from(this.#devices.values(), ({ id: device, history, reachedMs }) => {
        const { newestMs } = history;
        const seconds = Math.min(
          HISTORY_SECONDS,
          (newestMs - Math.min(newestMs, keptMs) + COURSE_MS) / SECOND_MS,
        );
        return { device, newestMs, reachedMs, rows: rowsToText(history.before(newestMs, seconds)) };
      }),
      pairs: Array.from(this.#pairs, ({ first, second, state, alikeMs }) => ({
        first: first.id,
        second: second.id,
        state,
        alikeMs,
      })),
    };
  }

  /** Goes on where another run was. */
  restore({ devices, pairs }: CompanyState): void {
    for (const { device: id, newestMs, reachedMs, rows } of devices) {
      const device = this.#meet(id, reachedMs);
      for (const row of rowsFromText(rows, newestMs)) {
        device.history.add(row);
        device.bits.add(row);
      }
    }
    for (const { first, second, state, alikeMs } of pairs) {
      const [one, other] = [this.#devices.get(first), this.#devices.get(second)];
      if (one !== undefined && other !== undefined) this.#keep({ first: one, second: other, state, alikeMs });
    }
  }

  #meet(id: DeviceId, reachedMs: number): Device {
    const bits = this.#search.meet(id, reachedMs);
    const history = new SignatureHistory();
    const device: Device = { id, history, bits, reachedMs, pairs: new Map(), window: undefined };
    this.#devices.set(id, device);
    return device;
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
    const { subjectOf, model } = this.#options;
    if (other === undefined || subjectOf(one.id) === subjectOf(other.id)) return;
    if (!this.#hasRoom(one, other) || !this.#hasRoom(other, one)) return;
    const [first, second] = one.id < other.id ? [one, other] : [other, one];
    // The first window counts in full.
    const fromMs = alikeMs - model.filter.independentMs;
    const state = newPairState(model.filter, fromMs, alikeMs - EARLIEST_MS);
    this.#keep({ first, second, state, alikeMs });
  }

  /**
   * Whether a device can be compared with one more. There is always some room for another group, so that in a crowd all
   * hang together.
   */
  #hasRoom({ id, pairs }: Device, other: Device): boolean {
    if (pairs.size < this.#maxPartners) return true;
    if (pairs.size >= this.#maxPartners + PARTNERS_ELSEWHERE) return false;
    const group = this.#groups().get(id);
    return group !== undefined && group !== this.#groups().get(other.id);
  }

  get #maxPartners(): number {
    return this.#options.maxPartners ?? DEFAULT_MAX_PARTNERS;
  }

  #groups(): ReadonlyMap<DeviceId, number> {
    this.#groupOf ??= groupNumbersOf(
      [...this.#pairs]
        .filter(({ state }) => state.status === 'together')
        .map(({ first, second }) => ({ first: first.id, second: second.id })),
    );
    return this.#groupOf;
  }

  #keep(pair: Pair): void {
    this.#pairs.add(pair);
    pair.first.pairs.set(pair.second.id, pair);
    pair.second.pairs.set(pair.first.id, pair);
  }

  #letGo(pair: Pair): void {
    this.#pairs.delete(pair);
    pair.first.pairs.delete(pair.second.id);
    pair.second.pairs.delete(pair.first.id);
  }

  #compareAll(endMs: number): CompanyChange[] {
    const changes: CompanyChange[] = [];
    for (const pair of this.#pairs) {
      const { first, second, state, alikeMs } = pair;
      if (state.evaluatedMs >= endMs || first.reachedMs < endMs || second.reachedMs < endMs) continue;
      changes.push(...this.#become(pair, this.#compare(pair, endMs)));
      if (this.#isOver(pair.state, alikeMs)) this.#letGo(pair);
    }
    return changes;
  }

  /** Whether nothing is to be expected of a pair: it was never together and looks apart, or has done nothing alike for long. */
  #isOver({ status, wasTogether, belief, evaluatedMs, sinceMs }: PairState, alikeMs: number): boolean {
    if (status === 'together') return false;
    if (!this.#search.areFew && !wasTogether && belief < HARDLY * this.#options.model.filter.share)
      return true;
    return evaluatedMs - Math.max(alikeMs, sinceMs) > LET_GO_MS;
  }

  #compare({ first, second, state }: Pair, endMs: number): PairState {
    const { model } = this.#options;
    const [a, b] = [this.#windowOf(first, endMs), this.#windowOf(second, endMs)];
    const evidence = isCopy(a, b) ? 0 : evidenceOf(pairFeatures(a, b, model.shape), model);
    const middleMs = endMs - (model.shape.lagSeconds + model.shape.seconds / 2) * SECOND_MS;
    return observe(model.filter, state, evidence, { endMs, middleMs });
  }

  #windowOf(device: Device, endMs: number): MovementWindow {
    if (device.window?.endMs === endMs) return device.window.found;
    const { seconds, lagSeconds } = this.#options.model.shape;
    const found = movementWindowOf(device.history.before(endMs, seconds + 2 * lagSeconds));
    device.window = { endMs, found };
    return found;
  }

  #noticeSilence(pair: Pair, nowMs: number): CompanyChange[] {
    const { model, silenceMs = DEFAULT_SILENCE_MS } = this.#options;
    const untilMs = Math.min(pair.first.reachedMs, pair.second.reachedMs);
    if (nowMs - untilMs <= silenceMs || pair.state.status === 'unknown') return [];
    return this.#become(pair, lose(model.filter, pair.state, untilMs + STRIDE_MS));
  }

  #become(pair: Pair, after: PairState): CompanyChange[] {
    const before = pair.state;
    pair.state = after;
    if (after.status === before.status || !after.wasTogether) return [];
    const { status, sinceMs, evaluatedMs: atMs, belief: probability } = after;
    return [{ first: pair.first.id, second: pair.second.id, status, sinceMs, atMs, probability }];
  }

  /** From where on rows of all devices are needed: devices that are a little late will be laid beside them. */
  #keptFromMs(): number {
    const reached = Array.from(this.#devices.values(), ({ reachedMs }) => reachedMs);
    const lateMs = reached.reduce((most, each) => Math.max(most, each), -Infinity) - LATE_MS;
    return reached.reduce((least, each) => (each >= lateMs ? Math.min(least, each) : least), Infinity);
  }
}
