import { describe, expect, it } from 'vitest';
import { BlockBuilder } from '../../../../src/ingest/decode/block-builder.js';

describe(BlockBuilder, () => {
  it('keeps samples in the order in which they come, beyond its first capacity', () => {
    const builder = new BlockBuilder(2);
    for (let index = 0; index < 9; index++) builder.add(100 - index, index, index + 0.25, -index);
    const block = builder.build('gyroscope');
    expect(builder.length).toBe(9);
    expect([...block.timesMs]).toEqual([100, 99, 98, 97, 96, 95, 94, 93, 92]);
    expect([...block.values.slice(0, 6)]).toEqual([0, 0.25, -0, 1, 1.25, -1]);
    expect([...block.values.slice(-3)]).toEqual([8, 8.25, -8]);
  });

  it.each([
    [Number.NaN, 0, 0, 0],
    [Number.POSITIVE_INFINITY, 0, 0, 0],
    [1, Number.NaN, 0, 0],
    [1, 0, Number.NEGATIVE_INFINITY, 0],
    [1, 0, 0, 1e39],
    [1, 0, 1e10, 0],
  ])('counts a sample of %d, %d, %d, %d as invalid', (timeMs, x, y, z) => {
    const builder = new BlockBuilder();
    builder.add(timeMs, x, y, z);
    builder.add(2, 1, 2, 3);
    expect(builder.invalid).toBe(1);
    expect([...builder.build('gravity').timesMs]).toEqual([2]);
  });

  it('scales when it builds', () => {
    const builder = new BlockBuilder();
    builder.add(1, 1, 2, -3);
    expect([...builder.build('accelerometer', -2).values]).toEqual([-2, -4, 6]);
  });
});
