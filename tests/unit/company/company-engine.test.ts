import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompanyEngine, type CompanyEngineOptions } from '../../../src/company/company-engine.js';
import { HAND_SET_MODEL } from '../../../src/company/company-model.js';
import { groupsOf } from '../../../src/company/groups.js';
import type { CompanyChange, SignatureRow } from '../../../src/domain/company.js';
import { idOf } from './company-rows.js';
import { rest, START_MS, walk } from './walks.js';

const [ANN, BEN, CAT] = [idOf('ann'), idOf('ben'), idOf('cat')];
const MINUTE = 60;

function engine(options: Partial<CompanyEngineOptions> = {}): CompanyEngine {
  return new CompanyEngine({ model: HAND_SET_MODEL, subjectOf: (device) => device, ...options });
}

/** Rows as they arrive, with a step of the engine after each second; by default as soon as they are over. */
function play(
  into: CompanyEngine,
  rows: readonly SignatureRow[],
  arrivalMs: (row: SignatureRow) => number = ({ endMs }) => endMs,
): CompanyChange[] {
  const seconds = new Map<number, SignatureRow[]>();
  for (const row of rows) seconds.set(arrivalMs(row), [...(seconds.get(arrivalMs(row)) ?? []), row]);
  return [...seconds]
    .sort(([a], [b]) => a - b)
    .flatMap(([nowMs, arrived]) => {
      into.take(arrived);
      return into.advance(nowMs);
    });
}

/** Ann and Ben walk apart, then together for five minutes, Ben 1.4 s behind; Cat walks elsewhere all the time. */
const MEETING = [
  ...walk({ device: ANN, way: 1, own: 1, fromSecond: 0, toSecond: 10 * MINUTE }),
  ...walk({ device: BEN, way: 2, own: 2, fromSecond: 0, toSecond: 3 * MINUTE }),
  ...walk({ device: BEN, way: 1, own: 2, fromSecond: 3 * MINUTE, toSecond: 8 * MINUTE, lagSlots: 7 }),
  ...walk({ device: BEN, way: 3, own: 2, fromSecond: 8 * MINUTE, toSecond: 10 * MINUTE }),
  ...walk({ device: CAT, way: 4, own: 3, fromSecond: 0, toSecond: 10 * MINUTE }),
];

describe('CompanyEngine', () => {
  it('finds who walks the same way, from when to when', () => {
    const changes = play(engine(), MEETING);
    expect(changes.map(({ first, second, status }) => [first, second, status])).toEqual([
      [ANN, BEN, 'together'],
      [ANN, BEN, 'apart'],
    ]);
    const [met, parted] = changes.map(({ sinceMs, atMs }) =>
      [sinceMs, atMs].map((ms) => (ms - START_MS) / 1000),
    );
    expect(Math.abs((met?.[0] ?? 0) - 3 * MINUTE)).toBeLessThan(30);
    expect(met?.[1]).toBeLessThan(4.5 * MINUTE);
    expect(Math.abs((parted?.[0] ?? 0) - 8 * MINUTE)).toBeLessThan(40);
  });

  it('says who is together now', () => {
    const live = engine();
    play(
      live,
      MEETING.filter(({ endMs }) => endMs <= START_MS + 7 * MINUTE * 1000),
    );
    expect(live.statusOf(ANN, BEN)).toMatchObject({ with: BEN, status: 'together' });
    expect(live.statusOf(BEN, ANN)).toMatchObject({ with: ANN, status: 'together' });
    expect(live.statusOf(CAT, BEN)).toMatchObject({ with: BEN, status: 'apart' });
  });

  it('says the same however the rows come in', () => {
    const expected = play(engine(), MEETING);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 90 }), (annLate, benLate) => {
        const late = { [ANN]: annLate, [BEN]: benLate, [CAT]: 1 };
        const told = play(engine(), MEETING, ({ device, endMs }) => endMs + (late[device] ?? 0) * 1000);
        expect(told).toEqual(expected);
      }),
      { numRuns: 2 },
    );
  });

  it('goes on after a restart as if it had never stopped', () => {
    const expected = play(engine(), MEETING);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 * MINUTE - 1 }), (stopped) => {
        const stoppedMs = START_MS + stopped * 1000;
        const before = engine();
        const told = play(
          before,
          MEETING.filter(({ endMs }) => endMs <= stoppedMs),
        );
        const after = engine();
        after.restore(JSON.parse(JSON.stringify(before.snapshot())));
        // The last seconds come again, as from a journal.
        told.push(
          ...play(
            after,
            MEETING.filter(({ endMs }) => endMs > stoppedMs - 20_000),
          ),
        );
        expect(told).toEqual(expected);
      }),
      { numRuns: 2 },
    );
  });

  it('never takes devices of one subject for company', () => {
    const live = engine({ subjectOf: (device) => (device === CAT ? 'cat' : 'ann') });
    expect(play(live, MEETING)).toEqual([]);
    expect(live.statusOf(ANN, BEN)).toBeUndefined();
  });

  it('learns nothing of devices that lie still, nor of those that it must not compare', () => {
    const still = engine();
    play(still, [...rest(ANN, 1, 0, 600), ...rest(BEN, 2, 0, 600)]);
    expect(still.statusOf(ANN, BEN)).toMatchObject({ status: 'unknown' });
    const forbidden = engine({ isComparable: (device) => device !== BEN });
    expect(play(forbidden, MEETING)).toEqual([]);
    expect(forbidden.statusOf(ANN, BEN)).toBeUndefined();
  });

  it('does not take a copy of a device for company', () => {
    const copied = MEETING.filter(({ device }) => device === ANN).map((row) => ({ ...row, device: BEN }));
    const live = engine();
    expect(play(live, [...MEETING.filter(({ device }) => device === ANN), ...copied])).toEqual([]);
    expect(live.statusOf(ANN, BEN)).toMatchObject({ status: 'unknown' });
  });

  it('knows nothing of a device that has gone silent, from when it did', () => {
    const live = engine();
    const until = START_MS + 6 * MINUTE * 1000;
    play(
      live,
      MEETING.filter(({ endMs }) => endMs <= until),
    );
    const [change, ...others] = live.advance(until + 121_000);
    expect(others).toEqual([]);
    expect(change).toMatchObject({ first: ANN, second: BEN, status: 'unknown', sinceMs: until + 2000 });
    expect(live.statusOf(ANN, BEN)).toMatchObject({ status: 'unknown' });
  });

  it('forgets a device in the middle of an interval, and tells the others', () => {
    const live = engine();
    play(
      live,
      MEETING.filter(({ endMs }) => endMs <= START_MS + 6 * MINUTE * 1000),
    );
    expect(live.forget(BEN)).toEqual([
      expect.objectContaining({ first: ANN, second: BEN, status: 'unknown' }),
    ]);
    expect(JSON.stringify(live.snapshot())).not.toContain(BEN);
    expect(live.statusOf(ANN, BEN)).toBeUndefined();
  });

  it('compares each of a crowd with few others, and all of it still belong to one group', () => {
    const crowd = Array.from({ length: 40 }, (_, number) => idOf(`rider-${number}`));
    const live = engine({ maxPartners: 4 });
    const rows = crowd.flatMap((device, own) =>
      walk({ device, way: 1, own: own + 10, fromSecond: 0, toSecond: 5 * MINUTE }),
    );
    play(live, rows);
    const { pairs } = live.snapshot();
    expect(pairs.length).toBeLessThanOrEqual((40 * 6) / 2);
    expect(groupsOf(pairs.filter(({ state }) => state.status === 'together'))).toEqual([crowd.sort()]);
  });
});
