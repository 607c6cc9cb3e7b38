import { describe, expect, it } from 'vitest';
import { createPassword, createToken, tokenIdOf } from '../../../src/access/passwords.js';

describe('createPassword', () => {
  it('gives what can be typed on a phone, another one each time', () => {
    const passwords = Array.from({ length: 500 }, createPassword);
    for (const password of passwords) expect(password).toMatch(/^([a-km-np-z2-9]{4}-){4}[a-km-np-z2-9]{4}$/);
    expect(new Set(passwords).size).toBe(500);
  });

  it('uses every sign about equally often', () => {
    const counts = new Map<string, number>();
    for (const sign of Array.from({ length: 2000 }, createPassword).join('').replaceAll('-', '')) {
      counts.set(sign, (counts.get(sign) ?? 0) + 1);
    }
    // 40,000 signs, 1,250 of each expected, with a standard deviation of 35.
    expect(counts.size).toBe(32);
    for (const count of counts.values()) expect(Math.abs(count - 1250)).toBeLessThan(250);
  });
});

describe('createToken', () => {
  it('gives a token that names itself by a part that may be shown', () => {
    const { id, text } = createToken();
    expect(text).toMatch(/^alongside_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
    expect(tokenIdOf(text)).toBe(id);
    expect(createToken().text).not.toBe(text);
  });
});

describe('tokenIdOf', () => {
  it.each([
    '',
    'alongside_',
    'Bearer x',
    'alongside_0123456789ab_short',
    `x${createToken().text}`,
    `${createToken().text}\n`,
  ])('finds none in "%s"', (text) => expect(tokenIdOf(text)).toBeUndefined());
});
