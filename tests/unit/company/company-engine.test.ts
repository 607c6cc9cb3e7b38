import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompanyEngine, type CompanyEngineOptions } from '../../../src/company/company-engine.js';
import { HAND_SET_MODEL } from '../../../src/company/company-model.js';
import { groupsOf } from '../../../src/company/groups.js';
import { SignatureShelf } from '../../../src/company/signature-shelf.js';
import type { CompanyChange, SignatureRow } from '../../../src/domain/company.js';
import type { DeviceId } from '../../../src/domain/ids.js';
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
      return advance(into, nowMs);
    });
}

function advance(engine: CompanyEngine, nowMs: number): CompanyChange[] {
  return [...engine.advance(nowMs)].flat();
}

/** Takes so many steps of a round at most, and leaves the rest. */
function advanceBy(engine: CompanyEngine, steps: number, nowMs: number): CompanyChange[] {
  const round = engine.advance(nowMs);
  return Array.from({ length: steps }, () => round.next().value ?? []).flat();
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

  it('says the same of a clock that begins at nought', () => {
    const early = MEETING.map((row) => ({ ...row, endMs: row.endMs - START_MS }));
    expect(play(engine(), early).map(({ status }) => status)).toEqual(['together', 'apart']);
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
        after.restore(structuredClone(before.snapshot()));
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

  it('says the same when others compare the pairs of others, and take over from one another', () => {
    const expected = play(engine(), MEETING);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 6 }), (pauses) => {
        const shelf = new SignatureShelf();
        const ownerOf = (own: readonly DeviceId[]): CompanyEngine =>
          engine({ shelf, isOwn: (device) => own.includes(device) });
        const told: CompanyChange[] = [];
        let [one, other] = [ownerOf([ANN, CAT]), ownerOf([BEN])];
        let kept = one.progress();
        let nextMs = START_MS;
        for (let second = 1; second <= 10 * MINUTE; second++) {
          const endMs = START_MS + second * 1000;
          for (const row of MEETING.filter((each) => each.endMs === endMs)) shelf.open(row.device).add(row);
          for (const [device, { fromMs }] of shelf)
            for (const owner of [one, other]) owner.meet(device, fromMs);
          told.push(...advance(one, endMs), ...advance(other, endMs));
          if (endMs < nextMs) continue;
          // The first is gone after it has found out more than it wrote down.
          const next = ownerOf([ANN, CAT]);
          next.resume(structuredClone(kept));
          [one, kept] = [next, one.progress()];
          nextMs = endMs + 1000 * (pauses[second % pauses.length] ?? 1);
        }
        const once = new Map(told.map((change) => [JSON.stringify(change), change]));
        expect([...once.values()]).toEqual(expected);
      }),
      { numRuns: 3 },
    );
  });

  it('goes on wherever a round was left, in the same run or the next', () => {
    const expected = play(engine(), MEETING);
    fc.assert(
      fc.property(fc.array(fc.nat(12), { minLength: 1, maxLength: 8 }), (steps) => {
        let live = engine();
        const told: CompanyChange[] = [];
        for (let second = 1; second <= 10 * MINUTE; second++) {
          const endMs = START_MS + second * 1000;
          live.take(MEETING.filter((row) => row.endMs === endMs));
          told.push(...advanceBy(live, steps[second % steps.length] ?? 0, endMs));
          if (second % 7 === 0) {
            const before = live;
            live = engine();
            live.restore(structuredClone(before.snapshot()));
          }
        }
        expect([...told, ...advance(live, START_MS)]).toEqual(expected);
      }),
      { numRuns: 4 },
    );
  });

  it('lets no step take longer because there are more devices', () => {
    const crowd = Array.from({ length: 30 }, (_, number) => idOf(`walker-${number}`));
    const live = engine();
    live.take(crowd.flatMap((device, own) => walk({ device, way: 1, own, fromSecond: 0, toSecond: 60 })));
    expect([...live.advance(START_MS)].length).toBeGreaterThan(30 * 60);
  });

  it('never takes devices of one subject for company', () => {
    const live = engine({ subjectOf: (device) => (device === CAT ? 'cat' : 'ann') });
    expect(play(live, MEETING)).toEqual([]);
    expect(live.statusOf(ANN, BEN)).toBeUndefined();
  });

  it('ends company of two devices that are of one subject since a restart', () => {
    const until = START_MS + 6 * MINUTE * 1000;
    const before = engine();
    play(
      before,
      MEETING.filter(({ endMs }) => endMs <= until),
    );
    const after = engine({ subjectOf: (device) => (device === CAT ? 'cat' : 'ann') });
    after.restore(before.snapshot());
    const changes = play(
      after,
      MEETING.filter(({ endMs }) => endMs > until),
    );
    expect(changes).toEqual([expect.objectContaining({ first: ANN, second: BEN, status: 'unknown' })]);
    expect(after.statusOf(ANN, BEN)).toBeUndefined();
  });

  it('learns nothing of devices that lie still, nor of those that it must not compare', () => {
    const still = engine();
    play(still, [...rest(ANN, 1, 0, 600), ...rest(BEN, 2, 0, 600)]);
    expect(still.statusOf(ANN, BEN)).toMatchObject({ status: 'unknown' });
    const forbidden = engine({ isComparable: (device) => device !== BEN });
    expect(play(forbidden, MEETING)).toEqual([]);
    expect(forbidden.statusOf(ANN, BEN)).toBeUndefined();
  });

  it.each([0, 1, -3])(
    'does not take a copy for company that comes %i s later, and names it',
    (lateSeconds) => {
      const original = MEETING.filter(({ device }) => device === ANN);
      const copied = original.map(({ endMs, values }) => {
        return {
          device: BEN,
          endMs: endMs + lateSeconds * 1000,
          values: values.map((value) => value * 1.001),
        };
      });
      const live = engine();
      expect(play(live, [...original, ...copied])).toEqual([]);
      expect(live.statusOf(ANN, BEN)).toMatchObject({ status: 'unknown' });
      expect([live.copyOf(ANN), live.copyOf(BEN)]).toEqual([BEN, ANN]);
    },
  );

  it('takes nobody for a copy who walks beside another', () => {
    const live = engine();
    play(
      live,
      MEETING.filter(({ endMs }) => endMs <= START_MS + 7 * MINUTE * 1000),
    );
    expect([ANN, BEN, CAT].map((device) => live.copyOf(device))).toEqual([undefined, undefined, undefined]);
  });

  it('knows nothing of a device that has gone silent, from when it did', () => {
    const live = engine();
    const until = START_MS + 6 * MINUTE * 1000;
    play(
      live,
      MEETING.filter(({ endMs }) => endMs <= until),
    );
    const [change, ...others] = advance(live, until + 121_000);
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
