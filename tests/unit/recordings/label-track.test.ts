import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordingLabel } from '../../../src/domain/recording.js';
import { type LabelStatement, labelsWithin, withStatement } from '../../../src/recordings/label-track.js';

const HOUR_MS = 3_600_000;

function said(fromMs: number, toMs: number | undefined, accompanied: boolean | null): LabelStatement {
  return { fromMs, toMs, activity: null, accompanied, conversation: null };
}

function laid(...statements: readonly LabelStatement[]): [number, number, boolean | null][] {
  const labels = statements.reduce<RecordingLabel[]>(
    (all, statement) => withStatement(all, statement, HOUR_MS),
    [],
  );
  return labels.map(({ fromMs, toMs, accompanied }) => [fromMs, toMs, accompanied]);
}

describe('withStatement', () => {
  it('lets a label without an end hold until the next one', () => {
    expect(laid(said(0, undefined, true), said(600, undefined, false))).toEqual([
      [0, 600, true],
      [600, 600 + HOUR_MS, false],
    ]);
  });

  it('lets nobody be forgotten as accompanied for ever', () => {
    expect(laid(said(0, undefined, true))).toEqual([[0, HOUR_MS, true]]);
  });

  it('takes what is said of a stretch as true of that stretch only', () => {
    expect(laid(said(0, 1000, true), said(300, 400, false))).toEqual([
      [0, 300, true],
      [300, 400, false],
      [400, 1000, true],
    ]);
  });

  it('does not let a label that comes late overrule those after it', () => {
    expect(laid(said(0, undefined, true), said(600, undefined, false), said(300, undefined, null))).toEqual([
      [0, 300, true],
      [300, 600, null],
      [600, 600 + HOUR_MS, false],
    ]);
  });

  it('keeps neighbours apart whose details differ', () => {
    const talking = { ...said(0, 300, true), detail: 'talking' };
    const singing = { ...said(300, 600, true), detail: 'singing' };
    expect(laid(talking, singing)).toEqual([
      [0, 300, true],
      [300, 600, true],
    ]);
    expect(laid(talking, { ...singing, detail: 'talking' })).toEqual([[0, 600, true]]);
    expect(laid(said(0, 300, true), { ...said(300, 600, true), detail: null })).toEqual([[0, 600, true]]);
  });

  it('is the same however often a label comes', () => {
    const once = laid(said(0, undefined, true), said(600, 700, false));
    expect(laid(said(0, undefined, true), said(600, 700, false), said(600, 700, false))).toEqual(once);
  });

  it('keeps labels in order and apart, and says at each time what was said last of it', () => {
    const statement = fc
      .tuple(
        fc.integer({ min: 0, max: 50 }),
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom(true, false, null),
      )
      .map(([from, length, value]) => said(from, from + length, value));
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 12 }), (statements) => {
        const labels = laid(...statements);
        labels.forEach(([fromMs, toMs], index) => {
          expect(fromMs).toBeLessThan(toMs);
          expect(fromMs).toBeGreaterThanOrEqual(labels[index - 1]?.[1] ?? 0);
        });
        for (let at = 0; at < 70; at++) {
          const covers = ({ fromMs, toMs = 0 }: LabelStatement) => fromMs <= at && at < toMs;
          const last = statements.findLast(covers);
          const found = labels.find(([fromMs, toMs]) => fromMs <= at && at < toMs);
          expect(found?.[2]).toBe(last?.accompanied);
        }
      }),
    );
  });
});

describe('labelsWithin', () => {
  it('cuts labels at both ends and leaves out those outside', () => {
    const label = { activity: null, accompanied: true, conversation: null };
    const labels = [
      { ...label, fromMs: -10, toMs: 5 },
      { ...label, fromMs: 5, toMs: 8 },
      { ...label, fromMs: 20, toMs: 30 },
    ];
    expect(labelsWithin(labels, 0, 7).map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [0, 5],
      [5, 7],
    ]);
  });
});
