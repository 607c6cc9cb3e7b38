import { describe, expect, it } from 'vitest';
import {
  type Augmentation,
  augmentNormalised,
  augmentRecorded,
} from '../../../../../src/training/motion/data/augment.js';
import { createRandom } from '../../../../../src/training/random.js';

const NONE: Augmentation = {
  noise: 0,
  offset: 0,
  scale: 0,
  rotationDegrees: 0,
  halfTurns: 0,
  timeWarp: 0,
  sensorDropout: 0,
};
const ROWS = 200;
const WIDTH = 6;

function ramp(): Float32Array {
  return Float32Array.from({ length: ROWS * WIDTH }, (_, at) => Math.floor(at / WIDTH) + (at % WIDTH) / 10);
}

function column(values: Float32Array, index: number): number[] {
  return Array.from({ length: ROWS }, (_, row) => values[row * WIDTH + index] ?? Number.NaN);
}

describe('augmentRecorded', () => {
  it('changes nothing unless asked to', () => {
    const values = ramp();
    augmentRecorded({ values, width: WIDTH }, NONE, false, createRandom(1));
    expect(values).toEqual(ramp());
  });

  it('turns all sensors by one rotation: lengths and angles stay', () => {
    const values = ramp();
    augmentRecorded({ values, width: WIDTH }, { ...NONE, rotationDegrees: 180 }, false, createRandom(1));
    const before = ramp();
    const dot = (data: Float32Array, a: number, b: number): number =>
      [0, 1, 2].reduce((sum, axis) => sum + (data[a + axis] ?? 0) * (data[b + axis] ?? 0), 0);
    for (const [a, b] of [
      [6, 6],
      [6, 9],
      [60, 603],
    ] as const) {
      expect(dot(values, a, b) / dot(before, a, b)).toBeCloseTo(1, 4);
    }
    expect(values[6]).not.toBeCloseTo(before[6] ?? 0);
  });

  it('turns a phone the other way round about each of its axes, all sensors alike', () => {
    const random = createRandom(2);
    const signs = Array.from({ length: 60 }, () => {
      const values = ramp();
      augmentRecorded({ values, width: WIDTH }, { ...NONE, halfTurns: 1 }, false, random);
      return Array.from(values.subarray(WIDTH, 2 * WIDTH), (value) => Math.sign(value)).join(' ');
    });
    expect([...new Set(signs)].sort()).toEqual(
      ['-1 -1 1 -1 -1 1', '-1 1 -1 -1 1 -1', '1 -1 -1 1 -1 -1'].sort(),
    );
  });

  it('turns raw counts about their mean', () => {
    const values = ramp();
    augmentRecorded({ values, width: WIDTH }, { ...NONE, rotationDegrees: 90 }, true, createRandom(1));
    const mean = column(values, 0).reduce((sum, value) => sum + value, 0) / ROWS;
    expect(mean).toBeCloseTo((ROWS - 1) / 2, 2);
    expect(column(values, 0)).not.toEqual(column(ramp(), 0));
  });

  it('plays at another speed without going backwards or beyond the window', () => {
    const values = ramp();
    augmentRecorded({ values, width: WIDTH }, { ...NONE, timeWarp: 0.3 }, false, createRandom(3));
    const rows = column(values, 0);
    expect(rows.every((row, index) => index === 0 || row >= (rows[index - 1] ?? 0))).toBe(true);
    expect(rows.every((row) => row >= 0 && row <= ROWS - 1)).toBe(true);
    expect(rows).not.toEqual(column(ramp(), 0));
  });

  it('makes sensors missing, but never all of them', () => {
    const random = createRandom(4);
    const missing = Array.from({ length: 200 }, () => {
      const values = ramp();
      augmentRecorded({ values, width: WIDTH }, { ...NONE, sensorDropout: 0.6 }, false, random);
      return [0, 3].filter((sensor) => column(values, sensor).every(Number.isNaN));
    });
    expect(missing.some((sensors) => sensors.includes(0))).toBe(true);
    expect(missing.some((sensors) => sensors.includes(3))).toBe(true);
    expect(missing.every((sensors) => sensors.length < 2)).toBe(true);
  });
});

describe('augmentNormalised', () => {
  it('adds one offset and one factor a channel', () => {
    const values = ramp();
    augmentNormalised({ values, width: WIDTH }, { ...NONE, offset: 1, scale: 0.2 }, createRandom(5));
    for (let channel = 0; channel < WIDTH; channel++) {
      const data = column(values, channel);
      const factor = (data[1] ?? 0) - (data[0] ?? 0);
      expect(factor).toBeGreaterThan(0.8);
      expect(factor).toBeLessThan(1.2);
      expect((data[100] ?? 0) - (data[99] ?? 0)).toBeCloseTo(factor, 3);
    }
  });

  it('adds noise of the size asked for', () => {
    const values = new Float32Array(ROWS * WIDTH);
    augmentNormalised({ values, width: WIDTH }, { ...NONE, noise: 0.5 }, createRandom(6));
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.sqrt(variance)).toBeCloseTo(0.5, 1);
  });
});
