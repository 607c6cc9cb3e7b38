import { describe, expect, it } from 'vitest';
import { hashPassword, verifyPassword } from '../../../src/access/password-hash.js';

describe('hashPassword', () => {
  it('keeps its costs, a salt of its own, and nothing of the password', async () => {
    const one = await hashPassword('hunter2');
    const other = await hashPassword('hunter2');
    expect(one).toMatchObject({ algorithm: 'scrypt', cost: 4096, blockSize: 8, parallelization: 1 });
    expect(one.salt).not.toBe(other.salt);
    expect(one.hash).not.toBe(other.hash);
    expect(JSON.stringify(one)).not.toContain('hunter2');
  });

  it('is verified by the password and by no other', async () => {
    const hash = await hashPassword('hunter2');
    expect(await verifyPassword('hunter2', hash)).toBe(true);
    expect(await verifyPassword(Buffer.from('hunter2'), hash)).toBe(true);
    for (const wrong of ['', 'hunter', 'hunter22', 'Hunter2']) {
      expect(await verifyPassword(wrong, hash), wrong).toBe(false);
    }
  });

  it('is verified at the costs it was made with', async () => {
    const hash = await hashPassword('hunter2', { cost: 2, blockSize: 1, parallelization: 2 });
    expect(hash.cost).toBe(2);
    expect(await verifyPassword('hunter2', hash)).toBe(true);
  });

  it('agrees with the published example (RFC 7914, section 12)', async () => {
    const hash = Buffer.from(
      'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
      'hex',
    );
    const expected = {
      algorithm: 'scrypt' as const,
      cost: 1024,
      blockSize: 8,
      parallelization: 16,
      salt: Buffer.from('NaCl').toString('base64'),
      hash: hash.toString('base64'),
    };
    expect(await verifyPassword('password', expected)).toBe(true);
    expect(await verifyPassword('passwort', expected)).toBe(false);
  });
});
