import { formatDayAndTime, formatPercent, formatStatus } from '../core/format.js';
import { intervalAt } from '../core/intervals.js';
import type { Timelines } from './device-timelines.js';
import type { ProbabilityPoint, SeenLabel } from './history.js';

/** What is known of one moment, as lines of words. */
export interface Moment {
  readonly time: string;
  readonly lines: readonly string[];
}

interface Known {
  readonly targets: readonly string[];
  readonly timelines: Timelines;
  readonly points: readonly ProbabilityPoint[];
  readonly labels: readonly SeenLabel[];
}

/** Says what held at a moment: status, probability, coverage, apparel. */
export function describeMoment(timeMs: number, { targets, timelines, points, labels }: Known): Moment {
  const point = nearestPoint(points, timeMs);
  const statuses = targets.map((target) => {
    const interval = intervalAt(timelines[target] ?? [], timeMs);
    const probability = point?.probabilities[target];
    const words = interval === undefined ? 'nothing known' : formatStatus(target, interval.status);
    return `${target}: ${words}${probability === undefined ? '' : `, probability ${formatPercent(probability)}`}`;
  });
  const label = labels.findLast(({ fromMs, toMs }) => fromMs <= timeMs && timeMs < toMs);
  return {
    time: formatDayAndTime(timeMs),
    lines: [
      ...statuses,
      ...(point === undefined ? [] : [`coverage ${formatPercent(point.coverage)}, ${windowsOf(point)}`]),
      ...(label === undefined ? [] : [`apparel: ${label.label}, ${formatPercent(label.probability)}`]),
    ],
  };
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
