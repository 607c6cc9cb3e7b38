import type { Device, Status } from '../client/client.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const SHORT_TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const SHORT_DAY = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const DAY_AND_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** Where the reader lives. */
export const TIME_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function formatPercent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

export function formatTime(timeMs: number): string {
  return TIME.format(timeMs);
}

/** Hours and minutes, as the reader's clock has them. */
export function formatShortTime(timeMs: number): string {
  return SHORT_TIME.format(timeMs);
}

export function formatShortDay(timeMs: number): string {
  return SHORT_DAY.format(timeMs);
}

export function formatDayAndTime(timeMs: number): string {
  return DAY_AND_TIME.format(timeMs);
}

/** A length of time in at most two units: `2 h 5 min`. */
export function formatDuration(lengthMs: number): string {
  if (lengthMs < MINUTE_MS) return `${Math.round(lengthMs / 1000)} s`;
  if (lengthMs < HOUR_MS) return twoUnits(lengthMs, MINUTE_MS, 'min', 1000, 's');
  if (lengthMs < DAY_MS) return twoUnits(lengthMs, HOUR_MS, 'h', MINUTE_MS, 'min');
  return twoUnits(lengthMs, DAY_MS, 'd', HOUR_MS, 'h');
}

function twoUnits(lengthMs: number, largeMs: number, large: string, smallMs: number, small: string): string {
  const wholeMs = Math.round(lengthMs / smallMs) * smallMs;
  const rest = Math.round((wholeMs % largeMs) / smallMs);
  const head = `${Math.floor(wholeMs / largeMs)} ${large}`;
  return rest === 0 ? head : `${head} ${rest} ${small}`;
}

/** How long ago something was. */
export function formatAgo(timeMs: number, nowMs: number): string {
  const ageMs = nowMs - timeMs;
  return ageMs < 5000 ? 'just now' : `${formatDuration(ageMs)} ago`;
}

export function formatCount(count: number): string {
  return count.toLocaleString();
}

/** A device's clock beside the gateway's; what one that began at zero shows is no time of day. */
export function formatClock(clock: Device['clock']): string {
  if (clock === null) return 'not known';
  const drift = `drift ${clock.driftPpm.toFixed(1)} ppm`;
  if (clock.kind === 'boot') return `since the phone was switched on, ${drift}`;
  if (clock.kind === 'experiment') return `since the recording began, ${drift}`;
  const behindMs = Math.round(clock.offsetMs);
  if (behindMs === 0) return `as the gateway’s, ${drift}`;
  return `${formatOffset(Math.abs(behindMs))} ${behindMs > 0 ? 'behind' : 'ahead of'} the gateway’s, ${drift}`;
}

function formatOffset(lengthMs: number): string {
  return lengthMs < 10_000 ? `${lengthMs} ms` : formatDuration(lengthMs);
}

/** What a status of a target means, in words. */
export function formatStatus(target: string, status: Status): string {
  if (status === 'unknown') return 'unknown';
  if (status !== 'yes' && status !== 'no') return status.replace(/[-_]+/g, ' ');
  if (target === 'accompanied') return status === 'yes' ? 'accompanied' : 'alone';
  if (target === 'conversation') return status === 'yes' ? 'in conversation' : 'not talking';
  return status === 'yes' ? target : `not ${target}`;
}

/** How a status is drawn: of a target with more than two classes each has a colour of its own. */
export type Tone = 'yes' | 'no' | 'unknown' | `class-${number}`;

/** Colours there are for classes. */
export const CLASS_COLOURS = 6;

/** @param classes of the target, where it has more than two */
export function toneOf(status: Status, classes: readonly string[] = []): Tone {
  if (status === 'yes' || status === 'no' || status === 'unknown') return status;
  return `class-${Math.max(0, classes.indexOf(status)) % CLASS_COLOURS}`;
}

/** A value for `<input type="datetime-local">`. */
export function toLocalInput(timeMs: number): string {
  const date = new Date(timeMs);
  return new Date(timeMs - date.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 19);
}
