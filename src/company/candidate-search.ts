import type { DeviceId } from '../domain/ids.js';
import { areAlike, COURSE_MS, COURSE_WORDS, type Course, courseOf } from './course.js';
import { MovementBits } from './movement-bits.js';
import { SECOND_MS } from './signature-history.js';

/** Each pair is looked at this often, in so many turns: some of the pairs each second. */
const TURNS = 10;

interface Mover {
  readonly device: DeviceId;
  readonly bits: MovementBits;
  readonly turn: number;
  /** How far it has come, epoch milliseconds. */
  reachedMs: number;
  /** Its course of the second that was asked for last; none where nothing happened. */
  course: { readonly endMs: number; readonly found: Course | undefined };
  /** Memory of its course. */
  readonly words: Uint32Array;
}

/**
 * Finds, among all pairs of devices, those that are worth comparing: both moved in the last minute, and much at the same
 * moments; of few devices all. That depends on the rows of the two alone, whenever they come.
 */
export class CandidateSearch {
  readonly #movers = new Map<DeviceId, Mover>();
  readonly #byTurn: Mover[][] = Array.from({ length: TURNS }, () => []);

  readonly #mostOthers: number;

  /** @param mostOthers where there are no more, every pair is worth comparing */
  constructor(mostOthers: number) {
    this.#mostOthers = mostOthers;
  }

  get areFew(): boolean {
    return this.#movers.size <= this.#mostOthers + 1;
  }

  /** A device that was not known. @returns what its rows are to be added to, in the order of time */
  meet(device: DeviceId, reachedMs: number): MovementBits {
    const mover: Mover = {
      device,
      bits: new MovementBits(),
      turn: hashOf(device) % TURNS,
      reachedMs,
      course: { endMs: Number.NaN, found: undefined },
      words: new Uint32Array(COURSE_WORDS),
    };
    this.#movers.set(device, mover);
    this.#byTurn[mover.turn]?.push(mover);
    return mover.bits;
  }

  forget(device: DeviceId): void {
    const mover = this.#movers.get(device);
    if (mover === undefined) return;
    this.#movers.delete(device);
    this.#byTurn[mover.turn] = (this.#byTurn[mover.turn] ?? []).filter((other) => other !== mover);
  }

  /** A device has come to a second. @returns those which have come as far, if it is their turn, and did much alike */
  reach(device: DeviceId, endMs: number): DeviceId[] {
    const mover = this.#movers.get(device);
    if (mover === undefined) return [];
    mover.reachedMs = endMs;
    if (!this.areFew && courseAt(mover, endMs) === undefined) return [];
    const turn = (((endMs / SECOND_MS - mover.turn) % TURNS) + TURNS) % TURNS;
    const found: DeviceId[] = [];
    for (const other of this.#byTurn[turn] ?? []) {
      if (other === mover || other.reachedMs < endMs) continue;
      if (this.areFew || isAlike(mover, other, endMs)) found.push(other.device);
    }
    // In a crowd not everybody is to be compared with the same few.
    const from = found.length === 0 ? 0 : hashOf(`${device} ${endMs}`) % found.length;
    return [...found.slice(from), ...found.slice(0, from)];
  }
}

function isAlike(mover: Mover, other: Mover, endMs: number): boolean {
  const [first, second] = mover.device < other.device ? [mover, other] : [other, mover];
  const [one, theirs] = [courseAt(first, endMs), courseAt(second, endMs)];
  return one !== undefined && theirs !== undefined && areAlike(one, theirs);
}

function courseAt(mover: Mover, endMs: number): Course | undefined {
  if (mover.course.endMs !== endMs) {
    const found = mover.bits.reaches(endMs - COURSE_MS)
      ? courseOf(mover.bits, endMs, mover.words)
      : undefined;
    mover.course = { endMs, found };
  }
  return mover.course.found;
}

function hashOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) >>> 0;
  return hash;
}
