import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SampleBuffer } from '../../../../src/stream/synchronise/sample-buffer.js';

const UNLIMITED = { maxSamples: 1e6, maxRateHz: 1e6 };

function insertAll(buffer: SampleBuffer, timesMs: readonly number[]): string[] {
  return timesMs.map((timeMs, rank) => buffer.insert(timeMs, Float32Array.of(rank, 0, 0), 0, rank));
}

function timesIn(buffer: SampleBuffer): number[] {
  return Array.from({ length: buffer.size }, (_, index) => buffer.timeAt(index));
}

describe(SampleBuffer, () => {
  it('holds samples in order of time whatever the order of arrival', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 1e6 }), { maxLength: 600 }), (times) => {
        const buffer = new SampleBuffer(UNLIMITED);
        expect(insertAll(buffer, times)).toEqual(times.map(() => 'used'));
        expect(timesIn(buffer)).toEqual([...times].sort((a, b) => a - b));
      }),
    );
  });

  it('keeps order and values through dropping, sliding and growing', () => {
    const buffer = new SampleBuffer(UNLIMITED);
    for (let time = 0; time < 5000; time++) {
      buffer.insert(time, Float32Array.of(time, -time, 1), 0, time);
      if (time >= 200) buffer.dropBefore(time - 199);
    }
    expect(buffer.size).toBe(200);
    expect(buffer.timeAt(0)).toBe(4800);
    expect(buffer.valueAt(199, 0)).toBe(4999);
    expect(buffer.valueAt(199, 1)).toBe(-4999);
  });

  it('finds the nearest sample, the earlier one at a tie', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: -50, max: 550 }),
        (times, target) => {
          const buffer = new SampleBuffer(UNLIMITED);
          insertAll(buffer, times);
          const sorted = [...times].sort((a, b) => a - b);
          const best = sorted.reduce((near, time) =>
            Math.abs(time - target) < Math.abs(near - target) ? time : near,
          );
          const from = Math.max(0, buffer.firstNotBefore(target) - 1);
          expect(buffer.timeAt(buffer.nearest(target, from))).toBe(best);
        },
      ),
    );
  });

  it('has no nearest sample when empty', () => {
    expect(new SampleBuffer(UNLIMITED).nearest(5, 0)).toBe(-1);
  });

  it('keeps of two samples of one time the one sent first, whichever comes first', () => {
    const buffer = new SampleBuffer(UNLIMITED);
    buffer.insert(10, Float32Array.of(2, 2, 2), 0, 7);
    expect(buffer.insert(10, Float32Array.of(1, 1, 1), 0, 6)).toBe('duplicate');
    expect(buffer.insert(10, Float32Array.of(3, 3, 3), 0, 8)).toBe('duplicate');
    expect(buffer.insert(10, Float32Array.of(4, 4, 4), 0, 6)).toBe('duplicate');
    expect(buffer.size).toBe(1);
    expect(buffer.valueAt(0, 0)).toBe(1);
  });

  it('refuses what comes faster than the limit, and takes on when it is slower again', () => {
    const buffer = new SampleBuffer({ maxSamples: 1e6, maxRateHz: 10 });
    const results = insertAll(
      buffer,
      Array.from({ length: 30 }, (_, index) => index * 50),
    );
    expect(results.filter((result) => result === 'used')).toHaveLength(20);
    expect(results.filter((result) => result === 'too-fast')).toHaveLength(10);
  });

  it('refuses what it has no room for', () => {
    const buffer = new SampleBuffer({ maxSamples: 3, maxRateHz: 1e6 });
    expect(insertAll(buffer, [1, 2, 3, 4])).toEqual(['used', 'used', 'used', 'overflow']);
    buffer.dropBefore(2);
    expect(buffer.insert(5, Float32Array.of(0, 0, 0), 0, 9)).toBe('used');
  });
});
