import { describe, expect, it } from 'vitest';
import { RetainLimit } from '../../../../src/ingest/broker/broker-hooks.js';

describe(RetainLimit, () => {
  it('admits so many topics, and always those it knows', () => {
    const limit = new RetainLimit(2, 100);
    expect([limit.admit('a', 1), limit.admit('b', 1), limit.admit('c', 1), limit.admit('a', 5)]).toEqual([
      true,
      true,
      false,
      true,
    ]);
  });

  it('makes room when a topic is cleared', () => {
    const limit = new RetainLimit(1, 100);
    limit.admit('a', 1);
    expect(limit.admit('a', 0)).toBe(true);
    expect(limit.admit('b', 1)).toBe(true);
  });

  it('refuses large messages', () => {
    expect(new RetainLimit(1, 100).admit('a', 100)).toBe(false);
  });
});
