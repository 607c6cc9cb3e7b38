import type { CurrentStatus } from '../../domain/device.js';
import type { DeviceId } from '../../domain/ids.js';
import type { Status, StatusInterval, UnknownReason } from '../../domain/status.js';
import type { TimeRange } from '../../domain/store.js';
import type { Manifest } from '../../inference/models/manifest.js';
import type { HttpDependencies } from '../dependencies.js';
import { HttpProblem, queryProblem } from '../problem.js';
import { resolveTimeRange } from '../time-range.js';

/** A timeline with the reason why nothing is known now, where that is so. */
interface ExplainedTimeline {
  readonly intervals: readonly StatusInterval[];
  readonly reason: UnknownReason | undefined;
}

interface TimelineQuery {
  readonly target: string;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/**
 * Statuses of one target over a time range, at most until now.
 *
 * @throws HttpProblem 400 for a range or target that cannot be, 404 for a device nobody knows
 */
export async function readTimeline(
  id: DeviceId,
  query: TimelineQuery,
  dependencies: Pick<
    HttpDependencies,
    'buildTimeline' | 'clock' | 'devices' | 'models' | 'reasonDuring' | 'store' | 'unknownOf'
  >,
): Promise<ExplainedTimeline> {
  const { buildTimeline, clock, devices, models, reasonDuring, store, unknownOf } = dependencies;
  const nowMs = clock.nowMs();
  const range = resolveTimeRange(query, nowMs);
  const points = await store.statuses(id, query.target, range);
  // What is stored can be shown also while nobody can say why nothing is known now.
  const live = await devices.get(id).catch(() => undefined);
  const now = (live?.unknown ?? unknownOf(id)).find(({ target }) => target === query.target);
  if (points.length === 0) {
    await requireDevice(id, dependencies);
    requireTarget(query.target, models(), now);
  }
  // Nothing is known of the future, not even that it is unknown; but a device's clock, or a replay, may be ahead.
  const knownUntilMs = Math.max(nowMs, points.at(-1)?.atMs ?? nowMs);
  const intervals = buildTimeline(points, { ...range, toMs: Math.min(range.toMs, knownUntilMs) }).map(
    (interval) => withReason(interval, () => reasonDuring(id, query.target, interval)),
  );
  return {
    intervals: explain(intervals, now, { ...range, toMs: Math.min(range.toMs, nowMs) }),
    reason: now?.reason,
  };
}

function withReason(interval: StatusInterval, reasonOf: () => UnknownReason | undefined): StatusInterval {
  if (interval.status !== 'unknown') return interval;
  const reason = reasonOf();
  return reason === undefined ? interval : { ...interval, reason };
}

/** Gives what is unknown until now its reason; where nothing was ever known there is one such interval. */
function explain(
  intervals: readonly StatusInterval[],
  now: CurrentStatus | undefined,
  { fromMs, toMs }: TimeRange,
): readonly StatusInterval[] {
  if (now?.reason === undefined) return intervals;
  const { reason, sinceMs } = now;
  const last = intervals.at(-1);
  if (last === undefined) {
    const beganMs = Math.max(fromMs, sinceMs);
    return beganMs < toMs ? [{ fromMs: beganMs, toMs, status: 'unknown', confidence: 0, reason }] : [];
  }
  if (last.status !== 'unknown' || last.toMs <= sinceMs) return intervals;
  return [...intervals.slice(0, -1), { ...last, reason }];
}

/** A target that no model has may still have stored statuses, of a model that is gone; without them it is a mistake. */
function requireTarget(target: string, models: readonly Manifest[], now: CurrentStatus | undefined): void {
  const known = new Set(models.flatMap(statusTargetsOf));
  if (now !== undefined || known.has(target)) return;
  const names = known.size === 0 ? 'no model is active' : `the models have ${[...known].sort().join(', ')}`;
  throw queryProblem('target', `there is no target ${target}; ${names}`);
}

function statusTargetsOf(model: Manifest): string[] {
  return model.kind === 'sequence' ? model.targets.map(({ name }) => name) : [];
}

/** @throws HttpProblem 404 unless the device is live or has results in the store */
export async function requireDevice(
  id: DeviceId,
  { devices, store }: Pick<HttpDependencies, 'devices' | 'store'>,
): Promise<void> {
  if ((await devices.get(id)) !== undefined) return;
  const stored = await store.devices();
  if (stored.includes(id)) return;
  throw new HttpProblem(404, `There is no device ${id}; GET /v1/devices lists those there are`);
}

/** What one slot of time holds of a status. */
interface Share {
  lengthMs: number;
  /** Confidence times length. */
  weight: number;
  /** The last one. */
  reason: UnknownReason | undefined;
}

/**
 * Thins a timeline for drawing: time is cut into slots of `resolutionMs`, each gets the status that held for longest in it,
 * and equal neighbours become one interval. What is longer than two slots keeps its place to within one slot.
 *
 * @param intervals ascending without overlap; holes stay holes
 */
export function downsampleTimeline(
  intervals: readonly StatusInterval[],
  resolutionMs: number,
): StatusInterval[] {
  const slots = new Map<number, Map<Status, Share>>();
  const thinned: StatusInterval[] = [];
  for (const interval of intervals) {
    const [first, last] = [slotOf(interval.fromMs), slotOf(interval.toMs)];
    // A long interval fills the slots between its ends alone.
    share(slots, first, interval, Math.min(interval.toMs, endOf(first)) - interval.fromMs);
    if (last > first) {
      flush(last);
      if (last > first + 1) {
        append({ ...interval, fromMs: endOf(first), toMs: last * resolutionMs });
      }
      share(slots, last, interval, interval.toMs - last * resolutionMs);
    }
  }
  flush(Number.POSITIVE_INFINITY);
  return trim(thinned, intervals);

  function slotOf(timeMs: number): number {
    return Math.floor(timeMs / resolutionMs);
  }
  function endOf(slot: number): number {
    return (slot + 1) * resolutionMs;
  }
  function flush(before: number): void {
    for (const [slot, shares] of slots) {
      if (slot >= before) continue;
      slots.delete(slot);
      const [status, { lengthMs, weight, reason }] = longest(shares);
      append({
        fromMs: slot * resolutionMs,
        toMs: endOf(slot),
        status,
        confidence: lengthMs > 0 ? weight / lengthMs : 0,
        ...(reason && { reason }),
      });
    }
  }
  function append(next: StatusInterval): void {
    const previous = thinned.at(-1);
    if (previous === undefined || previous.status !== next.status || previous.toMs !== next.fromMs) {
      thinned.push(next);
      return;
    }
    const part = (next.toMs - next.fromMs) / (next.toMs - previous.fromMs);
    const confidence = previous.confidence + (next.confidence - previous.confidence) * part;
    thinned[thinned.length - 1] = { ...previous, ...next, fromMs: previous.fromMs, confidence };
  }
}

function share(
  slots: Map<number, Map<Status, Share>>,
  slot: number,
  { status, confidence, reason }: StatusInterval,
  lengthMs: number,
): void {
  if (lengthMs <= 0) return;
  const shares = slots.get(slot) ?? new Map<Status, Share>();
  slots.set(slot, shares);
  const known = shares.get(status) ?? { lengthMs: 0, weight: 0, reason };
  shares.set(status, {
    lengthMs: known.lengthMs + lengthMs,
    weight: known.weight + confidence * lengthMs,
    reason: reason ?? known.reason,
  });
}

/** Of two that held equally long, the one that says more. */
function longest(shares: ReadonlyMap<Status, Share>): readonly [Status, Share] {
  let best: readonly [Status, Share] = ['unknown', { lengthMs: 0, weight: 0, reason: undefined }];
  const byWord = [...shares].sort(([a], [b]) => rankOf(a) - rankOf(b));
  for (const candidate of byWord) if (candidate[1].lengthMs > best[1].lengthMs) best = candidate;
  return best;
}

function rankOf(status: Status): number {
  if (status === 'unknown') return 2;
  return status === 'yes' ? 0 : 1;
}

/** Slots reach beyond the ends of what is known. */
function trim(thinned: StatusInterval[], intervals: readonly StatusInterval[]): StatusInterval[] {
  const fromMs = intervals[0]?.fromMs ?? 0;
  const toMs = intervals.at(-1)?.toMs ?? 0;
  return thinned
    .map((interval) => ({
      ...interval,
      fromMs: Math.max(interval.fromMs, fromMs),
      toMs: Math.min(interval.toMs, toMs),
    }))
    .filter((interval) => interval.toMs > interval.fromMs);
}
