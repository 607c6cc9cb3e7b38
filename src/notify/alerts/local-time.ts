import { z } from 'zod';

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 08:00');

/** Part of every day; from after to means over midnight. */
export const hoursSchema = z.strictObject({ from: timeOfDay, to: timeOfDay });

export const timeZoneSchema = z
  .string()
  .refine(isTimeZone, 'must be a time zone such as Europe/Berlin')
  .describe('IANA name');

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

export type Hours = z.infer<typeof hoursSchema>;
export type Weekday = (typeof WEEKDAYS)[number];

/** A moment as clocks on the wall show it. */
export interface LocalTime {
  readonly epochMs: number;
  /** Milliseconds since midnight by the clock. */
  readonly dayMs: number;
  readonly weekday: Weekday;
}

const MS_PER_MINUTE = 60_000;
const MS_PER_HOUR = 3_600_000;
const MS_PER_DAY = 86_400_000;

/** Reads the clocks of a time zone; making one is slow, asking it is not. */
export class LocalClock {
  readonly #format: Intl.DateTimeFormat;

  /** @param timeZone IANA name; `undefined` is that of the machine */
  constructor(timeZone: string | undefined) {
    this.#format = new Intl.DateTimeFormat('en-GB', {
      ...(timeZone === undefined ? {} : { timeZone }),
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    });
  }

  at(epochMs: number): LocalTime {
    const parts = new Map(this.#format.formatToParts(epochMs).map(({ type, value }) => [type, value]));
    const [hour, minute, second] = ['hour', 'minute', 'second'].map((type) =>
      Number(parts.get(type as Intl.DateTimeFormatPartTypes)),
    );
    const wholeMs = (hour ?? 0) * MS_PER_HOUR + (minute ?? 0) * MS_PER_MINUTE + (second ?? 0) * 1000;
    // Clocks of time zones differ by whole seconds. With its milliseconds a moment gives the same beginning as any other.
    const dayMs = wholeMs + (epochMs - Math.floor(epochMs / 1000) * 1000);
    const name = (parts.get('weekday') ?? '').toLowerCase();
    return { epochMs, dayMs, weekday: WEEKDAYS.find((weekday) => weekday === name) ?? 'mon' };
  }

  /**
   * When the hours that a moment lies in began, epoch milliseconds; `undefined` outside of them.
   *
   * @param days on which the hours must have begun
   */
  beganAt(now: LocalTime, { from, to }: Hours, days?: readonly Weekday[]): number | undefined {
    const fromMs = ofDay(from);
    const sinceMs = (now.dayMs - fromMs + MS_PER_DAY) % MS_PER_DAY;
    if (sinceMs >= lengthMs({ from, to })) return undefined;
    const beganMs = this.#corrected(now.epochMs - sinceMs, fromMs);
    return days === undefined || days.includes(this.at(beganMs).weekday) ? beganMs : undefined;
  }

  /** Puts right what a change to or from summer time in between did. */
  #corrected(guessMs: number, fromMs: number): number {
    // The guess may lie on the other side of midnight.
    const aheadMs = (this.at(guessMs).dayMs - fromMs + MS_PER_DAY) % MS_PER_DAY;
    return guessMs - (aheadMs > MS_PER_DAY / 2 ? aheadMs - MS_PER_DAY : aheadMs);
  }
}

/** Milliseconds from midnight to a time of day. */
function ofDay(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * MS_PER_HOUR + minute * MS_PER_MINUTE;
}

/** How long hours last, milliseconds; 0 where they begin when they end. */
export function lengthMs({ from, to }: Hours): number {
  return (ofDay(to) - ofDay(from) + MS_PER_DAY) % MS_PER_DAY;
}

/** Whether hours lie wholly within others. */
export function coversHours(outer: Hours, inner: Hours): boolean {
  const offsetMs = (ofDay(inner.from) - ofDay(outer.from) + MS_PER_DAY) % MS_PER_DAY;
  return offsetMs + lengthMs(inner) <= lengthMs(outer);
}

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
