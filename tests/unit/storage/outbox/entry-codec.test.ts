import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEntry, encodeEntry, weightOf } from '../../../../src/storage/outbox/outbox-tables.js';

describe('an entry on the disk', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.double({ noNaN: true }), (payload, atMs) => {
        const stored = encodeEntry(payload, atMs);
        expect(decodeEntry(stored)).toEqual({ atMs, payload });
        expect(weightOf(stored)).toBe(payload.length + 48);
      }),
    );
  });

  it('is not taken for sound when any bit of it is another', () => {
    const payload = fc.uint8Array({ minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(payload, fc.nat(), fc.nat(7), (bytes, position, bit) => {
        const stored = encodeEntry(bytes, 1_700_000_000_000);
        const index = position % stored.length;
        stored[index] = (stored[index] ?? 0) ^ (1 << bit);
        expect(decodeEntry(stored)).toBeUndefined();
      }),
    );
  });

  it('is not taken for sound when it is cut short', () => {
    const stored = encodeEntry(Buffer.from('hello'), 5);
    for (let length = 0; length < stored.length; length++) {
      expect(decodeEntry(stored.subarray(0, length))).toBeUndefined();
    }
  });
});
