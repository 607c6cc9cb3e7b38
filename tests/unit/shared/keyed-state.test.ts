import { describe, expect, it } from 'vitest';
import { KeyedState } from '../../../src/shared/keyed-state.js';

describe(KeyedState, () => {
  it('makes state once and forgets it when idle', () => {
    const made: string[] = [];
    const states = new KeyedState<string, { name: string }>((key) => {
      made.push(key);
      return { name: key };
    });
    states.use('a', 0);
    states.use('b', 50);
    states.use('a', 60);
    expect(made).toEqual(['a', 'b']);
    expect(states.evict(149, 100)).toEqual([]);
    expect(states.evict(150, 100)).toEqual([{ key: 'b', state: { name: 'b' } }]);
    expect(states.size).toBe(1);
    expect(states.peek('b')).toBeUndefined();
  });

  it('stays small under ever new keys', () => {
    const states = new KeyedState<number, number>((key) => key);
    for (let key = 0; key < 100_000; key++) {
      states.use(key, key);
      if (key % 100 === 0) states.evict(key, 1000);
    }
    expect(states.size).toBeLessThan(1200);
  });
});
