import { describe, expect, it } from 'vitest';
import { SharedFinder } from '../../../src/company/shared-finder.js';
import { GRID_RATE_HZ } from '../../../src/company/signature-grid.js';
import type { SignatureRow } from '../../../src/domain/company.js';
import type { CompanyUpdate } from '../../../src/domain/store.js';
import { BEN, framesOf, idOf, walkingRows } from './company-rows.js';

const [ANNA, CLEO] = [idOf('anna'), idOf('cleo')];
const MET: CompanyUpdate = {
  device: BEN,
  with: ANNA,
  status: 'together',
  sinceMs: 10_000,
  atMs: 50_000,
  probability: 0.99,
};
const PARTED: CompanyUpdate = { ...MET, status: 'apart', sinceMs: 90_000, atMs: 100_000, probability: 0.1 };

function setUp({ isComparable = true } = {}) {
  const sent: SignatureRow[] = [];
  let unsentMs = Number.POSITIVE_INFINITY;
  const finder = new SharedFinder({
    isComparable: () => isComparable,
    sender: { send: (rows) => void sent.push(...rows), unsentMs: () => unsentMs },
  });
  return {
    finder,
    sent,
    walk: (seconds: number) => finder.take(framesOf(0, walkingRows(0, seconds * GRID_RATE_HZ)), 0),
    seen: (heardMs = 0) => [...finder.advance(heardMs)].flatMap(({ seen }) => seen),
    setUnsent: (endMs: number) => {
      unsentMs = endMs;
    },
  };
}

describe(SharedFinder, () => {
  it('sends the signatures of those that may be compared, and says until then what it needs to go on', () => {
    const { finder, sent, walk, setUnsent } = setUp();
    expect(finder.neededFromMs(BEN)).toBe(Number.POSITIVE_INFINITY);
    walk(10);
    expect(sent.map(({ endMs }) => endMs)).toEqual([4, 5, 6, 7, 8, 9, 10].map((second) => second * 1000));
    expect(finder.neededFromMs(BEN)).toBe(6000);
    setUnsent(5000);
    expect(finder.neededFromMs(BEN)).toBe(0);
    const off = setUp({ isComparable: false });
    off.walk(10);
    expect([off.sent, off.seen()]).toEqual([[], []]);
  });

  it('tells what it hears once, whoever says it how often, and never what is older', () => {
    const { finder, walk, seen } = setUp();
    walk(10);
    expect(finder.hear(MET, 60_000).updates).toEqual([MET]);
    expect(finder.now()).toMatchObject([{ device: BEN, with: ANNA }]);
    expect(seen()).toMatchObject([{ device: BEN, company: { with: ANNA } }]);
    expect(finder.hear(MET, 61_000)).toEqual({ updates: [], seen: [] });
    expect(finder.hear(PARTED, 110_000).seen).toMatchObject([{ company: undefined, sinceMs: 90_000 }]);
    expect(finder.hear(MET, 111_000).updates).toEqual([]);
    expect(finder.now()).toEqual([]);
  });

  it('goes on from what was kept', () => {
    const before = setUp().finder;
    before.hear(MET, 60_000);
    expect(before.takeChanged()).toEqual([BEN]);
    expect(before.takeChanged()).toEqual([]);
    const after = setUp();
    after.finder.restore(new Map([[BEN, structuredClone(before.of(BEN))]]), 0);
    expect(after.finder.now()).toMatchObject([{ device: BEN, with: ANNA, sinceMs: 10_000 }]);
    expect(after.finder.hear(MET, 70_000).updates).toEqual([]);
    // A device that does not come back is gone.
    expect(after.seen(120_000)).toMatchObject([{ device: BEN, company: undefined, isGone: true }]);
    expect(after.finder.now()).toEqual([]);
  });

  it('keeps the name of no device that is erased, also where company with it is over', () => {
    const { finder } = setUp();
    finder.hear(MET, 60_000);
    finder.hear({ ...MET, with: CLEO }, 60_000);
    finder.hear({ ...PARTED, with: CLEO }, 110_000);
    expect(finder.eraseOther(ANNA).updates).toMatchObject([{ device: BEN, with: ANNA, isErased: true }]);
    expect(finder.eraseOther(CLEO).updates).toHaveLength(1);
    expect([finder.of(BEN), finder.now()]).toEqual([[], []]);
    // What others have written of it before.
    expect(finder.hear({ ...MET, isErased: true }, 120_000).updates).toMatchObject([{ isErased: true }]);
    expect(finder.of(BEN)).toEqual([]);
  });

  it('knows nothing of a device that is forgotten', () => {
    const { finder, walk } = setUp();
    walk(10);
    finder.hear(MET, 60_000);
    expect(finder.forget(BEN).seen).toMatchObject([{ device: BEN, isGone: true }]);
    expect([finder.of(BEN), finder.takeChanged(), finder.now(), finder.neededFromMs(BEN)]).toEqual([
      [],
      [],
      [],
      Number.POSITIVE_INFINITY,
    ]);
  });
});
