import type { Status, StatusInterval, UnknownReason } from '../../domain/status.js';

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
