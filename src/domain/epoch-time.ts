/** Between these a time is taken for one that somebody meant; outside, a clock was never set or a unit is wrong. */
const FIRST_MS = Date.UTC(2000, 0, 1);
const END_MS = Date.UTC(2100, 0, 1);

/** What others write epoch times in, and how many of it a millisecond has. */
const UNITS_PER_MS = { seconds: 1e-3, milliseconds: 1, microseconds: 1e3, nanoseconds: 1e6 } as const;

type EpochUnit = keyof typeof UNITS_PER_MS;

const WAYS_TO_MS: Readonly<Record<EpochUnit, string>> = {
  seconds: 'multiply by 1,000',
  milliseconds: 'leave it as it is',
  microseconds: 'divide by 1,000',
  nanoseconds: 'divide by 1,000,000',
};

/** The unit in which a number is a time from 2000 to 2099; `undefined` where there is none. No number fits two units. */
export function epochUnitOf(time: number): EpochUnit | undefined {
  const units: readonly EpochUnit[] = ['seconds', 'milliseconds', 'microseconds', 'nanoseconds'];
  return units.find((unit) => {
    const timeMs = time / UNITS_PER_MS[unit];
    return timeMs >= FIRST_MS && timeMs < END_MS;
  });
}

/** A time in any of the units as epoch milliseconds; NaN for what is none from 2000 to 2099. */
export function epochToMs(time: number): number {
  const unit = epochUnitOf(time);
  return unit === undefined ? Number.NaN : time / UNITS_PER_MS[unit];
}

/** Words about a time that should be epoch milliseconds and looks like another unit; `undefined` for any other. */
export function wrongEpochUnit(timeMs: number): string | undefined {
  const unit = epochUnitOf(timeMs);
  if (unit === undefined || unit === 'milliseconds') return undefined;
  return `looks like epoch ${unit}, but must be epoch milliseconds: ${WAYS_TO_MS[unit]}`;
}
