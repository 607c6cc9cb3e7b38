import type { CompanyChange, CompanyStatus, SignatureRow } from '../domain/company.js';
import type { DeviceId } from '../domain/ids.js';
import { type CompanyModel, evidenceOf } from './company-model.js';
import { type CompanyState, rowsFromText, rowsToText, STATE_VERSION } from './company-state.js';
import { groupsOf } from './groups.js';
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
  /** Pairs followed at once. @defaultValue 5,000 */
  readonly maxPairs?: number;
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

interface Pair {
  readonly first: DeviceId;
  readonly second: DeviceId;
  state: PairState;
}

/** Pairs are compared this often, in event time: at whole multiples of it, so that a restart changes nothing. */
const STRIDE_MS = 2 * SECOND_MS;
const DEFAULT_MAX_PAIRS = 5_000;
const DEFAULT_SILENCE_MS = 120_000;

/**
 * Follows who is with whom, from the signatures of all devices.
 *
 * A pair is compared as far as both devices' rows go, so it does not matter when the rows come: the same rows give the
 * same changes. Only silence goes by the gateway's clock. Changes are told of pairs that are or were together.
 */
export class CompanyEngine {
  readonly #options: CompanyEngineOptions;
  readonly #histories = new Map<DeviceId, SignatureHistory>();
  readonly #pairs = new Map<string, Pair>();
  /** The window of a device that was used last. */
  readonly #windows = new Map<DeviceId, { readonly endMs: number; readonly window: MovementWindow }>();

  constructor(options: CompanyEngineOptions) {
    this.#options = options;
  }

  /** Takes signatures in; those that are known already change nothing. */
  take(rows: readonly SignatureRow[]): void {
    for (const row of rows) {
      if (this.#options.isComparable?.(row.device) === false) continue;
      const history = this.#histories.get(row.device) ?? this.#meet(row.device, row.endMs);
      history.add(row);
    }
  }

  /** Compares all pairs as far as their rows go. */
  advance(nowMs: number): CompanyChange[] {
    const due = [...this.#pairs.values()].map((pair) => ({ pair, untilMs: this.#commonMs(pair) }));
    const changes: CompanyChange[] = [];
    const behind = due.filter(({ pair, untilMs }) => pair.state.evaluatedMs + STRIDE_MS <= untilMs);
    const firstMs = behind.reduce((least, { pair }) => Math.min(least, pair.state.evaluatedMs), Infinity);
    const lastMs = behind.reduce((most, { untilMs }) => Math.max(most, untilMs), -Infinity);
    for (let endMs = firstMs + STRIDE_MS; endMs <= lastMs; endMs += STRIDE_MS) {
      for (const { pair, untilMs } of behind) {
        if (pair.state.evaluatedMs < endMs && endMs <= untilMs)
          changes.push(...this.#become(pair, this.#compare(pair, endMs)));
      }
    }
    for (const { pair, untilMs } of due) changes.push(...this.#noticeSilence(pair, untilMs, nowMs));
    return changes;
  }

  /** Ends the pairs of a device, told for the others' sake; nothing of it is left. */
  forget(device: DeviceId): CompanyChange[] {
    const own = [...this.#pairs].filter(([, { first, second }]) => first === device || second === device);
    this.#histories.delete(device);
    this.#windows.delete(device);
    return own.flatMap(([key, pair]) => {
      this.#pairs.delete(key);
      return this.#become(pair, lose(this.#options.model.filter, pair.state, pair.state.evaluatedMs));
    });
  }

  /** Who is with a device now, the most probable first. */
  companyOf(device: DeviceId): CompanyNow[] {
    return this.#together()
      .flatMap(({ first, second, state }) => {
        if (first !== device && second !== device) return [];
        return [nowOf(first === device ? second : first, state)];
      })
      .sort((a, b) => b.probability - a.probability);
  }

  /** What is held true of two devices; `undefined` where they are not followed. */
  statusOf(a: DeviceId, b: DeviceId): CompanyNow | undefined {
    const pair = this.#pairs.get(keyOf(a, b));
    return pair === undefined ? undefined : nowOf(b, pair.state);
  }

  /** Who is together now: a device that is with one of a group belongs to it. */
  groups(): DeviceId[][] {
    return groupsOf(this.#together());
  }

  /** Rows of a device that end after this are needed to go on from what a snapshot holds, epoch milliseconds. */
  neededFromMs(device: DeviceId): number {
    return this.#histories.get(device)?.newestMs ?? Number.NEGATIVE_INFINITY;
  }

  /** Everything known, plain. */
  snapshot(): CompanyState {
    return {
      version: STATE_VERSION,
      devices: Array.from(this.#histories, ([device, history]) => ({
        device,
        newestMs: history.newestMs,
        rows: rowsToText(history.before(history.newestMs, this.#keptSeconds(device, history))),
      })),
      pairs: Array.from(this.#pairs.values(), ({ first, second, state }) => ({ first, second, state })),
    };
  }

  /** Goes on where another run was. */
  restore({ devices, pairs }: CompanyState): void {
    for (const { device, newestMs, rows } of devices) {
      const history = new SignatureHistory();
      for (const row of rowsFromText(rows, newestMs)) history.add(row);
      this.#histories.set(device, history);
    }
    for (const { first, second, state } of pairs)
      this.#pairs.set(keyOf(first, second), { first, second, state });
  }

  /** A device that was not known: pairs with those that are. */
  #meet(device: DeviceId, endMs: number): SignatureHistory {
    const { model, subjectOf, maxPairs = DEFAULT_MAX_PAIRS } = this.#options;
    const fromMs = Math.ceil(endMs / STRIDE_MS) * STRIDE_MS - STRIDE_MS;
    for (const other of this.#histories.keys()) {
      if (this.#pairs.size >= maxPairs) break;
      if (subjectOf(other) === subjectOf(device)) continue;
      const [first, second] = other < device ? [other, device] : [device, other];
      this.#pairs.set(keyOf(first, second), { first, second, state: newPairState(model.filter, fromMs) });
    }
    const history = new SignatureHistory();
    this.#histories.set(device, history);
    return history;
  }

  /** How far both devices' rows go, at a whole stride. */
  #commonMs({ first, second }: Pair): number {
    const newestMs = Math.min(
      this.#histories.get(first)?.newestMs ?? -Infinity,
      this.#histories.get(second)?.newestMs ?? -Infinity,
    );
    return Math.floor(newestMs / STRIDE_MS) * STRIDE_MS;
  }

  #compare({ first, second, state }: Pair, endMs: number): PairState {
    const { model } = this.#options;
    const [a, b] = [this.#windowOf(first, endMs), this.#windowOf(second, endMs)];
    const evidence = isCopy(a, b) ? 0 : evidenceOf(pairFeatures(a, b, model.shape), model);
    const middleMs = endMs - (model.shape.lagSeconds + model.shape.seconds / 2) * SECOND_MS;
    return observe(model.filter, state, evidence, { endMs, middleMs });
  }

  #windowOf(device: DeviceId, endMs: number): MovementWindow {
    const known = this.#windows.get(device);
    if (known?.endMs === endMs) return known.window;
    const { seconds, lagSeconds } = this.#options.model.shape;
    const rows = (this.#histories.get(device) ?? new SignatureHistory()).before(
      endMs,
      seconds + 2 * lagSeconds,
    );
    const window = movementWindowOf(rows);
    this.#windows.set(device, { endMs, window });
    return window;
  }

  #noticeSilence(pair: Pair, untilMs: number, nowMs: number): CompanyChange[] {
    const { model, silenceMs = DEFAULT_SILENCE_MS } = this.#options;
    if (nowMs - untilMs <= silenceMs || pair.state.status === 'unknown') return [];
    return this.#become(pair, lose(model.filter, pair.state, untilMs + STRIDE_MS));
  }

  #become(pair: Pair, after: PairState): CompanyChange[] {
    const before = pair.state;
    pair.state = after;
    if (after.status === before.status || !after.wasTogether) return [];
    const { first, second } = pair;
    const { status, sinceMs, evaluatedMs: atMs, belief: probability } = after;
    return [{ first, second, status, sinceMs, atMs, probability }];
  }

  #together(): Pair[] {
    return [...this.#pairs.values()].filter(({ state }) => state.status === 'together');
  }

  /** As many of a device's rows as windows still to come need. */
  #keptSeconds(device: DeviceId, { newestMs }: SignatureHistory): number {
    const { seconds, lagSeconds } = this.#options.model.shape;
    let evaluatedMs = newestMs;
    for (const { first, second, state } of this.#pairs.values())
      if (first === device || second === device) evaluatedMs = Math.min(evaluatedMs, state.evaluatedMs);
    const behind = (newestMs - evaluatedMs) / SECOND_MS;
    return Math.min(HISTORY_SECONDS, Math.ceil(behind) + seconds + 2 * lagSeconds);
  }
}

function keyOf(a: DeviceId, b: DeviceId): string {
  return a < b ? `${a}/${b}` : `${b}/${a}`;
}

function nowOf(other: DeviceId, { status, sinceMs, belief }: PairState): CompanyNow {
  return { with: other, status, sinceMs, probability: belief };
}
