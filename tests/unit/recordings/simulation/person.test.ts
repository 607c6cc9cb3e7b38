import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPerson } from '../../../../src/recordings/simulation/person.js';
import { multiply, type Rotation } from '../../../../src/recordings/simulation/rotation.js';

const transposed = ([a, b, c, d, e, f, g, h, i]: Rotation): Rotation => [a, d, g, b, e, h, c, f, i];

describe('createPerson', () => {
  it('gives the same person for a seed and different people for different seeds', () => {
    expect(createPerson(5)).toEqual(createPerson(5));
    const cadences = Array.from({ length: 50 }, (_, seed) => createPerson(seed).cadenceHz);
    expect(new Set(cadences).size).toBe(50);
  });

  it('mounts the phone by a proper rotation, upright or upside down', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { phoneFromBody } = createPerson(seed);
        const identity = multiply(phoneFromBody, transposed(phoneFromBody));
        [1, 0, 0, 0, 1, 0, 0, 0, 1].forEach((expected, at) => {
          expect(identity[at]).toBeCloseTo(expected, 10);
        });
        const upOfBodyAlongY = Math.abs(phoneFromBody[5]);
        expect(upOfBodyAlongY).toBeGreaterThan(0.8);
      }),
    );
  });
});
