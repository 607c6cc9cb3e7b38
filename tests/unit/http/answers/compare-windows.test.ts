import { describe, expect, it } from 'vitest';
import { WindowComparison } from '../../../../src/http/answers/compare-windows.js';
import { PHONE, storedWindow } from '../../../helpers/http-fixture.js';

const MODEL = { threshold: 0.5, strideMs: 1000 };

/** Windows of both models that end every second, as `[active, candidate]` probabilities; `undefined` where one has none. */
function compare(pairs: readonly (readonly [number | undefined, number | undefined])[]): WindowComparison {
  const comparison = new WindowComparison(PHONE, 'accompanied', MODEL, MODEL);
  pairs.forEach((pair, second) => {
    pair.forEach((probability, index) => {
      if (probability === undefined) return;
      const endMs = (second + 1) * 1000;
      comparison.add(storedWindow({ endMs, probabilities: { accompanied: probability } }), index === 1);
    });
  });
  return comparison;
}

describe(WindowComparison, () => {
  it('counts where two models say different things, and who says yes', () => {
    const { counts } = compare([
      [0.9, 0.8],
      [0.9, 0.2],
      [0.1, 0.7],
      [0.1, 0.6],
    ]);
    expect(counts).toMatchObject({ windows: 4, disagreements: 3, onlyActive: 1, onlyCandidate: 2 });
    expect(counts.differenceSum).toBeCloseTo(0.1 + 0.7 + 0.6 + 0.5, 9);
  });

  it('joins windows in which they disagree in the same way', () => {
    const { intervals } = compare([
      [0.9, 0.2],
      [0.9, 0.2],
      [0.1, 0.7],
      [0.1, 0.1],
      [0.1, 0.7],
    ]);
    const device = PHONE;
    expect(intervals).toEqual([
      { device, target: 'accompanied', fromMs: 0, toMs: 2000, active: true, windows: 2 },
      { device, target: 'accompanied', fromMs: 2000, toMs: 3000, active: false, windows: 1 },
      { device, target: 'accompanied', fromMs: 4000, toMs: 5000, active: false, windows: 1 },
    ]);
  });

  it('compares nothing with a window that is a stride old, or is not there', () => {
    const { counts } = compare([
      [undefined, 0.9],
      [0.1, undefined],
      [undefined, 0.9],
    ]);
    expect(counts.windows).toBe(0);
  });

  it('leaves out windows without the target', () => {
    const comparison = new WindowComparison(PHONE, 'apparel', MODEL, MODEL);
    comparison.add(storedWindow(), false);
    comparison.add(storedWindow(), true);
    expect(comparison.counts.windows).toBe(0);
  });
});
