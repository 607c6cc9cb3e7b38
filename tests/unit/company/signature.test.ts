import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cadenceOf } from '../../../src/company/cadence.js';
import { SIGNATURE, SLOTS, signatureOf } from '../../../src/company/signature.js';
import { CONTEXT_ROWS, GRID_RATE_HZ, GRID_WIDTH } from '../../../src/company/signature-grid.js';
import { multiply, rotationAbout } from '../../../src/recordings/simulation/rotation.js';
import { walkingRows } from './company-rows.js';

const WALKING = walkingRows(0, CONTEXT_ROWS);

function with0(column: number, value: number): Float32Array {
  return WALKING.map((old, at) => (at % GRID_WIDTH >= column && at % GRID_WIDTH < column + 3 ? value : old));
}

describe('cadenceOf', () => {
  it.each([1.7, 2.35, 2.9])('tells %s steps a second, though they fall between the rows', (stepsHz) => {
    const seconds = 4;
    const magnitudes = Float64Array.from({ length: seconds * GRID_RATE_HZ }, (_, row) =>
      Math.sin((2 * Math.PI * stepsHz * row) / GRID_RATE_HZ),
    );
    expect(Math.abs(cadenceOf(magnitudes) - stepsHz)).toBeLessThan(0.03);
  });
});

describe('signatureOf', () => {
  it('tells cadence, turning to the left and the field of somebody who walks', () => {
    const values = signatureOf(WALKING);
    expect(values[SIGNATURE.cadence]).toBeCloseTo(2, 1);
    expect(values[SIGNATURE.field]).toBeCloseTo(Math.hypot(20, 40), 3);
    // The fifth second: sin(3..4 s) goes from +0.14 to -0.76.
    const turns = Array.from(values.subarray(SIGNATURE.turn, SIGNATURE.turn + SLOTS));
    expect(turns[0]).toBeGreaterThan(-0.1);
    expect(turns[SLOTS - 1]).toBeLessThan(-0.5);
  });

  it('is the same however the device is turned', () => {
    const angle = fc.double({ min: -Math.PI, max: Math.PI, noNaN: true });
    fc.assert(
      fc.property(angle, angle, angle, (a, b, c) => {
        const turned = multiply(rotationAbout(0, a), multiply(rotationAbout(1, b), rotationAbout(2, c)));
        const rows = WALKING.slice();
        for (let at = 0; at < rows.length; at += 3) {
          const [x = 0, y = 0, z = 0] = WALKING.subarray(at, at + 3);
          const [r0, r1, r2, r3, r4, r5, r6, r7, r8] = turned;
          rows.set([r0 * x + r1 * y + r2 * z, r3 * x + r4 * y + r5 * z, r6 * x + r7 * y + r8 * z], at);
        }
        const expected = signatureOf(WALKING);
        for (const [index, value] of signatureOf(rows).entries()) {
          if (index === SIGNATURE.pressure) expect(value).toBeNaN();
          else expect(value).toBeCloseTo(expected[index] ?? Number.NaN, 3);
        }
      }),
    );
  });

  it('leaves out what the device does not send', () => {
    const withoutField = signatureOf(with0(6, Number.NaN));
    expect(withoutField[SIGNATURE.field]).toBeNaN();
    expect(withoutField[SIGNATURE.energy]).toBeCloseTo(signatureOf(WALKING)[SIGNATURE.energy] ?? 0, 6);
    const withoutMotion = signatureOf(with0(0, Number.NaN));
    expect(withoutMotion[SIGNATURE.energy]).toBeNaN();
    expect(withoutMotion[SIGNATURE.turn]).toBeNaN();
  });

  it('has no heave and no turning where gravity is not in the acceleration', () => {
    const rows = WALKING.map((value, at) => (at % GRID_WIDTH === 2 ? value - 9.81 : value));
    const values = signatureOf(rows);
    expect(values[SIGNATURE.heave]).toBeNaN();
    expect(values[SIGNATURE.energy]).toBeCloseTo(signatureOf(WALKING)[SIGNATURE.energy] ?? 0, 4);
  });

  it('says of a phone on a table that it lies still', () => {
    const still = signatureOf(with0(0, 5.66));
    expect(still[SIGNATURE.energy]).toBeCloseTo(Math.log(0.02), 2);
    expect(still[SIGNATURE.cadence]).toBe(0);
  });
});
