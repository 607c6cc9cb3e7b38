import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf, planSettings } from '../../../src/cluster/settings-plan.js';

const sides = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2', '3'));
const agreement = (side: Readonly<Record<string, string>>) =>
  new Map(Object.entries(side).map(([key, text]) => [key, digestOf(text) ?? '']));

function applied(side: ReadonlyMap<string, string>, changes: ReadonlyMap<string, string | undefined>) {
  const changed = new Map(side);
  for (const [key, text] of changes) {
    if (text === undefined) changed.delete(key);
    else changed.set(key, text);
  }
  return changed;
}

describe(planSettings, () => {
  it('makes both sides the same, whatever they were and agreed on', () => {
    fc.assert(
      fc.property(sides, sides, sides, (own, common, before) => {
        const [here, there] = [new Map(Object.entries(own)), new Map(Object.entries(common))];
        const { take, give } = planSettings(here, there, agreement(before));
        const sorted = (side: ReadonlyMap<string, string>) => [...side].sort();
        expect(sorted(applied(here, take))).toEqual(sorted(applied(there, give)));
      }),
    );
  });

  it('changes at one side what was changed at the other alone', () => {
    const before = { same: '1', changedHere: '1', changedThere: '1', goneHere: '1', goneThere: '1' };
    const here = { same: '1', changedHere: '2', changedThere: '1', goneThere: '1', newHere: '1' };
    const there = { same: '1', changedHere: '1', changedThere: '2', goneHere: '1', newThere: '1' };
    const plan = planSettings(
      new Map(Object.entries(here)),
      new Map(Object.entries(there)),
      agreement(before),
    );
    expect(Object.fromEntries(plan.give)).toEqual({ changedHere: '2', goneHere: undefined, newHere: '1' });
    expect(Object.fromEntries(plan.take)).toEqual({
      changedThere: '2',
      goneThere: undefined,
      newThere: '1',
    });
    expect(plan.same).toEqual(['same']);
  });

  it('lets what NATS has count where both sides were changed', () => {
    const plan = planSettings(new Map([['a', '2']]), new Map([['a', '3']]), agreement({ a: '1' }));
    expect([...plan.take]).toEqual([['a', '3']]);
    expect(plan.give.size).toBe(0);
  });
});
