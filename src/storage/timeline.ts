import type { StatusInterval } from '../domain/status.js';
import type { StatusPoint, TimeRange } from '../domain/store.js';

export interface TimelineOptions {
  /** A status holds for at most this long after the last point, milliseconds; then it is `unknown`. */
  readonly silenceMs: number;
  /**
   * Between two points further apart than this, milliseconds, there was silence too (the gateway was off). Must be longer
   * than a heartbeat. Without it a status holds until the next point, however far away.
   */
  readonly longestGapMs?: number;
}

type TimedStatus = Pick<StatusPoint, 'atMs' | 'status' | 'confidence'>;

/**
 * Turns status points into intervals: a status holds from its point until the next one, and equal neighbours become one
 * interval whose confidence is their mean weighted by time.
 *
 * The intervals ascend without overlap or hole, from the first point (or the range's beginning, where that is later) to
 * the range's end. Before the first point there is nothing, not even `unknown`.
 *
 * @param points ascending by time; they may begin before the range, as `Store.statuses` answers
 */
export function buildTimeline(
  points: readonly TimedStatus[],
  range: TimeRange,
  options: TimelineOptions,
): StatusInterval[] {
  // One pass, with an object for each interval but none for each point: a month of heartbeats is 43,200 points.
  const intervals: Growing[] = [];
  points.forEach((point, index) => {
    const toMs = points[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
    const silentFromMs = endOfWord(point.atMs, toMs, options);
    append(intervals, point, Math.max(point.atMs, range.fromMs), Math.min(silentFromMs, toMs, range.toMs));
    append(intervals, SILENCE, Math.max(silentFromMs, range.fromMs), Math.min(toMs, range.toMs));
  });
  return intervals;
}

type Said = Pick<StatusInterval, 'status' | 'confidence'>;

const SILENCE: Said = { status: 'unknown', confidence: 0 };

/** An interval that the next one may prolong. */
type Growing = { -readonly [Key in keyof StatusInterval]: StatusInterval[Key] };

/**
 * Until when a point tells the status; after that it is `unknown`.
 *
 * @param nextMs when the next point is; Infinity if there is none
 */
function endOfWord(atMs: number, nextMs: number, { silenceMs, longestGapMs }: TimelineOptions): number {
  const isLast = nextMs === Number.POSITIVE_INFINITY;
  const longestMs = isLast ? silenceMs : (longestGapMs ?? Number.POSITIVE_INFINITY);
  return nextMs - atMs > longestMs ? atMs + silenceMs : nextMs;
}

/** Prolongs the last interval where the status goes on, with the mean confidence weighted by time, or begins another. */
function append(intervals: Growing[], { status, confidence }: Said, fromMs: number, toMs: number): void {
  if (!(toMs > fromMs)) return;
  const last = intervals.at(-1);
  if (last === undefined || last.status !== status || last.toMs !== fromMs) {
    intervals.push({ fromMs, toMs, status, confidence });
    return;
  }
  last.toMs = toMs;
  last.confidence += (confidence - last.confidence) * ((toMs - fromMs) / (toMs - last.fromMs));
}
