import { describe, expect, it } from 'vitest';
import { RecentIds } from '../../../../src/notify/webhooks/notification-spool.js';

describe(RecentIds, () => {
  it('knows as many as it may, the longest unseen goes first', () => {
    const ids = new RecentIds(2);
    expect(['a', 'b', 'a', 'c'].map((id) => ids.add(id))).toEqual([true, true, false, true]);
    expect(ids.add('a')).toBe(false);
    expect(ids.add('b')).toBe(true);
  });
});
