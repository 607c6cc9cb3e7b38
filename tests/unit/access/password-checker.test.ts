import { beforeAll, describe, expect, it } from 'vitest';
import { PasswordChecker } from '../../../src/access/password-checker.js';
import { hashPassword } from '../../../src/access/password-hash.js';
import type { PasswordHash } from '../../../src/access/records.js';
import { deviceId } from '../../helpers/make-results.js';

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
