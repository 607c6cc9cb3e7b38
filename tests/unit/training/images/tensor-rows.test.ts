import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QuantisedRows } from '../../../../src/training/images/tensor-rows.js';

describe('QuantisedRows', () => {
  it('is off by at most half a step of the channel', () => {
    const row = fc.float32Array({ minLength: 6, maxLength: 6, noNaN: true, min: -1000, max: 1000 });
    fc.assert(
      fc.property(row, (values) => {
        const rows = new QuantisedRows(2, 6, 2);
        rows.write(1, values);
        const back = new Float32Array(6);
        rows.addTo(1, back, 0);
        for (const channel of [0, 1]) {
          const own = values.subarray(channel * 3, channel * 3 + 3);
          const step = Math.max(...own.map(Math.abs)) / 127;
          own.forEach((value, at) => {
            expect(Math.abs((back[channel * 3 + at] ?? 0) - value)).toBeLessThanOrEqual(step * 0.51 + 1e-40);
          });
        }
      }),
    );
  });

  it('blends rows', () => {
    const rows = new QuantisedRows(2, 2, 1);
    rows.write(0, Float32Array.of(127, 0));
    rows.write(1, Float32Array.of(0, 127));
    const target = new Float32Array(3);
    rows.addTo(0, target, 1, 0.75);
    rows.addTo(1, target, 1, 0.25);
    expect([...target]).toEqual([0, 95.25, 31.75]);
  });
});
