import { beforeAll, describe, expect, it } from 'vitest';
import type { PasswordHash } from '../../../src/access/access-file.js';
import { hashPassword, PasswordChecker, verifyPassword } from '../../../src/access/passwords.js';
import { deviceId } from '../../helpers/make-results.js';

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

const ANNA = deviceId('anna');
const RIGHT = Buffer.from('right');
const always = () => true;

let hash: PasswordHash;
beforeAll(async () => {
  hash = await hashPassword('right');
});

describe('PasswordChecker', () => {
  it('knows a password after it was found right, and no other', async () => {
    const checker = new PasswordChecker();
    expect(checker.isKnown(ANNA, RIGHT, hash)).toBe(false);
    expect(await checker.check(ANNA, RIGHT, hash, always)).toBe(true);
    expect(checker.isKnown(ANNA, RIGHT, hash)).toBe(true);
    expect(checker.isKnown(ANNA, Buffer.from('wrong'), hash)).toBe(false);
    expect(checker.isKnown(deviceId('ben'), RIGHT, hash)).toBe(false);
  });

  it('does not know wrong passwords better for having seen them', async () => {
    const checker = new PasswordChecker();
    expect(await checker.check(ANNA, Buffer.from('wrong'), hash, always)).toBe(false);
    expect(checker.isKnown(ANNA, Buffer.from('wrong'), hash)).toBe(false);
  });

  it('does not know a password whose hash was replaced, or whose device is gone', async () => {
    const checker = new PasswordChecker();
    await checker.check(ANNA, RIGHT, hash, always);
    expect(checker.isKnown(ANNA, RIGHT, await hashPassword('right'))).toBe(false);
    checker.retain(new Set());
    expect(checker.isKnown(ANNA, RIGHT, hash)).toBe(false);
  });

  it('asks whether it may when the turn has come, and lets everyone have a turn', async () => {
    const checker = new PasswordChecker();
    let turns = 0;
    const checks = Array.from({ length: 20 }, () =>
      checker.check(ANNA, RIGHT, hash, () => {
        turns += 1;
        return turns <= 5;
      }),
    );
    const answers = await Promise.all(checks);
    expect(turns).toBe(20);
    expect(answers.filter((answer) => answer === true)).toHaveLength(5);
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(15);
    expect(checker.computed).toBe(5);
  });

  it('computes two at once, also after others have waited', async () => {
    const checker = new PasswordChecker();
    let turns = 0;
    const checkTimes = (times: number) =>
      Array.from({ length: times }, () =>
        checker.check(ANNA, RIGHT, hash, () => {
          turns += 1;
          return true;
        }),
      );
    await Promise.all(checkTimes(4));
    const later = checkTimes(4);
    await Promise.resolve();
    expect(turns).toBe(4 + 2);
    await Promise.all(later);
  });

  it('sends away who comes when too many wait already', async () => {
    const checker = new PasswordChecker();
    const waiting = Array.from({ length: 10_002 }, () => checker.check(ANNA, RIGHT, hash, () => false));
    await expect(checker.check(ANNA, RIGHT, hash, () => false)).rejects.toMatchObject({
      code: 'QUEUE_FULL',
      retryable: true,
    });
    await Promise.all(waiting);
    expect(await checker.check(ANNA, RIGHT, hash, always)).toBe(true);
  });
});
