import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawMessage } from '../../../../src/domain/message.js';
import {
  decodeRecord,
  encodeMessage,
  encodeRecord,
  RecordPage,
} from '../../../../src/storage/journal/record-codec.js';
import { rawMessage } from '../../../helpers/journal-contract.js';

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

describe('records of messages', () => {
  const messages = fc.record({
    format: fc.constantFrom<RawMessage['format']>('sensor-logger', 'alongside'),
    topic: fc.string({ unit: 'binary' }),
    device: fc.constantFrom(undefined, rawMessage('').device),
    receivedAtMs: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
    payload: fc.uint8Array({ maxLength: 50 }),
  });

  it('come back as they were', () => {
    const page = new RecordPage();
    fc.assert(
      fc.property(fc.array(messages), (several) => {
        page.clear();
        const records = several.map((message) => encodeMessage(message, page));
        const decoded = records.map((record) => decodeRecord(record)?.value as RawMessage);
        expect(decoded).toEqual(several.map((each) => ({ ...each, payload: Buffer.from(each.payload) })));
      }),
    );
  });

  it('are read as well when they were written as values', () => {
    const message = { ...rawMessage('as before'), payload: Buffer.from('as before') };
    expect(decodeRecord(encodeRecord(message))).toEqual({ value: message });
  });

  it('are not taken for what they are not when a byte is wrong, or bytes are missing', () => {
    const record = encodeMessage(rawMessage('some payload'), new RecordPage());
    fc.assert(
      fc.property(fc.nat(record.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(record);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        expect(decodeRecord(damaged)).toBeUndefined();
        expect(decodeRecord(record.subarray(0, at))).toBeUndefined();
      }),
    );
  });

  it('do not share bytes, whether they fit one page, several, or none', () => {
    const page = new RecordPage();
    const sizes = [400_000, 400_000, 400_000, 3_000_000, 10];
    const records = sizes.map((bytes, index) =>
      encodeMessage(rawMessage('', { payload: Buffer.alloc(bytes, index + 1) }), page),
    );
    const decoded = records.map((record) => decodeRecord(record)?.value as RawMessage);
    expect(decoded.map(({ payload }) => [payload.length, payload[0], payload.at(-1)])).toEqual(
      sizes.map((bytes, index) => [bytes, index + 1, index + 1]),
    );
  });
});
