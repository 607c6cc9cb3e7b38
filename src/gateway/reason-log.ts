import type { CurrentStatus } from '../domain/device.js';
import type { DeviceId } from '../domain/ids.js';
import type { UnknownReason } from '../domain/status.js';
import type { TimeRange } from '../domain/store.js';
import { reasonOfThePast } from '../stream/why-unknown.js';

/** Spans remembered of one target of one device; beyond it the oldest are forgotten. */
const MOST_SPANS = 200;
/** Reasons are looked at every few seconds; a longer hole says that nothing was unknown, or that nobody looked. */
const LONGEST_HOLE_MS = 30_000;
/** A reason explains an interval when it held for at least this share of it. */
const LEAST_SHARE = 0.5;

interface Span {
  readonly reason: UnknownReason;
  readonly fromMs: number;
  toMs: number;
}

/** A time for which nothing was known of a target, and why: as kept over a restart. */
export interface ReasonedSpan extends Pick<UnknownReason, 'code'> {
  readonly device: DeviceId;
  readonly target: string;
  readonly sensors?: readonly string[] | undefined;
  /** Epoch milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Remembers why nothing was known, so that intervals that are over keep their reason. */
export class ReasonLog {
  /** By device, then by target. */
  #spans = new Map<DeviceId, Map<string, Span[]>>();

  /** @param kept what an earlier run remembered */
  constructor(kept: readonly ReasonedSpan[] = []) {
    for (const { device, target, code, sensors, fromMs, toMs } of kept.toSorted((a, b) => a.toMs - b.toMs)) {
      const reason = reasonOfThePast({ code, text: '', ...(sensors && { sensors }) });
      this.#spansOf(device, target).push({ reason, fromMs, toMs });
    }
  }

  get spans(): ReasonedSpan[] {
    return [...this.#spans].flatMap(([device, targets]) =>
      [...targets].flatMap(([target, spans]) =>
        spans.map(({ reason: { code, sensors }, fromMs, toMs }) => {
          return { device, target, code, sensors, fromMs, toMs };
        }),
      ),
    );
  }

  /** @param unknown targets of which nothing is known of a device at `nowMs` */
  note(device: DeviceId, unknown: readonly CurrentStatus[], nowMs: number): void {
    for (const { target, reason } of unknown) {
      if (reason !== undefined) extend(this.#spansOf(device, target), reason, nowMs);
    }
  }

  forget(device: DeviceId): void {
    this.#spans.delete(device);
  }

  /** Forgets every device but these. */
  keepOnly(devices: readonly DeviceId[]): void {
    const kept = new Set(devices);
    for (const device of this.#spans.keys()) if (!kept.has(device)) this.#spans.delete(device);
  }

  /** Why nothing was known in an interval that is over; `undefined` where that was not seen. */
  during(device: DeviceId, target: string, { fromMs, toMs }: TimeRange): UnknownReason | undefined {
    const heldMs = new Map<string, { reason: UnknownReason; lengthMs: number }>();
    for (const span of this.#spans.get(device)?.get(target) ?? []) {
      const lengthMs = Math.min(span.toMs, toMs) - Math.max(span.fromMs, fromMs);
      if (lengthMs <= 0) continue;
      const meaning = meaningOf(span.reason);
      const before = heldMs.get(meaning)?.lengthMs ?? 0;
      heldMs.set(meaning, { reason: span.reason, lengthMs: before + lengthMs });
    }
    const [longest] = [...heldMs.values()].sort((a, b) => b.lengthMs - a.lengthMs);
    if (longest === undefined || longest.lengthMs < LEAST_SHARE * (toMs - fromMs)) return undefined;
    return reasonOfThePast(longest.reason);
  }

  #spansOf(device: DeviceId, target: string): Span[] {
    const targets = this.#spans.get(device) ?? new Map<string, Span[]>();
    this.#spans.set(device, targets);
    const spans = targets.get(target) ?? [];
    targets.set(target, spans);
    return spans;
  }
}

/** What a reason is about: its words change with each second. */
export function meaningOf({ code, sensors }: UnknownReason): string {
  return JSON.stringify([code, sensors]);
}

function extend(spans: Span[], reason: UnknownReason, nowMs: number): void {
  const last = spans.at(-1);
  if (last === undefined || nowMs - last.toMs > LONGEST_HOLE_MS || nowMs < last.toMs) {
    spans.push({ reason, fromMs: nowMs, toMs: nowMs });
  } else {
    last.toMs = nowMs;
    if (meaningOf(last.reason) !== meaningOf(reason)) spans.push({ reason, fromMs: nowMs, toMs: nowMs });
  }
  if (spans.length > MOST_SPANS) spans.shift();
}
