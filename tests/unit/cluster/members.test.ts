import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ableAmong, differencesOf, modelName } from '../../../src/cluster/members.js';

const OLD = modelName({ name: 'accompany', version: '1.0.0', sha256: 'a'.repeat(64) });
const NEW = modelName({ name: 'accompany', version: '1.0.0', sha256: 'b'.repeat(64) });

const member = (name: string, joinedAt: number, ...models: string[]) => ({ name, joinedAt, models });
const namesOf = (members: readonly { readonly name: string }[]) => members.map(({ name }) => name);

describe(ableAmong, () => {
  it('leaves out who has other models than the one that runs for longest, also of the same name and version', () => {
    const members = [member('west', 3, OLD), member('south', 2, NEW), member('east', 1, OLD)];
    expect(namesOf(ableAmong(members))).toEqual(['west', 'east']);
  });

  it('goes by the new models once nobody with the old ones is there', () => {
    expect(namesOf(ableAmong([member('south', 2, NEW), member('west', 3, OLD)]))).toEqual(['south']);
    expect(namesOf(ableAmong([member('south', 2, NEW)]))).toEqual(['south']);
  });

  it('is the same for all who see the same, and never empty', () => {
    const members = fc.uniqueArray(
      fc
        .tuple(fc.string(), fc.nat(3), fc.subarray([OLD, NEW]))
        .map(([name, at, models]) => member(name, at, ...models)),
      { selector: ({ name }) => name, minLength: 1 },
    );
    fc.assert(
      fc.property(members, (seen) => {
        const able = namesOf(ableAmong(seen));
        expect(able.length).toBeGreaterThan(0);
        expect(namesOf(ableAmong(seen.toReversed())).toSorted()).toEqual(able.toSorted());
      }),
    );
  });
});

describe(differencesOf, () => {
  it('says what each has and the other lacks', () => {
    expect(differencesOf([OLD], [NEW])).toBe(
      'here accompany 1.0.0 (aaaaaaaaaaaa); there accompany 1.0.0 (bbbbbbbbbbbb)',
    );
    expect(differencesOf([OLD], [OLD, NEW])).toBe('there accompany 1.0.0 (bbbbbbbbbbbb)');
    expect(differencesOf([OLD], [OLD])).toBe('');
  });
});
