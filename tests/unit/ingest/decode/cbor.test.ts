import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCborMap, parseCborRecord } from '../../../../src/ingest/decode/cbor.js';
import { type CborValue, writeCbor } from '../../../../src/shared/cbor.js';

const MAX_NAMES = 100;
const parse = (bytes: Uint8Array) => parseCborRecord(bytes, MAX_NAMES);
const fromHex = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
/** A map of one member, `a`, whose value is written as given. */
const member = (hex: string): Buffer => fromHex(`a1 61 61 ${hex}`);

const leaf: fc.Arbitrary<CborValue> = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.float32Array(),
  fc.float64Array(),
);
const record = fc.dictionary(
  fc.string(),
  fc.oneof(leaf, fc.dictionary(fc.string(), leaf, { maxKeys: 5, noNullPrototype: true })),
  { maxKeys: 10, noNullPrototype: true },
);

/** As it is read: every column in 64 bits. */
function asRead(value: CborValue | undefined): unknown {
  if (value instanceof Float32Array) return Float64Array.from(value);
  if (typeof value !== 'object' || value instanceof Float64Array) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, asRead(each)]));
}

describe(parseCborRecord, () => {
  it('reads what is written, wherever in memory it lies', () => {
    fc.assert(
      fc.property(record, fc.nat(7), (written, offset) => {
        const bytes = writeCbor(written);
        const room = new Uint8Array(bytes.length + offset);
        room.set(bytes, offset);
        expect(isCborMap(bytes)).toBe(true);
        expect(parse(room.subarray(offset))).toEqual({ ok: true, value: asRead(written) });
      }),
    );
  });

  it.each([
    ['00', 0],
    ['17', 23],
    ['18 18', 24],
    ['19 03e8', 1000],
    ['1a 000f4240', 1_000_000],
    ['1b 000000e8d4a51000', 1_000_000_000_000],
    ['20', -1],
    ['39 03e7', -1000],
    ['f9 3c00', 1],
    ['f9 c400', -4],
    ['f9 0001', 2 ** -24],
    ['f9 7c00', Number.POSITIVE_INFINITY],
    ['fa 47c35000', 100_000],
    ['fb c010666666666666', -4.1],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    ['64 49455446', 'IETF'],
    ['63 e6b0b4', '水'],
  ])('reads the RFC’s example %s', (hex, value) => {
    expect(parse(member(hex))).toEqual({ ok: true, value: { a: value } });
  });

  it.each([
    ['an array of numbers', '83 01 f9 3c00 20', [1, 1, -1]],
    ['an array with gaps', '83 f6 01 f5', [Number.NaN, 1, Number.NaN]],
    ['bytes', 'd8 40 42 01ff', [1, 255]],
    ['16 bits, both ways', 'd8 41 42 0102', [258]],
    ['16 bits, both ways', 'd8 45 42 0201', [258]],
    ['signed 16 bits', 'd8 49 42 fffe', [-2]],
    ['signed 32 bits', 'd8 4e 44 feffffff', [-2]],
    ['32-bit floats, largest byte first', 'd8 51 44 3fc00000', [1.5]],
    ['32-bit floats, smallest byte first', 'd8 55 44 0000c03f', [1.5]],
    ['64-bit floats, largest byte first', 'd8 52 48 3ff8000000000000', [1.5]],
    ['nothing', 'd8 55 40', []],
  ])('reads a column of %s: %s', (_, hex, numbers) => {
    expect(parse(member(hex))).toEqual({ ok: true, value: { a: Float64Array.from(numbers) } });
  });

  it.each([
    ['is no map', '83 01 02 03'],
    ['goes on after its end, at byte 1', 'a0 00'],
    ['ends within a value', 'a1 61'],
    ['ends within a value', 'a1 61 61 fb 00'],
    ['ends within a value', 'a1 61 61 7b 7fffffffffffffff'],
    ['ends within a value', 'a1 61 61 9b 7fffffffffffffff'],
    ['ends within a value', 'a1 61 61 9a ffffffff 00'],
    ['ends within a value', 'a1 61 61 d8 56 5b fffffffffffffff8'],
    ['has more than 100 members', 'ba ffffffff'],
    ['has more than 100 members', 'a1 61 61 b8 64'],
    ['has a value of no stated length', 'bf ff'],
    ['has a value of no stated length', 'a1 61 61 9f ff'],
    ['has a member whose name is no text', 'a1 01 01'],
    ['has two members of one name', 'a2 61 61 01 61 61 02'],
    ['has bytes that no tag makes a typed array', 'a1 61 61 41 00'],
    ['has the tag 0', 'a1 61 61 c0 61 61'],
    ['has the tag 84', 'a1 61 61 d8 54 42 0000'],
    ['with part of a number', 'a1 61 61 d8 55 43 000000'],
    ['without bytes', 'a1 61 61 d8 55 84 00 00 00 00'],
    ['something other than numbers', 'a1 61 61 81 a0'],
    ['something other than numbers', 'a1 61 61 81 81 00'],
    ['something other than numbers', 'a1 61 61 81 61 61'],
    ['has the simple value 16', 'a1 61 61 f0'],
  ])('refuses what %s: %s', (words, hex) => {
    const outcome = parse(fromHex(hex));
    expect(outcome).toMatchObject({ ok: false, reason: 'wrong-shape' });
    expect(outcome).toHaveProperty('detail', expect.stringContaining(words));
  });

  it('refuses maps in maps without end', () => {
    const deep = Buffer.concat(Array.from({ length: 99 }, () => fromHex('a1 61 61')));
    expect(parse(deep)).toMatchObject({
      ok: false,
      detail: expect.stringContaining('nested more than 16 deep'),
    });
  });

  it('refuses more numbers than it takes, before it reads them', () => {
    const column = Buffer.concat([fromHex('d8 40 5a 001e8481'), Buffer.alloc(2_000_001)]);
    const array = Buffer.concat([fromHex('9a 001e8481'), Buffer.alloc(2_000_001)]);
    for (const numbers of [column, array]) {
      const outcome = parse(Buffer.concat([fromHex('a1 61 61'), numbers]));
      expect(outcome).toMatchObject({
        ok: false,
        detail: expect.stringContaining('more than 2000000 numbers; send it in several messages'),
      });
    }
  });

  it('keeps a member named __proto__ a member', () => {
    const parsed = parse(writeCbor(Object.fromEntries([['__proto__', { polluted: true }]])));
    expect(parsed.ok && Object.keys(parsed.value)).toEqual(['__proto__']);
    expect(parsed.ok && 'polluted' in parsed.value).toBe(false);
  });

  it('refuses every part of a payload, and throws for no bytes at all', () => {
    const whole = writeCbor({ a: 'text', b: { c: Float32Array.of(1, 2), d: -1.5 }, e: true });
    for (let length = 0; length < whole.length; length++)
      expect(parse(whole.subarray(0, length)).ok, `${length} bytes`).toBe(false);
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(whole.length - 1), (noise, at) => {
        parse(noise);
        const spoilt = Uint8Array.from(whole);
        spoilt.set(noise.subarray(0, whole.length - at), at);
        parse(spoilt);
      }),
    );
  });
});
