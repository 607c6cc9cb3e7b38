import type { ClockInfo } from '../domain/device-info.js';

/** When a message came, and what it says of when it was sent. */
export interface Arrival {
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
  /** Since when all messages have been late, epoch milliseconds. */
  readonly lateSinceMs: number | undefined;
}

/** Clocks drift, so what was quickest is believed less and less; a share of time. */
const MAX_DRIFT = 500e-6;

export const UNKNOWN_PACE: SendingPace = {
  quickestMs: Number.POSITIVE_INFINITY,
  receivedAtMs: Number.NEGATIVE_INFINITY,
  lateSinceMs: undefined,
};

/**
 * When a message was sent, by the gateway's clock: what waited at a broker while the gateway was away, or on a phone
 * without a network, does not say that its device is there now. A device whose messages go on being late has had its
 * clock set back.
 *
 * @param patienceMs lateness that matters, and how long it must last before it is taken for a clock, milliseconds
 */
export function sentAt(
  pace: SendingPace,
  { receivedAtMs, newestMs, clock }: Arrival,
  patienceMs: number,
): { readonly pace: SendingPace; readonly sentAtMs: number } {
  const delayMs = receivedAtMs - newestMs;
  if (!Number.isFinite(delayMs)) return { pace, sentAtMs: receivedAtMs };
  const offsetMs = clock?.kind === 'epoch' ? clock.offsetMs : delayMs;
  const quickestMs = Math.min(delayMs, driftedMs(pace, receivedAtMs) ?? offsetMs);
  const sentAtMs = Math.floor(newestMs + quickestMs);
  if (delayMs - quickestMs < patienceMs) {
    return { pace: { quickestMs, receivedAtMs, lateSinceMs: undefined }, sentAtMs };
  }
  const lateSinceMs = pace.lateSinceMs ?? receivedAtMs;
  if (receivedAtMs - lateSinceMs < patienceMs) {
    return { pace: { quickestMs, receivedAtMs, lateSinceMs }, sentAtMs };
  }
  return {
    pace: { quickestMs: delayMs, receivedAtMs, lateSinceMs: undefined },
    sentAtMs: receivedAtMs,
  };
}

/** `undefined` before the first message. */
function driftedMs({ quickestMs, receivedAtMs }: SendingPace, nowMs: number): number | undefined {
  return Number.isFinite(quickestMs) ? quickestMs + Math.max(0, nowMs - receivedAtMs) * MAX_DRIFT : undefined;
}
