import { describe, expect, it } from 'vitest';
import type { TruthInterval, TruthTarget } from '../../../../src/recordings/simulation/day-plan.js';
import { truthLabels } from '../../../../src/recordings/simulation/fleet.js';

/** In company from 1500 on, in talk from 2500 to 2600. */
const CHANGES: Readonly<Record<TruthTarget, readonly number[]>> = {
  accompanied: [1500],
  conversation: [2500, 2600],
};

const phone = {
  truthAt: (target: TruthTarget, timeMs: number) =>
    CHANGES[target].filter((changeMs) => changeMs <= timeMs).length % 2 === 1,
  truth: (target: TruthTarget, fromMs: number, toMs: number): TruthInterval[] => {
    const bounds = [fromMs, ...CHANGES[target].filter((atMs) => atMs > fromMs && atMs < toMs), toMs];
    return bounds.slice(0, -1).map((from, index) => {
      return { fromMs: from, toMs: bounds[index + 1] ?? toMs, value: phone.truthAt(target, from) };
    });
  },
};

const labelsOf = (fromMs: number, isFirst = false): unknown[] =>
  truthLabels(phone, fromMs, fromMs + 1000, isFirst).map((text) => JSON.parse(text));

describe('truthLabels', () => {
  it('says at first how things are, and then whatever changes, when it does', () => {
    expect(labelsOf(0, true)).toEqual([{ atMs: 0, accompanied: false, conversation: false }]);
    expect(labelsOf(0)).toEqual([]);
    expect(labelsOf(1000)).toEqual([{ atMs: 1500, accompanied: true, conversation: false }]);
    expect(labelsOf(2000)).toEqual([
      { atMs: 2500, accompanied: true, conversation: true },
      { atMs: 2600, accompanied: true, conversation: false },
    ]);
  });

  it('misses no change that falls between two messages', () => {
    expect(labelsOf(1500)).toEqual([{ atMs: 1500, accompanied: true, conversation: false }]);
    expect(truthLabels(phone, 500, 1500, false)).toEqual([]);
  });
});
