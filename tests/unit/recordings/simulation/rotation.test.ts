import { describe, expect, it } from 'vitest';
import { multiply, type Rotation, rotationAbout } from '../../../../src/recordings/simulation/rotation.js';

const apply = (r: Rotation, [x, y, z]: readonly [number, number, number]): number[] => [
  r[0] * x + r[1] * y + r[2] * z,
  r[3] * x + r[4] * y + r[5] * z,
  r[6] * x + r[7] * y + r[8] * z,
];

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expected.forEach((value, index) => {
    expect(actual[index]).toBeCloseTo(value, 12);
  });
}

describe('rotationAbout', () => {
  it('turns right-handed about each axis', () => {
    expectClose(apply(rotationAbout(0, Math.PI / 2), [0, 1, 0]), [0, 0, 1]);
    expectClose(apply(rotationAbout(1, Math.PI / 2), [0, 0, 1]), [1, 0, 0]);
    expectClose(apply(rotationAbout(2, Math.PI / 2), [1, 0, 0]), [0, 1, 0]);
  });
});

describe('multiply', () => {
  it('applies the second rotation before the first', () => {
    const about = multiply(rotationAbout(2, Math.PI / 2), rotationAbout(0, Math.PI / 2));
    expectClose(apply(about, [0, 1, 0]), [0, 0, 1]);
    expectClose(apply(about, [0, 0, 1]), [1, 0, 0]);
  });
});
