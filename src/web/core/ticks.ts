import { formatShortDay, formatShortTime, formatTime } from './format.js';
import type { Range } from './range.js';

export interface Tick {
  readonly timeMs: number;
  readonly label: string;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Distances between ticks that people read without counting; all but whole days divide a day. */
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 7, 14, 30, 61, 122, 366].map((days) => days * DAY_MS),
];

/** At most so many ticks in a range, at round times of the reader's clock; those within the range alone. */
export function ticksOf({ fromMs, toMs }: Range, most: number): Tick[] {
  const lengthMs = toMs - fromMs;
  const stepMs = STEPS_MS.find((step) => lengthMs / step <= most) ?? lengthMs;
  const ticks: Tick[] = [];
  for (let timeMs = firstTick(fromMs, stepMs); timeMs <= toMs; timeMs = nextTick(timeMs, stepMs)) {
    if (timeMs >= fromMs) ticks.push({ timeMs, label: formatTick(timeMs) });
  }
  return ticks;
}

/** A tick in as few words as say it: the day at midnight, otherwise the time of day. */
export function formatTick(timeMs: number): string {
  const date = new Date(timeMs);
  const sinceMidnightMs = timeMs - midnightOf(date);
  if (sinceMidnightMs === 0) return formatShortDay(timeMs);
  return sinceMidnightMs % MINUTE_MS === 0 ? formatShortTime(timeMs) : formatTime(timeMs);
}

/** Ticks are counted from the reader's midnight, so that an hour of a time zone with half an hour is whole too. */
function firstTick(fromMs: number, stepMs: number): number {
  const midnightMs = midnightOf(new Date(fromMs));
  return stepMs >= DAY_MS ? midnightMs : midnightMs + Math.ceil((fromMs - midnightMs) / stepMs) * stepMs;
}

/** A day with a clock change is longer or shorter; its ticks begin again at midnight. */
function nextTick(timeMs: number, stepMs: number): number {
  const date = new Date(timeMs);
  const days = Math.max(1, Math.round(stepMs / DAY_MS));
  const dayMs = new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime();
  return stepMs >= DAY_MS ? dayMs : Math.min(timeMs + stepMs, dayMs);
}

function midnightOf(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
