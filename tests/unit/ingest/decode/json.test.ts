import { describe, expect, it } from 'vitest';
import {
  parseJsonPayload,
  parseRecord,
  toFinite,
  toNumber,
  toSequence,
  toSession,
} from '../../../../src/ingest/decode/json.js';

describe(toNumber, () => {
  it.each([
    [1.5, 1.5],
    ['1698501144401773000', 1_698_501_144_401_773_000],
    ['-0.25', -0.25],
    ['1e-7', 1e-7],
  ])('takes %j', (value, expected) => {
    expect(toNumber(value)).toBe(expected);
  });

  it.each([
    null,
    undefined,
    true,
    '',
    ' ',
    '0x10',
    'Infinity',
    '1.',
    '.5',
    '1 ',
    [1],
    { x: 1 },
    '9'.repeat(41),
  ])('gives NaN for %j', (value) => {
    expect(toNumber(value)).toBeNaN();
  });
});

describe(toFinite, () => {
  it('leaves out what is not finite', () => {
    expect(toFinite('12')).toBe(12);
    expect(toFinite(Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(toFinite('x')).toBeUndefined();
  });
});

describe(toSequence, () => {
  it.each([
    [0, 0],
    ['36', 36],
    [-1, undefined],
    [1.5, undefined],
    [2 ** 53, undefined],
    [null, undefined],
  ])('makes of %j %j', (value, expected) => {
    expect(toSequence(value)).toBe(expected);
  });
});

describe(toSession, () => {
  it('takes text of sensible length only', () => {
    expect(toSession('walk-1')).toBe('walk-1');
    expect(toSession('')).toBeUndefined();
    expect(toSession('x'.repeat(129))).toBeUndefined();
    expect(toSession(7)).toBeUndefined();
  });
});

describe(parseRecord, () => {
  it('parses the part of a buffer that the payload is', () => {
    const surrounding = Buffer.from('xx{"a":1}yy');
    expect(parseRecord(surrounding.subarray(2, 9))).toEqual({ ok: true, value: { a: 1 } });
  });

  it('takes a byte order mark before it, and refuses UTF-16', () => {
    expect(parseRecord(Buffer.from('\uFEFF{"a":1}'))).toEqual({ ok: true, value: { a: 1 } });
    expect(parseRecord(Buffer.from('{"a":1}', 'utf16le'))).toMatchObject({ ok: false, reason: 'not-json' });
  });

  it.each(['[1]', 'null', '"text"', '12'])('refuses %s as of the wrong shape', (text) => {
    expect(parseRecord(Buffer.from(text))).toMatchObject({ ok: false, reason: 'wrong-shape' });
  });

  it.each(['', '{', '{"a":NaN}', '\u{feff}', 'hello'])('refuses %j as no JSON', (text) => {
    expect(parseRecord(Buffer.from(text))).toMatchObject({ ok: false, reason: 'not-json' });
  });
});

describe(parseJsonPayload, () => {
  it('survives nesting that is deeper than any stack', () => {
    const deep = Buffer.from(`${'['.repeat(200_000)}${']'.repeat(200_000)}`);
    expect(parseJsonPayload(deep)).toMatchObject({ ok: false, reason: 'wrong-shape' });
    expect(parseJsonPayload(deep.subarray(0, 200_000))).toMatchObject({ ok: false, reason: 'wrong-shape' });
  });
});

describe('a large payload', () => {
  const encoder = new TextEncoder();
  const padding = ' '.repeat(65_536);

  it('is refused where it is nested deeper than any app nests, before it is parsed', () => {
    const nested = (depth: number) => encoder.encode(`${padding}${'['.repeat(depth)}${']'.repeat(depth)}`);
    expect(parseJsonPayload(nested(32)).ok).toBe(true);
    expect(parseJsonPayload(nested(33))).toMatchObject({
      reason: 'wrong-shape',
      detail: 'the payload is nested more than 32 deep',
    });
  });

  it('is refused where its objects have more members than a message of its format', () => {
    const members = (count: number) =>
      encoder.encode(`${padding}{${Array.from({ length: count }, (_, index) => `"s${index}":1`).join()}}`);
    expect(parseRecord(members(10), 10).ok).toBe(true);
    expect(parseRecord(members(11), 10)).toMatchObject({ reason: 'wrong-shape' });
  });

  it('is refused where it has more values than so many bytes of samples, before it is parsed', () => {
    const values = (count: number) => encoder.encode(`[${'0,'.repeat(count - 1)}0]`);
    expect(parseJsonPayload(values(2_000_001)).ok).toBe(true);
    expect(parseJsonPayload(values(2_000_002))).toMatchObject({
      reason: 'wrong-shape',
      detail: 'the payload has more than 2000000 values; send it in several messages',
    });
  });

  it('may hold brackets, commas, colons and quotes in its texts', () => {
    const text = '[{,:"\\'.repeat(100);
    expect(parseRecord(encoder.encode(`${padding}${JSON.stringify({ text })}`), 1)).toMatchObject({
      value: { text },
    });
  });
});
