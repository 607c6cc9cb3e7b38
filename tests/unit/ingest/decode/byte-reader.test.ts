import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, Literal } from '../../../../src/ingest/decode/byte-reader.js';

const readerOf = (text: string) => new ByteReader(Buffer.from(`${text},`));
const COMMA = 0x2c;

/** Digits as a sensor's number may have them, beyond what a double holds. */
const digits = (max: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`));
const whole = digits(25).map((text) => text.replace(/^0+(?=.)/, ''));
const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    whole,
    fc.option(digits(30)),
    fc.option(fc.tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), digits(2))),
  )
  .map(([sign, integer, decimals, exponent]) => {
    return `${sign}${integer}${decimals === null ? '' : `.${decimals}`}${exponent?.join('') ?? ''}`;
  });

describe('float', () => {
  it('gives the same 32-bit float as JSON.parse, and stops after the number', () => {
    fc.assert(
      fc.property(numberText, (text) => {
        const reader = readerOf(text);
        expect(Math.fround(reader.float())).toBe(Math.fround(JSON.parse(text)));
        expect(reader.skipByte(COMMA) && reader.isAtEnd).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it('gives the same 32-bit float for numbers as apps write them', () => {
    fc.assert(
      fc.property(fc.oneof(fc.float(), fc.double()), (value) => {
        fc.pre(Number.isFinite(value));
        const text = JSON.stringify(value);
        expect(Math.fround(readerOf(text).float())).toBe(Math.fround(Number(text)));
      }),
      { numRuns: 5000 },
    );
  });

  it('rounds to the nearer float beside the middle between two floats', () => {
    // 1 + 2 ** -24 lies between 1 and 1 + 2 ** -23; 19 digits decide.
    const middle = '1.000000059604644775390625';
    for (const text of [middle, `${middle}1`, middle.replace(/5$/, '4'), '16777217', '16777219']) {
      expect(Math.fround(readerOf(text).float())).toBe(Math.fround(Number(text)));
    }
  });

  it.each(['', '-', '.5', '1.', '01', '-01.5', '1e', '1.5e+', 'NaN', '+1', 'Infinity', '"1"'])(
    'gives NaN for %j, which is no JSON number',
    (text) => {
      expect(readerOf(text).float()).toBeNaN();
    },
  );
});

/** From the year 2001 on, and small numbers. */
const timeNs = fc.oneof(
  fc.bigInt(1_000_000_000_000_000_000n, 4_611_686_018_999_999_999n),
  fc.bigInt(0n, 4_611_686_018n),
);

describe('integer', () => {
  it('gives the same double as JSON.parse for time stamps in nanoseconds up to the year 2116', () => {
    fc.assert(
      fc.property(timeNs, (value) => {
        expect(readerOf(String(value)).integer()).toBe(JSON.parse(String(value)));
      }),
      { numRuns: 5000 },
    );
  });

  it('says so when it cannot be sure', () => {
    expect(readerOf('9999999999999999999').integer()).toBeNaN();
    expect(readerOf('007').integer()).toBeNaN();
    expect(readerOf('-7').integer()).toBeNaN();
    expect(readerOf('x').integer()).toBeNaN();
  });

  it('stops before what it does not read', () => {
    for (const text of ['1.5', '1e3', `1${'0'.repeat(19)}`]) {
      const reader = readerOf(text);
      reader.integer();
      expect(reader.skipByte(COMMA)).toBe(false);
    }
  });
});

describe('text', () => {
  it('reads up to the closing quote', () => {
    const reader = new ByteReader(Buffer.from('"a b/c"}'));
    expect(reader.skipByte(0x22)).toBe(true);
    expect(reader.text()).toBe('a b/c');
    expect(reader.next).toBe(0x7d);
  });

  it.each(['a\\"b"', 'é"', 'a\nb"', 'never closed'])('does not take %j', (text) => {
    expect(new ByteReader(Buffer.from(text)).text()).toBeUndefined();
  });
});

describe('skip', () => {
  it('steps over a literal of any length from 4 and nothing else', () => {
    for (const text of ['abcd', 'abcde', 'abcdef', 'abcdefg', 'abcdefgh']) {
      const literal = new Literal(text);
      expect(readerOf(text).skip(literal)).toBe(true);
      for (let at = 0; at < text.length; at++) {
        expect(readerOf(`${text.slice(0, at)}?${text.slice(at + 1)}`).skip(literal)).toBe(false);
      }
      expect(new ByteReader(Buffer.from(text.slice(0, -1))).skip(literal)).toBe(false);
    }
  });
});

describe('skipValue', () => {
  it('takes only what JSON.parse takes, and all of it', () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 3 }),
        fc.nat(),
        fc.constantFrom('', ',', '}', '"', '0', 'x'),
        (json, at, extra) => {
          const place = at % (json.length + 1);
          const text = json.slice(0, place) + extra + json.slice(place);
          const reader = new ByteReader(Buffer.from(text));
          if (reader.skipValue() && reader.isAtEnd) expect(() => JSON.parse(text)).not.toThrow();
        },
      ),
      { numRuns: 3000 },
    );
  });

  it.each(['{"a":[1,-2.5e3,{"b":null}],"c":true,"d":"e"}', '[]', '{}', '"x"', 'false', '0'])(
    'takes %s',
    (text) => {
      const reader = new ByteReader(Buffer.from(text));
      expect(reader.skipValue() && reader.isAtEnd).toBe(true);
    },
  );

  it('gives up on deep nesting instead of going down', () => {
    expect(new ByteReader(Buffer.from('['.repeat(100_000))).skipValue()).toBe(false);
  });
});
