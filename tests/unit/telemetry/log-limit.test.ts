import { describe, expect, it } from 'vitest';
import { createLogLimit } from '../../../src/telemetry/log-warning.js';

describe(createLogLimit, () => {
  it('lets the first line of a key through', () => {
    const limit = createLogLimit(1000);
    expect(limit.pass('a', 5)).toBe(0);
  });

  it('holds lines back for the interval and then says how many', () => {
    const limit = createLogLimit(1000);
    limit.pass('a', 0);
    expect(limit.pass('a', 1)).toBeUndefined();
    expect(limit.pass('a', 999)).toBeUndefined();
    expect(limit.pass('a', 1000)).toBe(2);
    expect(limit.pass('a', 2000)).toBe(0);
  });

  it('keeps keys apart', () => {
    const limit = createLogLimit(1000);
    limit.pass('a', 0);
    expect(limit.pass('b', 1)).toBe(0);
  });

  it('is not silenced by a clock that was set back', () => {
    const limit = createLogLimit(1000);
    limit.pass('a', 1_000_000);
    expect(limit.pass('a', 10)).toBe(0);
    expect(limit.pass('a', 11)).toBeUndefined();
  });
});
