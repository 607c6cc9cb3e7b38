import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/cluster/balance.js';

const gateways = (count: number) => Array.from({ length: count }, (_, index) => `gateway-${index}`);

/** Lets members act one after the other, each on what it sees then, until nobody has anything to do. */
function settle(members: readonly string[], before: readonly string[], order = members) {
  const owners = [...before];
  let moves = 0;
  for (let round = 0; round < 100; round += 1) {
    let isAtRest = true;
    for (const self of order) {
      const { take, letGo } = decide({ self, members, owners });
      for (const partition of letGo) owners[partition] = '';
      for (const partition of take) owners[partition] = self;
      moves += take.length;
      if (take.length + letGo.length > 0) isAtRest = false;
    }
    if (isAtRest) return { owners, moves };
  }
  throw new Error('never at rest');
}

const countsOf = (members: readonly string[], owners: readonly string[]) =>
  members.map((member) => owners.filter((owner) => owner === member).length);

/** Partitions that have to move whatever is done: those of nobody, and those that others lack. */
function leastMoves(members: readonly string[], before: readonly string[]): number {
  const counts = countsOf(members, before).sort((one, other) => other - one);
  const [floor, rest] = [Math.floor(before.length / members.length), before.length % members.length];
  const kept = counts.map((count, rank) => Math.min(count, rank < rest ? floor + 1 : floor));
  return before.length - kept.reduce((sum, count) => sum + count, 0);
}

const members = fc.integer({ min: 1, max: 12 }).map(gateways);
/** Any distribution: partitions that are free, and also of gateways that are gone. */
const world = members.chain((names) =>
  fc.record({
    names: fc.constant(names),
    owners: fc.array(fc.constantFrom('', ...names), { minLength: 1, maxLength: 80 }),
    order: fc.shuffledSubarray([...names], { minLength: names.length }),
  }),
);

describe('at rest', () => {
  it('each partition has one owner, and no two gateways differ by more than one', () => {
    fc.assert(
      fc.property(world, ({ names, owners, order }) => {
        const counts = countsOf(names, settle(names, owners, order).owners);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(owners.length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('no more partitions moved than had to', () => {
    fc.assert(
      fc.property(world, ({ names, owners, order }) => {
        expect(settle(names, owners, order).moves).toBe(leastMoves(names, owners));
      }),
    );
  });

  it('a joining gateway gets its share from all others', () => {
    const ten = settle(gateways(10), new Array<string>(1000).fill('')).owners;
    const eleven = settle(gateways(11), ten);
    expect(eleven.moves).toBe(90);
    expect(countsOf(gateways(11), eleven.owners).sort()).toEqual(
      [90, ...new Array<number>(10).fill(91)].sort(),
    );
  });
});

describe('gateways that see the same', () => {
  it('never take the same partition, and take all that are free', () => {
    fc.assert(
      fc.property(world, ({ names, owners }) => {
        const taken = names.flatMap((self) => decide({ self, members: names, owners }).take);
        const free = owners.flatMap((owner, partition) => (owner === '' ? [partition] : []));
        expect(taken.sort((one, other) => one - other)).toEqual(free);
      }),
    );
  });

  it('let go together of no more than others lack', () => {
    fc.assert(
      fc.property(world, ({ names, owners }) => {
        const moved = names.flatMap((self) => {
          const { take, letGo } = decide({ self, members: names, owners });
          return [...take, ...letGo];
        });
        expect(moved).toHaveLength(leastMoves(names, owners));
      }),
    );
  });
});

describe('a gateway', () => {
  const [first = '', second = '', third = ''] = gateways(3);

  it('that may own nothing lets go of everything', () => {
    const owners = [first, second, first, ''];
    expect(decide({ self: first, members: [second], owners })).toEqual({ take: [], letGo: [0, 2] });
  });

  it('lets go of nothing while what a lost gateway owned will do for the one that joins', () => {
    const owners = [first, first, first, 'lost', 'lost', second, second, second];
    expect(decide({ self: first, members: [first, second, third], owners }).letGo).toEqual([]);
  });

  it('that is alone takes everything', () => {
    expect(decide({ self: first, members: [first], owners: ['', '', 'lost'] }).take).toEqual([0, 1]);
  });
});
