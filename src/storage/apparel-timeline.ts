import type { ApparelInterval } from '../domain/image.js';
import type { ApparelPoint, TimeRange } from '../domain/store.js';

/**
 * Turns the labels of frames into intervals: the most probable label of a frame, or all that its people wear, hold until the
 * next frame, at most for `holdMs`; equal neighbours become one interval whose confidence is their mean weighted by time.
 *
 * @param points ascending by time; they may begin before the range
 */
export function buildApparelTimeline(
  points: readonly ApparelPoint[],
  range: TimeRange,
  holdMs: number,
): ApparelInterval[] {
  const frames = framesOf(points);
  const intervals = frames.map(([best, ...others], index): ApparelInterval => {
    const { atMs, label, probability } = best;
    const endMs = Math.min(frames[index + 1]?.[0].atMs ?? Number.POSITIVE_INFINITY, atMs + holdMs);
    const [fromMs, toMs] = [Math.max(atMs, range.fromMs), Math.min(endMs, range.toMs)];
    const worn = best.people && { labels: [label, ...others.map((other) => other.label)] };
    return { fromMs, toMs, status: 'yes', label, ...worn, confidence: probability };
  });
  return merge(intervals.filter(({ fromMs, toMs }) => toMs > fromMs));
}

/** The points of each frame, the most probable first. */
function framesOf(points: readonly ApparelPoint[]): [ApparelPoint, ...ApparelPoint[]][] {
  const frames: [ApparelPoint, ...ApparelPoint[]][] = [];
  for (const point of points) {
    const last = frames.at(-1);
    if (last?.[0].atMs === point.atMs) last.push(point);
    else frames.push([point]);
  }
  for (const frame of frames) frame.sort((a, b) => b.probability - a.probability);
  return frames;
}

function isSame(a: ApparelInterval, b: ApparelInterval): boolean {
  if (a.labels === undefined || b.labels === undefined) return a.label === b.label && a.labels === b.labels;
  return a.labels.toSorted().join('\n') === b.labels.toSorted().join('\n');
}

function merge(intervals: readonly ApparelInterval[]): ApparelInterval[] {
  const merged: ApparelInterval[] = [];
  for (const next of intervals) {
    const last = merged.at(-1);
    const touches = last !== undefined && isSame(last, next) && last.toMs === next.fromMs;
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
