import { setImmediate as nextTurn } from 'node:timers/promises';
import { CompanyEngine, type CompanyEngineOptions } from '../company/company-engine.js';
import { SILENCE_MS } from '../company/company-finder.js';
import type { CompanyProgress } from '../company/company-state.js';
import type { SignatureShelf } from '../company/signature-shelf.js';
import type { CompanyChange } from '../domain/company.js';
import type { DeviceId } from '../domain/ids.js';
import { type Fence, untilDecided } from './fenced-sink.js';
import type { KeptPairs, KeptProgress } from './kept-pairs.js';

/** Comparisons hold the event loop for so long at most, and then let others in, milliseconds. */
const TURN_MS = 8;
/** How often it is written down how far the pairs are, milliseconds, and after how much of what was compared at the latest. */
const KEEP_MS = 5000;
const KEEP_COMPARED_MS = 30_000;

interface PairsParts extends Pick<CompanyEngineOptions, 'model' | 'subjectOf'> {
  readonly owned: Fence & { readonly right: { readonly token: number } };
  readonly kept: Pick<KeptPairs, 'write'>;
  readonly shelf: SignatureShelf;
  /** Whether a device belongs to the partition. */
  readonly isOwn: (device: DeviceId) => boolean;
  readonly takesPart: (device: DeviceId) => boolean;
  /** Time of the partition's log, epoch milliseconds: it stands still while nobody reads. */
  readonly logMs: () => number;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
  /** Brings a change to both devices; fails where it must be tried again. */
  readonly tell: (change: CompanyChange) => Promise<void>;
}

/** When another second of a device came last. */
interface Heard {
  readonly newestMs: number;
  readonly logMs: number;
}

/**
 * Compares the pairs of a partition: those whose smaller name belongs to it. What is found out is a function of the
 * signatures, so the next owner, that begins at the last record, finds out the same.
 */
export class PartitionPairs {
  readonly #parts: PairsParts;
  readonly #engine: CompanyEngine;
  readonly #heard = new Map<DeviceId, Heard>();
  /** Devices that were silent, with the newest second of each: they are met again with the next. */
  readonly #silent = new Map<DeviceId, number>();
  #untold: CompanyChange[] = [];
  #keptMs = Number.NEGATIVE_INFINITY;
  /** Up to where the record goes, epoch milliseconds; `undefined` while there is nothing to write down. */
  #keptToMs: number | undefined;

  /** @param before what the owner before has left */
  constructor(parts: PairsParts, before: KeptProgress | undefined) {
    const { model, subjectOf, shelf, isOwn } = parts;
    this.#parts = parts;
    // Silence is judged here, in the time of the log.
    const silenceMs = Number.POSITIVE_INFINITY;
    this.#engine = new CompanyEngine({ model, subjectOf, shelf, isOwn, silenceMs });
    if (before === undefined) return;
    this.#engine.resume(before.progress);
    this.#keptToMs = reachedIn(before.progress);
  }

  /** Whether there are devices whose pairs are compared. */
  get isFollowing(): boolean {
    return this.#engine.devices.size > 0;
  }

  /** Up to where the next owner would know the pairs, epoch milliseconds; Infinity where there are none. */
  get keptToMs(): number {
    return this.#keptToMs ?? Number.POSITIVE_INFINITY;
  }

  /** Whether pairs of a device are compared. */
  knows(device: DeviceId): boolean {
    return this.#engine.devices.has(device);
  }

  /** Another device that sends the same movement, as only a copy does. */
  copyOf(device: DeviceId): DeviceId | undefined {
    return this.#engine.copyOf(device);
  }

  /** Compares as far as the shelf goes. */
  async compare(): Promise<void> {
    this.#letGo();
    this.#meet();
    let turnEndsMs = performance.now() + TURN_MS;
    for (const changes of this.#engine.advance(Number.NEGATIVE_INFINITY)) {
      this.#untold.push(...changes);
      if (performance.now() < turnEndsMs) continue;
      await nextTurn();
      turnEndsMs = performance.now() + TURN_MS;
    }
    this.#noticeSilence();
  }

  /** Tells what was found out, in order, and writes down how far the pairs are. */
  async tell(): Promise<void> {
    const { owned, tell } = this.#parts;
    await untilDecided(owned);
    for (let [next] = this.#untold; next !== undefined && !owned.right.isLost; [next] = this.#untold) {
      await tell(next);
      const told = next;
      this.#untold = this.#untold.filter((change) => change !== told);
    }
    const reachedMs = reachedIn(this.#engine.progress()) ?? Number.NEGATIVE_INFINITY;
    const isFar = reachedMs - this.keptToMs >= KEEP_COMPARED_MS;
    if (isFar || performance.now() - this.#keptMs >= KEEP_MS) await this.keep();
  }

  /** Writes down how far the pairs are; nothing while changes wait to be told. */
  async keep(): Promise<void> {
    const { owned, kept, nowMs } = this.#parts;
    await untilDecided(owned);
    if (owned.right.isLost || this.#untold.length > 0) return;
    const { token } = owned.right;
    const progress = this.#engine.progress();
    if (!(await kept.write({ token, keptAtMs: nowMs(), progress }))) return;
    this.#keptMs = performance.now();
    this.#keptToMs = reachedIn(progress);
  }

  /** Nothing of a device is left, and nobody is told. */
  async erase(device: DeviceId): Promise<void> {
    this.#engine.forget(device);
    this.#heard.delete(device);
    this.#silent.delete(device);
    this.#untold = this.#untold.filter(({ first, second }) => first !== device && second !== device);
    await this.keep();
  }

  #letGo(): void {
    for (const device of [...this.#engine.devices.keys()])
      if (!this.#parts.takesPart(device)) this.#end(device);
  }

  #meet(): void {
    const { shelf, takesPart } = this.#parts;
    for (const [device, { fromMs, history }] of shelf) {
      if (!Number.isFinite(fromMs) || !takesPart(device)) continue;
      const silentMs = this.#silent.get(device) ?? Number.NEGATIVE_INFINITY;
      if (history.newestMs <= silentMs) continue;
      this.#silent.delete(device);
      const reachedMs = Math.max(fromMs, silentMs);
      this.#engine.meet(device, reachedMs);
      this.#keptToMs ??= reachedMs;
    }
  }

  #noticeSilence(): void {
    const { shelf, logMs: now } = this.#parts;
    const logMs = now();
    for (const device of [...this.#engine.devices.keys()]) {
      const newestMs = shelf.newestMs(device) ?? Number.NEGATIVE_INFINITY;
      const heard = this.#heard.get(device);
      if (heard === undefined || heard.newestMs !== newestMs) this.#heard.set(device, { newestMs, logMs });
      else if (logMs - heard.logMs >= SILENCE_MS) {
        this.#end(device);
        this.#silent.set(device, newestMs);
      }
    }
    for (const device of this.#silent.keys())
      if (shelf.get(device) === undefined) this.#silent.delete(device);
  }

  #end(device: DeviceId): void {
    this.#untold.push(...this.#engine.forget(device));
    this.#heard.delete(device);
  }
}

/** The furthest that a device was compared; `undefined` without any. Epoch milliseconds. */
function reachedIn({ devices }: CompanyProgress): number | undefined {
  if (devices.length === 0) return undefined;
  return devices.reduce((most, { reachedMs }) => Math.max(most, reachedMs), Number.NEGATIVE_INFINITY);
}
