import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CandidateSearch } from '../../../src/company/candidate-search.js';
import { LatestCourse } from '../../../src/company/course.js';
import { MovementBits } from '../../../src/company/movement-bits.js';
import type { SignatureRow } from '../../../src/domain/company.js';
import type { DeviceId } from '../../../src/domain/ids.js';
import { idOf } from './company-rows.js';
import { rest, START_MS, walk } from './walks.js';

const NAMES = ['ann', 'ben', 'cat', 'dan', 'eve', 'flo'].map(idOf);
const SECONDS = 180;
/** Two and two walk together, but the last two lie still. */
const ROWS = NAMES.map((device, own) =>
  own < 4
    ? walk({
        device,
        way: Math.floor(own / 2),
        own,
        fromSecond: 0,
        toSecond: SECONDS,
        lagSlots: 5 * (own % 2),
      })
    : rest(device, own, 0, SECONDS),
);

/** Feeds rows in some order, each device's own in the order of time. @returns which pairs were found when */
function search(order: readonly number[], mostOthers = 0): Set<string> {
  const candidates = new CandidateSearch(mostOthers);
  const bits = new Map<DeviceId, MovementBits>();
  const found = new Set<string>();
  const next = NAMES.map(() => 0);
  const feed = ({ device, ...row }: SignatureRow): void => {
    const own = bits.get(device) ?? new MovementBits();
    if (!bits.has(device)) candidates.meet(device, row.endMs - 1000, new LatestCourse(own));
    bits.set(device, own);
    own.add(row);
    for (const other of candidates.reach(device, row.endMs))
      found.add(`${[device, other].sort().join('/')} ${(row.endMs - START_MS) / 1000}`);
  };
  for (const index of order) {
    const row = ROWS[index]?.[next[index] ?? 0];
    next[index] = (next[index] ?? 0) + 1;
    if (row !== undefined) feed(row);
  }
  return found;
}

const pairsOf = (found: ReadonlySet<string>): Set<string> =>
  new Set([...found].map((each) => each.split(' ')[0] ?? ''));
const inTurn = Array.from({ length: SECONDS * NAMES.length }, (_, at) => at % NAMES.length);

describe('CandidateSearch', () => {
  it('finds those who move alike, and none who lie still', () => {
    expect(pairsOf(search(inTurn))).toEqual(new Set(['ann/ben', 'cat/dan']));
  });

  it('finds every pair of few devices', () => {
    expect(pairsOf(search(inTurn, NAMES.length - 1)).size).toBe(15);
  });

  it('finds the same pairs at the same seconds however the rows come in', () => {
    const expected = search(inTurn);
    const shuffled = fc.shuffledSubarray(inTurn, { minLength: inTurn.length, maxLength: inTurn.length });
    fc.assert(
      fc.property(shuffled, (order) => {
        expect(search(order)).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });
});
