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
  const intervals = points.flatMap((point, index) => intervalsOf(point, points[index + 1]?.atMs, options));
  return mergeIntervals(intervals.map((interval) => clip(interval, range)).filter(lastsAtAll));
}

/** Makes one interval of neighbours that touch and have the same status. */
export function mergeIntervals(intervals: readonly StatusInterval[]): StatusInterval[] {
  const merged: StatusInterval[] = [];
  for (const next of intervals) {
    const last = merged.at(-1);
    if (last !== undefined && last.status === next.status && last.toMs === next.fromMs) {
      merged[merged.length - 1] = join(last, next);
    } else {
      merged.push(next);
    }
  }
  return merged;
}

/** What a point says about the time until the next one: its status and, where that is too long ago, `unknown`. */
function intervalsOf(
  point: TimedStatus,
  nextMs: number | undefined,
  options: TimelineOptions,
): StatusInterval[] {
  const toMs = nextMs ?? Number.POSITIVE_INFINITY;
  const longestMs =
    nextMs === undefined ? options.silenceMs : (options.longestGapMs ?? Number.POSITIVE_INFINITY);
  const silentFromMs = toMs - point.atMs > longestMs ? point.atMs + options.silenceMs : toMs;
  return [
    {
      fromMs: point.atMs,
      toMs: Math.min(silentFromMs, toMs),
      status: point.status,
      confidence: point.confidence,
    },
    { fromMs: silentFromMs, toMs, status: 'unknown', confidence: 0 },
  ];
}

function clip(interval: StatusInterval, range: TimeRange): StatusInterval {
  return {
    ...interval,
    fromMs: Math.max(interval.fromMs, range.fromMs),
    toMs: Math.min(interval.toMs, range.toMs),
  };
}

function lastsAtAll(interval: StatusInterval): boolean {
  return interval.toMs > interval.fromMs;
}

function join(first: StatusInterval, second: StatusInterval): StatusInterval {
  const share = (second.toMs - second.fromMs) / (second.toMs - first.fromMs);
  return {
    fromMs: first.fromMs,
    toMs: second.toMs,
    status: first.status,
    confidence: first.confidence + (second.confidence - first.confidence) * share,
  };
}
