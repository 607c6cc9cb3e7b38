import { describe, expect, it } from 'vitest';
import { groupsOf } from '../../../src/company/groups.js';
import { idOf } from './company-rows.js';

describe('groupsOf', () => {
  const pair = (first: string, second: string) => ({ first: idOf(first), second: idOf(second) });

  it('joins whoever is with one of a group, in order of names', () => {
    expect(
      groupsOf([pair('e', 'f'), pair('c', 'd'), pair('a', 'd'), pair('b', 'f'), pair('a', 'c')]),
    ).toEqual([
      ['a', 'c', 'd'],
      ['b', 'e', 'f'],
    ]);
  });

  it('has no groups without pairs', () => {
    expect(groupsOf([])).toEqual([]);
  });
});
