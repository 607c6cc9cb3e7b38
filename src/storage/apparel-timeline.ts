import type { ApparelInterval } from '../domain/image.js';
import type { ApparelPoint, TimeRange } from '../domain/store.js';

/**
 * Turns the labels of frames into intervals: the most probable label of a frame holds until the next frame, at most for
 * `holdMs`; equal neighbours become one interval whose confidence is their mean weighted by time.
 *
 * @param points ascending by time; they may begin before the range
 */
export function buildApparelTimeline(
  points: readonly ApparelPoint[],
  range: TimeRange,
  holdMs: number,
): ApparelInterval[] {
  const best = mostProbable(points);
  const intervals = best.map(({ atMs, label, probability }, index): ApparelInterval => {
    const endMs = Math.min(best[index + 1]?.atMs ?? Number.POSITIVE_INFINITY, atMs + holdMs);
    const [fromMs, toMs] = [Math.max(atMs, range.fromMs), Math.min(endMs, range.toMs)];
    return { fromMs, toMs, status: 'yes', label, confidence: probability };
  });
  return merge(intervals.filter(({ fromMs, toMs }) => toMs > fromMs));
}

function mostProbable(points: readonly ApparelPoint[]): ApparelPoint[] {
  const best: ApparelPoint[] = [];
  for (const point of points) {
    const last = best.at(-1);
    if (last?.atMs !== point.atMs) best.push(point);
    else if (point.probability > last.probability) best[best.length - 1] = point;
  }
  return best;
}

function merge(intervals: readonly ApparelInterval[]): ApparelInterval[] {
  const merged: ApparelInterval[] = [];
  for (const next of intervals) {
    const last = merged.at(-1);
    const touches = last !== undefined && last.label === next.label && last.toMs === next.fromMs;
    if (touches) merged[merged.length - 1] = join(last, next);
    else merged.push(next);
  }
  return merged;
}

function join(a: ApparelInterval, b: ApparelInterval): ApparelInterval {
  const [lengthA, lengthB] = [a.toMs - a.fromMs, b.toMs - b.fromMs];
  const confidence = (a.confidence * lengthA + b.confidence * lengthB) / (lengthA + lengthB);
  return { ...a, toMs: b.toMs, confidence };
}
