import type { DeviceId } from '../domain/ids.js';
import { areAlike, type LatestCourse } from './course.js';
import { SECOND_MS } from './signature-history.js';

/** Each pair is looked at this often, in so many turns: some of the pairs each second. */
const TURNS = 10;

interface Mover {
  readonly device: DeviceId;
  readonly course: LatestCourse;
  readonly turn: number;
  readonly isOwn: boolean;
  /** How far it has come, epoch milliseconds. */
  reachedMs: number;
}

/**
 * Finds, among all pairs of devices, those that are worth comparing: both moved in the last minute, and much at the same
 * moments; of few devices all. That depends on the rows of the two alone, whenever they come.
 */
export class CandidateSearch {
  readonly #movers = new Map<DeviceId, Mover>();
  readonly #byTurn: Mover[][] = Array.from({ length: TURNS }, () => []);
  readonly #ownByTurn: Mover[][] = Array.from({ length: TURNS }, () => []);
  readonly #mostOthers: number;

  /** @param mostOthers where there are no more, every pair is worth comparing */
  constructor(mostOthers: number) {
    this.#mostOthers = mostOthers;
  }

  get areFew(): boolean {
    return this.#movers.size <= this.#mostOthers + 1;
  }

  /**
   * A device that was not known.
   *
   * @param isOwn whether it is to be found for devices that are not
   */
  meet(device: DeviceId, reachedMs: number, course: LatestCourse, isOwn = true): void {
    const mover: Mover = { device, course, turn: hashOf(device) % TURNS, isOwn, reachedMs };
    this.#movers.set(device, mover);
    this.#byTurn[mover.turn]?.push(mover);
    if (isOwn) this.#ownByTurn[mover.turn]?.push(mover);
  }

  forget(device: DeviceId): void {
    const mover = this.#movers.get(device);
    if (mover === undefined) return;
    this.#movers.delete(device);
    for (const byTurn of [this.#byTurn, this.#ownByTurn])
      byTurn[mover.turn] = (byTurn[mover.turn] ?? []).filter((other) => other !== mover);
  }

  /** A device has come to a second. @returns those which have come as far, if it is their turn, and did much alike */
  reach(device: DeviceId, endMs: number): DeviceId[] {
    const mover = this.#movers.get(device);
    if (mover === undefined) return [];
    mover.reachedMs = endMs;
    if (!this.areFew && mover.course.at(endMs) === undefined) return [];
    const turn = (((endMs / SECOND_MS - mover.turn) % TURNS) + TURNS) % TURNS;
    const found: DeviceId[] = [];
    for (const other of (mover.isOwn ? this.#byTurn : this.#ownByTurn)[turn] ?? []) {
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
  const [one, theirs] = [first.course.at(endMs), second.course.at(endMs)];
  return one !== undefined && theirs !== undefined && areAlike(one, theirs);
}

function hashOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) >>> 0;
  return hash;
}
