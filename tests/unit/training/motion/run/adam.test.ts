import { describe, expect, it } from 'vitest';
import { Adam } from '../../../../../src/training/motion/run/adam.js';

describe('Adam', () => {
  it('makes a first step of the learning rate against the gradient, whatever its size', () => {
    const parameters = Float32Array.of(1, 1, 1);
    new Adam(3).step(parameters, Float32Array.of(1000, -0.001, 0), 0.1, 0);
    expect(parameters[0]).toBeCloseTo(0.9);
    expect(parameters[1]).toBeCloseTo(1.1, 4);
    expect(parameters[2]).toBe(1);
  });

  it('finds the minimum of a badly scaled bowl', () => {
    const parameters = Float32Array.of(5, -3);
    const adam = new Adam(2);
    for (let step = 0; step < 2000; step++) {
      const [x = 0, y = 0] = parameters;
      adam.step(parameters, Float32Array.of(2 * (x - 1), 200 * (y - 2)), 0.02, 0);
    }
    expect(parameters[0]).toBeCloseTo(1, 2);
    expect(parameters[1]).toBeCloseTo(2, 2);
  });

  it('decays weights apart from the gradient', () => {
    const parameters = Float32Array.of(2);
    new Adam(1).step(parameters, Float32Array.of(0), 0.1, 0.5);
    expect(parameters[0]).toBeCloseTo(1.9);
  });

  it('leaves frozen weights as they are, also when weights decay', () => {
    const parameters = Float32Array.of(2, 2);
    new Adam(2, Uint8Array.of(1, 0)).step(parameters, Float32Array.of(0, 0), 0.1, 0.5);
    expect(parameters[0]).toBe(2);
    expect(parameters[1]).toBeCloseTo(1.9);
  });
});
