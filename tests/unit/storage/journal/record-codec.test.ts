import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeRecord } from '../../../../src/storage/journal/journal-tables.js';

describe('records', () => {
  it.each([
    [{ a: Number.NaN, b: Number.NEGATIVE_INFINITY, c: undefined, d: [null, -0, 'text'] }],
    [new Map([['device', { since: 1.5 }]])],
    [Uint8Array.of(0, 255)],
    [undefined],
  ])('come back as they were: %o', (value) => {
    expect(decodeRecord(encodeRecord(value))).toEqual({ value });
  });

  it('hold bytes of their own', () => {
    const record = encodeRecord({ payload: Uint8Array.of(1, 2, 3) });
    const decoded = decodeRecord(record);
    record.fill(0);
    expect(decoded).toEqual({ value: { payload: Uint8Array.of(1, 2, 3) } });
  });

  it('are not taken for what they are not when a byte is wrong, or bytes are missing', () => {
    const record = encodeRecord({ topic: 'a', payload: Buffer.from('some payload') });
    fc.assert(
      fc.property(fc.nat(record.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(record);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        expect(decodeRecord(damaged)).toBeUndefined();
        expect(decodeRecord(record.subarray(0, at))).toBeUndefined();
      }),
    );
  });
});
