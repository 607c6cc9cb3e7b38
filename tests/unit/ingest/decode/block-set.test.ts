import { describe, expect, it } from 'vitest';
import { BlockSet } from '../../../../src/ingest/decode/block-builder.js';

describe(BlockSet, () => {
  it('builds the sensors that have samples, each with its own scale', () => {
    const blocks = new BlockSet();
    blocks.of('gyroscope').add(1, 1, 1, 1);
    blocks.of('gravity').add(1, Number.NaN, 1, 1);
    blocks.of('accelerometer').add(1, 1, 1, 1);
    blocks.of('gyroscope').add(2, 2, 2, 2);
    expect(blocks.has('gravity')).toBe(true);
    expect(blocks.invalid).toBe(1);
    const built = blocks.build((sensor) => (sensor === 'accelerometer' ? -1 : 1));
    expect(built.map(({ sensor, values }) => [sensor, ...values])).toEqual([
      ['gyroscope', 1, 1, 1, 2, 2, 2],
      ['accelerometer', -1, -1, -1],
    ]);
  });
});
