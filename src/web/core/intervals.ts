import type { Status, StatusInterval } from '../client/client.js';
import type { Range } from './range.js';

/** Intervals by target. */
export type Timelines = Readonly<Record<string, readonly StatusInterval[]>>;

/** A status as live events tell it. */
export interface StatusNews {
  readonly status: Status;
  readonly confidence: number;
  readonly sinceMs: number;
  readonly atMs: number;
}

/** Puts what a live event said into a timeline: what was thought to hold since then is replaced. */
export function applyNews(intervals: readonly StatusInterval[], news: StatusNews): StatusInterval[] {
  const { status, confidence, sinceMs, atMs } = news;
  const last = intervals.at(-1);
  if (last?.status === status && last.fromMs <= sinceMs && last.toMs >= sinceMs) {
    return [...intervals.slice(0, -1), { ...last, confidence, toMs: Math.max(last.toMs, atMs) }];
  }
  const before = intervals.filter(({ fromMs }) => fromMs < sinceMs);
  const cut = before.map((interval) => ({ ...interval, toMs: Math.min(interval.toMs, sinceMs) }));
  return [...cut, { fromMs: sinceMs, toMs: Math.max(atMs, sinceMs), status, confidence }];
}

/** Statuses are repeated each minute; what is older does not reach until now. */
const HOLDS_MS = 120_000;

/** Lets the last interval hold until now, unless it ended long ago. */
export function extendToNow(
  intervals: readonly StatusInterval[],
  nowMs: number,
  longestMs = HOLDS_MS,
): readonly StatusInterval[] {
  const last = intervals.at(-1);
  if (last === undefined || last.toMs >= nowMs || nowMs - last.toMs > longestMs) return intervals;
  return [...intervals.slice(0, -1), { ...last, toMs: nowMs }];
}

/** The interval that holds a moment. */
export function intervalAt(intervals: readonly StatusInterval[], timeMs: number): StatusInterval | undefined {
  let [low, high] = [0, intervals.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((intervals[middle]?.toMs ?? 0) <= timeMs) low = middle + 1;
    else high = middle;
  }
  const found = intervals[low];
  return found !== undefined && found.fromMs <= timeMs ? found : undefined;
}

/** Lays finely resolved intervals of a part over coarse ones of the whole. */
export function overlay(
  coarse: readonly StatusInterval[],
  fine: readonly StatusInterval[],
  part: Range,
): StatusInterval[] {
  const before = coarse
    .filter(({ fromMs }) => fromMs < part.fromMs)
    .map((interval) => ({ ...interval, toMs: Math.min(interval.toMs, part.fromMs) }));
  const after = coarse
    .filter(({ toMs }) => toMs > part.toMs)
    .map((interval) => ({ ...interval, fromMs: Math.max(interval.fromMs, part.toMs) }));
  return [...before, ...fine, ...after];
}
