import { describe, expect, it } from 'vitest';
import { parseJson, textOf } from '../../../src/shared/text.js';

const TEXT = '{"größe":1}';

describe(parseJson, () => {
  it('reads UTF-8 with and without a byte order mark', () => {
    for (const text of [TEXT, `\uFEFF${TEXT}`]) expect(parseJson(Buffer.from(text))).toEqual({ größe: 1 });
  });

  it.each([
    ['marked', Buffer.from(`\uFEFF${TEXT}`, 'utf16le')],
    ['marked, big endian', Buffer.from(`\uFEFF${TEXT}`, 'utf16le').swap16()],
    ['plain', Buffer.from(TEXT, 'utf16le')],
    ['plain, big endian', Buffer.from(TEXT, 'utf16le').swap16()],
  ])('says so of UTF-16, %s', (_, bytes) => {
    expect(() => parseJson(bytes)).toThrow('it is UTF-16; save or send it as UTF-8');
  });

  it('refuses what is not JSON', () => {
    for (const text of ['', '\uFEFF', '{', '\uFEFF\uFEFF{}']) {
      expect(() => parseJson(Buffer.from(text)), text).toThrow(SyntaxError);
    }
  });
});

describe(textOf, () => {
  it('takes any UTF-8', () => {
    expect(textOf(Buffer.from('\uFEFFä'))).toBe('ä');
    expect(textOf(new Uint8Array())).toBe('');
  });
});
