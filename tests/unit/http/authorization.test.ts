import { describe, expect, it } from 'vitest';
import { readAuthorization } from '../../../src/http/authorization.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('readAuthorization', () => {
  it('reads bearer tokens', () => {
    expect(readAuthorization('Bearer abc.DEF-1_2~3+/=')).toEqual({
      scheme: 'bearer',
      token: 'abc.DEF-1_2~3+/=',
    });
    expect(readAuthorization('bearer   x')).toEqual({ scheme: 'bearer', token: 'x' });
  });

  it('reads names and passwords; a password may hold colons', () => {
    expect(readAuthorization(`Basic ${base64('anna:a:b')}`)).toEqual({
      scheme: 'basic',
      name: 'anna',
      password: Buffer.from('a:b'),
    });
    expect(readAuthorization(`BASIC ${base64(':')}`)).toMatchObject({ name: '', password: Buffer.alloc(0) });
  });

  it('has nothing to read without a header', () => {
    expect(readAuthorization(undefined)).toBeUndefined();
  });

  it.each([
    '',
    'Bearer',
    'Bearer a b',
    'Bearer a, Basic b',
    'Digest x',
    `Basic ${base64('anna')}`,
    'Basic ü',
    '\tBearer x',
  ])('cannot use "%s"', (header) => expect(readAuthorization(header)).toEqual({ scheme: 'unusable' }));
});
