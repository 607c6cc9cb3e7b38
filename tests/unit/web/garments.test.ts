import { describe, expect, it } from 'vitest';
import { addLabel, garmentRows, garmentsByRow, type SeenGarments } from '../../../src/web/core/garments.js';

const seenFor = (ms: number, ...labels: string[]): SeenGarments => {
  return { labels, fromMs: 0, toMs: ms, probability: 0.7 };
};

describe(garmentRows, () => {
  it('has a row with a colour of its own for each garment, the one seen longest first', () => {
    const rows = garmentRows([seenFor(10, 'hat', 'pants'), seenFor(5, 'pants'), seenFor(12, 'dress')]);
    expect(rows.map(({ label }) => label)).toEqual(['pants', 'dress', 'hat']);
    expect(new Set(rows.map(({ tone }) => tone)).size).toBe(3);
    expect(garmentRows([])).toEqual([]);
  });

  it('lets the garments seen least share the last row', () => {
    const seen = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((label, at) => seenFor(100 - at, label));
    const rows = garmentRows(seen);
    expect(rows).toHaveLength(6);
    expect(garmentsByRow(rows, ['g', 'a', 'f'])).toEqual([['a'], [], [], [], [], ['g', 'f']]);
  });
});

describe(addLabel, () => {
  const hat = { label: 'hat', atMs: 1000, probability: 0.6 };
  const dress = { label: 'dress', atMs: 1000, probability: 0.8 };

  it('keeps all that people wear on a frame, and the most probable of a frame taken as a whole', () => {
    const worn = addLabel(addLabel([], { ...dress, people: [1] }), { ...hat, people: [1] });
    expect(worn.map(({ labels }) => labels)).toEqual([['dress', 'hat']]);
    expect(addLabel(addLabel([], hat), dress).map(({ labels }) => labels)).toEqual([['dress']]);
  });

  it('begins another stretch with another frame', () => {
    const seen = addLabel(addLabel([], hat), { ...dress, atMs: 2000 });
    expect(seen.map(({ labels, fromMs }) => [labels, fromMs])).toEqual([
      [['hat'], 1000],
      [['dress'], 2000],
    ]);
  });
});
