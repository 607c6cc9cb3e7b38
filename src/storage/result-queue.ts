import type { Results } from '../domain/store.js';
import { pointCount } from './points.js';

/** The oldest results of a queue, still in it. */
export interface QueueHead {
  readonly results: readonly Results[];
  readonly points: number;
  readonly windows: number;
  /** When the oldest of them was added, milliseconds. */
  readonly oldestAtMs: number;
}

interface Entry {
  readonly results: Results;
  readonly points: number;
  readonly addedAtMs: number;
}

/** Results in the order in which they came, up to a number of points. What is added together stays together. */
export class ResultQueue {
  readonly #maxPoints: number;
  readonly #entries: Entry[] = [];
  #points = 0;
  #windows = 0;
  #added = 0;
  #removed = 0;

  constructor(maxPoints: number) {
    this.#maxPoints = maxPoints;
  }

  get points(): number {
    return this.#points;
  }

  get windows(): number {
    return this.#windows;
  }

  /** How many times {@link add} took results. */
  get added(): number {
    return this.#added;
  }

  /** How many of the {@link added} have left. */
  get removed(): number {
    return this.#removed;
  }

  /** Takes results over whole, or, where they do not fit, not at all. */
  add(results: Results, nowMs: number): boolean {
    const points = pointCount(results);
    if (this.#points + points > this.#maxPoints) return false;
    this.#entries.push({ results, points, addedAtMs: nowMs });
    this.#points += points;
    this.#windows += results.windows.length;
    this.#added += 1;
    return true;
  }

  /** The oldest results: as many as have no more than `points` in all, but at least one. */
  peek(points: number): QueueHead {
    let count = 0;
    let total = 0;
    let windows = 0;
    for (const entry of this.#entries) {
      if (count > 0 && total + entry.points > points) break;
      count += 1;
      total += entry.points;
      windows += entry.results.windows.length;
    }
    const entries = this.#entries.slice(0, count);
    const oldestAtMs = entries[0]?.addedAtMs ?? 0;
    return { results: entries.map((entry) => entry.results), points: total, windows, oldestAtMs };
  }

  /** Removes what {@link peek} answered. */
  remove(head: QueueHead): void {
    this.#entries.splice(0, head.results.length);
    this.#points -= head.points;
    this.#windows -= head.windows;
    this.#removed += head.results.length;
  }
}
