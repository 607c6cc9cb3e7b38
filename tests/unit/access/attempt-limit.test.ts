import { describe, expect, it } from 'vitest';
import { AttemptLimit, LoginLimit } from '../../../src/access/attempt-limit.js';

const OPTIONS = { maxFailures: 3, windowMs: 1000, maxAddresses: 2 };

function failTimes(limit: AttemptLimit, address: string, times: number, nowMs: number): void {
  for (let count = 0; count < times; count++) limit.noteFailure(address, nowMs);
}

describe('AttemptLimit', () => {
  it('lets an address try until it has failed often enough, then tells how long to wait', () => {
    const limit = new AttemptLimit(OPTIONS);
    failTimes(limit, 'a', 2, 0);
    expect(limit.waitMs('a', 0)).toBe(0);
    limit.noteFailure('a', 400);
    expect(limit.waitMs('a', 400)).toBe(600);
    expect(limit.waitMs('a', 999)).toBe(1);
    expect(limit.waitMs('a', 1000)).toBe(0);
  });

  it('begins to count again after the window', () => {
    const limit = new AttemptLimit(OPTIONS);
    failTimes(limit, 'a', 2, 0);
    failTimes(limit, 'a', 2, 1000);
    expect(limit.waitMs('a', 1001)).toBe(0);
    limit.noteFailure('a', 1002);
    expect(limit.waitMs('a', 1003)).toBe(997);
  });

  it('keeps addresses apart', () => {
    const limit = new AttemptLimit(OPTIONS);
    failTimes(limit, 'a', 3, 0);
    expect(limit.waitMs('b', 1)).toBe(0);
  });

  it('remembers a bounded number of addresses, the latest', () => {
    const limit = new AttemptLimit(OPTIONS);
    for (const address of ['a', 'b', 'c']) failTimes(limit, address, 3, 0);
    expect(['a', 'b', 'c'].map((address) => limit.waitMs(address, 1) > 0)).toEqual([false, true, true]);
  });

  it('forgives when the clock was set back', () => {
    const limit = new AttemptLimit(OPTIONS);
    failTimes(limit, 'a', 3, 5000);
    expect(limit.waitMs('a', 10)).toBe(0);
  });
});

describe('LoginLimit', () => {
  const LOGIN = { maxFailures: 3, maxFailuresOfAddress: 7, windowMs: 1000, maxAddresses: 100 };
  const fail = (limit: LoginLimit, name: string, times: number, address = 'home') => {
    for (let count = 0; count < times; count++) limit.noteFailure(name, address, 0);
  };

  it('keeps a name out that failed often enough, and no other of its address', () => {
    const limit = new LoginLimit(LOGIN);
    fail(limit, 'anna', 2);
    expect(limit.waitMs('anna', 'home', 1)).toBe(0);
    fail(limit, 'anna', 1);
    expect(['anna', 'ben'].map((name) => limit.waitMs(name, 'home', 1))).toEqual([999, 0]);
    expect(limit.waitMs('anna', 'elsewhere', 1)).toBe(0);
  });

  it('keeps all names of an address out once many of them failed', () => {
    const limit = new LoginLimit(LOGIN);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) fail(limit, name, 1);
    expect(limit.waitMs('g', 'home', 1)).toBe(0);
    fail(limit, 'g', 1);
    expect(['a', 'h'].map((name) => limit.waitMs(name, 'home', 1))).toEqual([999, 999]);
    expect(limit.waitMs('h', 'elsewhere', 1)).toBe(0);
    expect([999, 1000].map((nowMs) => limit.waitMs('h', 'home', nowMs))).toEqual([1, 0]);
  });

  it('tells suspects after as many failures of an address as a name may have', () => {
    const limit = new LoginLimit(LOGIN);
    for (const name of ['a', 'b']) fail(limit, name, 1);
    expect(limit.suspicionMs('home', 1)).toBe(0);
    fail(limit, 'c', 1);
    expect([limit.suspicionMs('home', 1), limit.suspicionMs('elsewhere', 1)]).toEqual([999, 0]);
    expect(limit.waitMs('d', 'home', 1)).toBe(0);
  });

  it('takes the longer wait where both are over', () => {
    const limit = new LoginLimit(LOGIN);
    fail(limit, 'a', 3);
    for (const [index, name] of ['b', 'c', 'd', 'e'].entries()) limit.noteFailure(name, 'home', 100 * index);
    expect([limit.waitMs('a', 'home', 500), limit.waitMs('x', 'home', 500)]).toEqual([500, 500]);
  });

  it('counts absurdly long names by their beginning', () => {
    const limit = new LoginLimit(LOGIN);
    for (let index = 0; index < 3; index++) limit.noteFailure('x'.repeat(64) + index, 'home', 0);
    expect(limit.waitMs('x'.repeat(70), 'home', 1)).toBe(999);
    expect(limit.waitMs('x'.repeat(63), 'home', 1)).toBe(0);
  });
});
