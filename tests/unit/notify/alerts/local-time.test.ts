import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coversHours, LocalClock, lengthMs } from '../../../../src/notify/alerts/local-time.js';

const berlin = new LocalClock('Europe/Berlin');
const DAY = { from: '08:00', to: '20:00' };
const NIGHT = { from: '22:00', to: '07:00' };
const EARLY = { from: '00:30', to: '06:00' };
const began = (iso: string, hours: { from: string; to: string }, days?: readonly ('mon' | 'sat')[]) => {
  const beganMs = berlin.beganAt(berlin.at(Date.parse(iso)), hours, days);
  return beganMs === undefined ? undefined : new Date(beganMs).toISOString();
};

describe(LocalClock, () => {
  it.each([
    ['2026-01-31T07:00:00Z', DAY, '2026-01-31T07:00:00.000Z'],
    ['2026-01-31T06:59:59Z', DAY, undefined],
    ['2026-01-31T18:59:59Z', DAY, '2026-01-31T07:00:00.000Z'],
    ['2026-01-31T19:00:00Z', DAY, undefined],
    ['2026-07-31T06:30:00Z', DAY, '2026-07-31T06:00:00.000Z'],
    ['2026-01-31T23:30:00Z', NIGHT, '2026-01-31T21:00:00.000Z'],
    ['2026-02-01T05:59:59Z', NIGHT, '2026-01-31T21:00:00.000Z'],
    ['2026-02-01T06:00:00Z', NIGHT, undefined],
    // Clocks went forward at 02:00 and back at 03:00.
    ['2026-03-29T04:00:00Z', NIGHT, '2026-03-28T21:00:00.000Z'],
    ['2026-10-25T04:00:00Z', NIGHT, '2026-10-24T20:00:00.000Z'],
    ['2026-03-29T03:00:00Z', EARLY, '2026-03-28T23:30:00.000Z'],
    ['2026-10-25T04:00:00Z', EARLY, '2026-10-24T22:30:00.000Z'],
  ])('at %s, hours %o began at %s', (iso, hours, expected) => {
    expect(began(iso, hours)).toBe(expected);
  });

  it('began at the same moment, whatever the moment that is asked about', () => {
    for (const time of ['07:00:00.100', '07:00:01.900', '18:59:59.999']) {
      expect(began(`2026-01-31T${time}Z`, DAY)).toBe('2026-01-31T07:00:00.000Z');
    }
    expect(began('2026-01-31T06:59:59.999Z', DAY)).toBeUndefined();
  });

  it('counts a night as of the day on which it began', () => {
    // A Sunday morning.
    expect(began('2026-02-01T01:00:00Z', NIGHT, ['sat'])).toBe('2026-01-31T21:00:00.000Z');
    expect(began('2026-02-01T01:00:00Z', NIGHT, ['mon'])).toBeUndefined();
    // Clocks went forward after hours that began half an hour after midnight.
    expect(began('2026-03-29T03:00:00Z', EARLY, ['sat'])).toBeUndefined();
  });
});

describe('hours', () => {
  const time = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
  const hours = fc.record({ from: time, to: time });

  it('cover others exactly when no minute of those lies outside', () => {
    const utc = new LocalClock('UTC');
    const isIn = (minute: number, of: { from: string; to: string }): boolean =>
      utc.beganAt(utc.at(minute * 60_000), of) !== undefined;
    fc.assert(
      fc.property(hours, hours, (outer, inner) => {
        fc.pre(lengthMs(inner) > 0);
        const minutes = Array.from({ length: 1440 }, (_, minute) => minute).filter((minute) =>
          isIn(minute, inner),
        );
        // Two separate pieces of the outer hours would be a hole in them.
        expect(coversHours(outer, inner)).toBe(minutes.every((minute) => isIn(minute, outer)));
      }),
      { numRuns: 30 },
    );
  });
});
