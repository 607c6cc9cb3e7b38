import type { ClockInfo } from '../domain/device.js';

/** When a message came, and what it says of when it was sent. */
export interface MessageTimes {
  readonly receivedAtMs: number;
  /** Event time of its newest sample, epoch milliseconds; not finite where none can be believed. */
  readonly newestMs: number;
  readonly clock: ClockInfo | undefined;
}

/** How long a device's messages take when nothing holds them up; plain. */
export interface SendingPace {
  /** Arrival minus newest sample of the quickest message, milliseconds: a wrong clock is part of it. */
  readonly quickestMs: number;
  readonly receivedAtMs: number;
  /** Since when all messages have been late, epoch milliseconds, and their newest sample then. */
  readonly late: { readonly sinceMs: number; readonly newestMs: number } | undefined;
  /** Event time of the newest sample that came, epoch milliseconds. */
  readonly newestMs: number;
}

/** A backlog that drains brings at least so many seconds of samples a second; a phone that sends as it measures brings one. */
const CATCHING_UP = 1.5;

/** Clocks drift, so what was quickest is believed less and less; a share of time. */
const MAX_DRIFT = 500e-6;

export const UNKNOWN_PACE: SendingPace = {
  quickestMs: Number.POSITIVE_INFINITY,
  receivedAtMs: Number.NEGATIVE_INFINITY,
  late: undefined,
  newestMs: Number.NEGATIVE_INFINITY,
};

/**
 * When a message was sent, by the gateway's clock: what waited at a broker while the gateway was away, or on a phone
 * without a network, does not say that its device is there now, and what holds nothing newer says nothing: `undefined`. A
 * device whose messages go on being late, and do not catch up, has had its clock set back.
 *
 * @param patienceMs lateness that matters, and how long it must last before it is taken for a clock, milliseconds
 */
export function sentAt(
  pace: SendingPace,
  { receivedAtMs, newestMs, clock }: MessageTimes,
  patienceMs: number,
): { readonly pace: SendingPace; readonly sentAtMs: number | undefined } {
  const delayMs = receivedAtMs - newestMs;
  if (!Number.isFinite(delayMs)) return { pace, sentAtMs: receivedAtMs };
  const offsetMs = clock?.kind === 'epoch' ? clock.offsetMs : delayMs;
  const quickestMs = Math.min(delayMs, driftedMs(pace, receivedAtMs) ?? offsetMs);
  const isNewer = newestMs > pace.newestMs;
  const began = { sinceMs: receivedAtMs, newestMs };
  let late = delayMs - quickestMs < patienceMs ? undefined : (pace.late ?? began);
  if (late !== undefined && receivedAtMs - late.sinceMs >= patienceMs) {
    const isCatchingUp = newestMs - late.newestMs > CATCHING_UP * (receivedAtMs - late.sinceMs);
    if (!isCatchingUp) {
      return {
        pace: { quickestMs: delayMs, receivedAtMs, late: undefined, newestMs },
        sentAtMs: receivedAtMs,
      };
    }
    late = began;
  }
  return {
    pace: { quickestMs, receivedAtMs, late, newestMs: Math.max(newestMs, pace.newestMs) },
    sentAtMs: isNewer ? Math.floor(newestMs + quickestMs) : undefined,
  };
}

/** `undefined` before the first message. */
function driftedMs({ quickestMs, receivedAtMs }: SendingPace, nowMs: number): number | undefined {
  return Number.isFinite(quickestMs) ? quickestMs + Math.max(0, nowMs - receivedAtMs) * MAX_DRIFT : undefined;
}
