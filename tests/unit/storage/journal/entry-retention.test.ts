import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EntryRetention } from '../../../../src/storage/journal/entry-retention.js';
import { deviceId } from '../../../helpers/sensor-messages.js';

const PHONE = deviceId('phone');
const WATCH = deviceId('watch');

describe(EntryRetention, () => {
  it('lets go of the messages whose newest sample lies before what is needed, once', () => {
    const retention = new EntryRetention();
    retention.add(PHONE, 1, { newestMs: 1000 });
    retention.add(PHONE, 2, { newestMs: 3000 });
    retention.add(PHONE, 3, { newestMs: 2000 });
    expect(retention.release(PHONE, 1000)).toEqual([]);
    expect(retention.release(PHONE, 2000.5)).toEqual([1, 3]);
    expect(retention.release(PHONE, 2000.5)).toEqual([]);
    expect(retention.release(PHONE, 3001)).toEqual([2]);
  });

  it('keeps devices apart and forgets all of one', () => {
    const retention = new EntryRetention();
    retention.add(PHONE, 1, { newestMs: 1000 });
    retention.add(WATCH, 2, { newestMs: 1000 });
    expect(retention.forget(PHONE)).toEqual([1]);
    expect(retention.forget(PHONE)).toEqual([]);
    expect(retention.release(WATCH, 2000)).toEqual([2]);
  });

  it('lets go of a message without a believable time as soon as anything is let go of', () => {
    const retention = new EntryRetention();
    retention.add(PHONE, 1, { newestMs: Number.NEGATIVE_INFINITY });
    expect(retention.release(PHONE, Number.NEGATIVE_INFINITY)).toEqual([]);
    expect(retention.release(PHONE, 0)).toEqual([1]);
  });

  it('releases each message exactly once, whatever the times', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100)), fc.array(fc.nat(120)), (newest, needed) => {
        const retention = new EntryRetention();
        for (const [id, newestMs] of newest.entries()) retention.add(PHONE, id, { newestMs });
        const released = needed.flatMap((neededMs) => retention.release(PHONE, neededMs));
        const limit = Math.max(Number.NEGATIVE_INFINITY, ...needed);
        const wanted = [...newest.entries()].filter(([, newestMs]) => newestMs < limit).map(([id]) => id);
        expect(released.toSorted((a, b) => a - b)).toEqual(wanted);
        expect([...released, ...retention.forget(PHONE)]).toHaveLength(newest.length);
      }),
    );
  });
});
