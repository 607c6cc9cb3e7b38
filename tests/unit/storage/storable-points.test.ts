import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fromMicroseconds,
  keepStorable,
  MAX_NAME_LENGTH,
  MAX_TIME_MS,
  toMicrosecondRange,
  toMicroseconds,
} from '../../../src/storage/points.js';
import { makeApparel, makeBatch, makeCompany, makeStatus, makeWindow } from '../../helpers/make-results.js';

describe('keepStorable', () => {
  it('keeps a good batch as it is', () => {
    const batch = makeBatch({
      windows: [makeWindow()],
      statuses: [makeStatus()],
      apparel: [makeApparel()],
      company: [makeCompany()],
    });
    expect(keepStorable(batch)).toEqual({ batch, refused: 0, refusedWindows: 0 });
  });

  const tooLong = 'x'.repeat(MAX_NAME_LENGTH + 1);
  it.each([
    { sinceMs: Number.NaN },
    { sinceMs: -MAX_TIME_MS - 1 },
    { probability: Number.POSITIVE_INFINITY },
  ])('leaves out a point of company with %j', (overrides) => {
    expect(keepStorable(makeBatch({ company: [makeCompany(overrides)] })).refused).toBe(1);
  });

  it.each([
    { model: '' },
    { model: tooLong },
    { startMs: Number.NaN },
    { endMs: MAX_TIME_MS + 1 },
    { endMs: Number.NEGATIVE_INFINITY },
    { coverage: Number.NaN },
    { meanDeltaMs: Number.POSITIVE_INFINITY },
    { maxDeltaMs: Number.NaN },
    { probabilities: { accompanied: Number.NaN } },
    { probabilities: { '': 0.5 } },
    { probabilities: { [tooLong]: 0.5 } },
  ])('leaves out a window with %j', (overrides) => {
    const batch = makeBatch({ windows: [makeWindow(), makeWindow(overrides)] });
    expect(keepStorable(batch)).toEqual({
      batch: makeBatch({ windows: [makeWindow()] }),
      refused: 1,
      refusedWindows: 1,
    });
  });

  it.each([{ target: '' }, { target: tooLong }, { atMs: Number.NaN }, { confidence: Number.NaN }])(
    'leaves out a status with %j',
    (overrides) => {
      expect(keepStorable(makeBatch({ statuses: [makeStatus(overrides)] }))).toEqual({
        batch: makeBatch(),
        refused: 1,
        refusedWindows: 0,
      });
    },
  );

  it.each([{ label: '' }, { label: tooLong }, { atMs: Number.NaN }, { probability: Number.NaN }])(
    'leaves out an apparel point with %j',
    (overrides) => {
      expect(keepStorable(makeBatch({ apparel: [makeApparel(overrides)] })).refused).toBe(1);
    },
  );
});

describe('times in microseconds', () => {
  it('are exact for milliseconds with three decimals, until the year 2100', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), fc.nat(999), (ms, thousandths) => {
        const timeMs = Number(`${ms}.${String(thousandths).padStart(3, '0')}`);
        expect(fromMicroseconds(toMicroseconds(timeMs))).toBe(timeMs);
        expect(toMicroseconds(timeMs)).toBe(ms * 1000 + thousandths);
      }),
    );
  });

  it('of a range without bounds stay whole numbers that reach around every time that can be stored', () => {
    const { from, to } = toMicrosecondRange({
      fromMs: Number.NEGATIVE_INFINITY,
      toMs: Number.POSITIVE_INFINITY,
    });
    expect(Number.isSafeInteger(from) && Number.isSafeInteger(to)).toBe(true);
    expect(from).toBeLessThan(toMicroseconds(-MAX_TIME_MS));
    expect(to).toBeGreaterThan(toMicroseconds(MAX_TIME_MS));
  });
});
