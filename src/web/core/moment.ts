import type { components } from '../client/api-types.js';
import { formatDayAndTime, formatDuration, formatPercent, formatStatus } from './format.js';
import type { SeenGarments } from './garments.js';
import { intervalAt, type Timelines } from './intervals.js';
import type { Range } from './range.js';

export type ProbabilityPoint = components['schemas']['Probabilities']['points'][number];

/** What is known of one moment, as lines of words. */
export interface Moment {
  readonly time: string;
  readonly lines: readonly string[];
}

/** What is read: the place under a pointer, whatever time that is, or a time that keys chose. */
export type Cursor =
  | { readonly kind: 'place'; readonly share: number }
  | { readonly kind: 'time'; readonly timeMs: number };

/** The moment under a cursor, to the second: the time that is shown is the one that is described. */
export function timeOf(cursor: Cursor, { fromMs, toMs }: Range): number {
  const timeMs = cursor.kind === 'time' ? cursor.timeMs : fromMs + cursor.share * (toMs - fromMs);
  return Math.floor(timeMs / 1000) * 1000;
}

/** Where a cursor stands between the edges; `undefined` outside of what is drawn. */
export function shareOf(cursor: Cursor, { fromMs, toMs }: Range): number | undefined {
  if (cursor.kind === 'place') return cursor.share;
  const share = (cursor.timeMs - fromMs) / (toMs - fromMs);
  return share >= 0 && share <= 1 ? share : undefined;
}

interface Known {
  readonly targets: readonly string[];
  readonly timelines: Timelines;
  /** Of the timelines; 0: they are exact. */
  readonly resolutionMs: number;
  readonly points?: readonly ProbabilityPoint[];
  readonly seen?: readonly SeenGarments[];
}

/** Says what held at a moment: status, probability, coverage, apparel. */
export function describeMoment(timeMs: number, known: Known): Moment {
  const { targets, timelines, resolutionMs, points = [], seen = [] } = known;
  const point = nearestPoint(points, timeMs);
  const statuses = targets.map((target) => {
    const probability = point?.probabilities[target];
    return `${target}: ${wordsAt(timelines[target], target, timeMs)}${probability === undefined ? '' : `, probability ${formatPercent(probability)}`}`;
  });
  const worn = seen.findLast(({ fromMs, toMs }) => fromMs <= timeMs && timeMs < toMs);
  return {
    time: formatDayAndTime(timeMs),
    lines: [
      ...statuses,
      ...(point === undefined ? [] : [`coverage ${formatPercent(point.coverage)}, ${windowsOf(point)}`]),
      ...(worn === undefined
        ? []
        : [`apparel: ${worn.labels.join(', ')}, ${formatPercent(worn.probability)}`]),
      ...(resolutionMs === 0 ? [] : [`about: statuses are right to within ${formatDuration(resolutionMs)}`]),
    ],
  };
}

function wordsAt(intervals: Timelines[string] | undefined, target: string, timeMs: number): string {
  if (intervals === undefined) return 'not loaded yet';
  const interval = intervalAt(intervals, timeMs);
  if (interval === undefined) return 'nothing known';
  const words = formatStatus(target, interval.status);
  return interval.reason === undefined ? words : `${words} (${interval.reason.code})`;
}

function windowsOf({ windows }: ProbabilityPoint): string {
  return windows === 1 ? '1 window' : `mean of ${windows} windows`;
}

/** The point that holds a moment or ends next to it, within its own length. */
function nearestPoint(points: readonly ProbabilityPoint[], timeMs: number): ProbabilityPoint | undefined {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.toMs ?? 0) < timeMs) low = middle + 1;
    else high = middle;
  }
  const near = [points[low - 1], points[low]].filter((point) => point !== undefined);
  return near.find(({ fromMs, toMs }) => {
    const slackMs = toMs - fromMs;
    return timeMs >= fromMs - slackMs && timeMs <= toMs + slackMs;
  });
}
