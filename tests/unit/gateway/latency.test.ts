import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../src/config/schema.js';
import { batchingOf, flushIntervalOf } from '../../../src/gateway/latency.js';

const configOf = (settings: object) => configSchema.parse(settings);

describe('waiting for others', () => {
  it.each([0, 1, 40, 1000])('takes no longer in all than infer.latencyMs, %d ms', (latencyMs) => {
    const config = configOf({ infer: { latencyMs } });
    const { maxWaitMs } = batchingOf(config.infer);
    expect(maxWaitMs).toBeLessThanOrEqual(latencyMs);
    expect(maxWaitMs + flushIntervalOf(config)).toBeCloseTo(latencyMs);
  });

  it('is as long as is said of a single part', () => {
    const config = configOf({ infer: { latencyMs: 40, maxWaitMs: 5 }, store: { flushIntervalMs: 200 } });
    expect(batchingOf(config.infer).maxWaitMs).toBe(5);
    expect(flushIntervalOf(config)).toBe(200);
  });

  it('ends when a batch is full, and not before', () => {
    expect(batchingOf(configOf({ infer: { maxBatch: 32 } }).infer)).toMatchObject({
      maxBatch: 32,
      enough: 32,
    });
  });
});
