import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StatusUpdate } from '../../../src/domain/status.js';
import type { StatusFilter } from '../../../src/stream/status-filter.js';
import {
  INITIAL_TRACK_STATE,
  MOST_BACK_MS,
  restoreTrackState,
  StatusTracker,
  type TrackOptions,
  type TrackState,
} from '../../../src/stream/status-tracker.js';
import { deviceId } from '../../helpers/sensor-messages.js';

const OPTIONS: TrackOptions = {
  smoothingMs: 0,
  hysteresis: 0.1,
  dwellMs: 5000,
  silenceMs: 15_000,
  heartbeatMs: 60_000,
};

const YES = { no: 0.1, yes: 0.9 };

/** Feeds one window of 2 s each second; a probability of `undefined` is a second without a window. */
function track(probabilities: readonly (number | undefined)[], options = OPTIONS): StatusUpdate[] {
  const tracker = new StatusTracker(deviceId('phone'), 'accompanied', options);
  let state: TrackState = INITIAL_TRACK_STATE;
  return probabilities.flatMap((probability, second) => {
    if (probability === undefined) return [];
    const endMs = (second + 2) * 1000;
    const step = tracker.observe(state, {
      probabilities: { no: 1 - probability, yes: probability },
      threshold: 0.5,
      startMs: endMs - 2000,
      endMs,
      arrivalMs: endMs,
    });
    state = step.state;
    return step.updates;
  });
}

const repeat = <T>(value: T, times: number): T[] => Array.from({ length: times }, () => value);
const brief = (updates: readonly StatusUpdate[]) =>
  updates.map(({ status, atMs, kind }) => `${kind} ${status} ${atMs}`);

describe(StatusTracker, () => {
  it('says a status after the dwell and dates it back to the first window', () => {
    expect(brief(track(repeat(0.9, 4)))).toEqual(['change yes 0']);
    expect(brief(track(repeat(0.9, 3)))).toEqual([]);
  });

  it('puts a change in the middle of the first window that shows it', () => {
    expect(brief(track([...repeat(0.9, 10), ...repeat(0.1, 10)]))).toEqual([
      'change yes 0',
      'change no 11000',
    ]);
  });

  it('does not flicker: what does not hold for the dwell is not said', () => {
    expect(brief(track([...repeat(0.9, 10), ...repeat(0.1, 4), ...repeat(0.9, 10)]))).toEqual([
      'change yes 0',
    ]);
  });

  it('keeps its status between the two thresholds', () => {
    expect(brief(track([...repeat(0.9, 10), ...repeat(0.45, 30)]))).toEqual(['change yes 0']);
    expect(brief(track(repeat(0.55, 30)))).toEqual([]);
  });

  it('takes the threshold plus hysteresis for yes, and the threshold minus it not for no', () => {
    expect(brief(track(repeat(0.6, 10)))).toEqual(['change yes 0']);
    expect(brief(track([...repeat(0.9, 10), ...repeat(0.4, 30)]))).toEqual(['change yes 0']);
  });

  it('forgets over silence what had not held for long enough before', () => {
    const before = [...repeat(0.9, 10), ...repeat(0.1, 4)];
    const updates = track([...before, ...repeat(undefined, 30), ...repeat(0.1, 10)]);
    expect(brief(updates)).toEqual(['change yes 0', 'change unknown 30000', 'change no 44000']);
  });

  it('dates no change back to before what was said last', () => {
    const tracker = new StatusTracker(deviceId('phone'), 'accompanied', { ...OPTIONS, dwellMs: 0 });
    const said = { status: 'yes', sinceMs: 0, smoothed: YES, lastSaidMs: 60_000 } as const;
    const state = { ...said, lastEndMs: 60_500, lastArrivalMs: 60_500, candidate: undefined };
    const window = { startMs: 52_000, endMs: 62_000, arrivalMs: 62_000 };
    const { updates } = tracker.observe(state, {
      probabilities: { no: 0.9, yes: 0.1 },
      threshold: 0.5,
      ...window,
    });
    expect(brief(updates)).toEqual(['change no 60000']);
  });

  it('is unknown after silence, from the end of the last window on', () => {
    const updates = track([...repeat(0.9, 10), ...repeat(undefined, 30), ...repeat(0.9, 10)]);
    expect(brief(updates)).toEqual(['change yes 0', 'change unknown 26000', 'change yes 40000']);
    expect(updates[1]?.confidence).toBe(0);
  });

  it('says unknown as gateway time passes, under the id it would have had from the stream', () => {
    const tracker = new StatusTracker(deviceId('phone'), 'accompanied', OPTIONS);
    let state: TrackState = INITIAL_TRACK_STATE;
    for (let second = 0; second < 10; second++) {
      const endMs = (second + 2) * 1000;
      const evidence = {
        probabilities: YES,
        threshold: 0.5,
        startMs: endMs - 2000,
        endMs,
        arrivalMs: 1e9 + endMs,
      };
      state = tracker.observe(state, evidence).state;
    }
    expect(tracker.tick(state, 1e9 + 20_000).updates).toEqual([]);
    const { updates } = tracker.tick(state, 1e9 + 30_000);
    expect(updates.map(({ id }) => id)).toEqual(['phone/accompanied/26000/unknown']);
  });

  it('repeats the status at whole periods after the change', () => {
    expect(brief(track(repeat(0.9, 130)))).toEqual([
      'change yes 0',
      'heartbeat yes 60000',
      'heartbeat yes 120000',
    ]);
  });

  it('smooths probabilities over time', () => {
    const once = [...repeat(0.9, 20), 0, ...repeat(0.9, 20)];
    const eager = { ...OPTIONS, dwellMs: 0 };
    expect(track(once, eager)).toHaveLength(3);
    expect(track(once, { ...eager, smoothingMs: 4000 })).toHaveLength(1);
  });

  it('smooths over a gap as long as silence takes, and begins again after a longer one', () => {
    const slow = { ...OPTIONS, dwellMs: 0, smoothingMs: 60_000 };
    const gapOf = (seconds: number) => [...repeat(0.9, 5), ...repeat(undefined, seconds - 1), 0.1];
    expect(brief(track(gapOf(15), slow))).toEqual(['change yes 0']);
    expect(brief(track(gapOf(16), slow))).toEqual([
      'change yes 0',
      'change unknown 21000',
      'change no 21000',
    ]);
  });

  it('begins again when older windows go on coming for as long as silence takes: the clock was set back', () => {
    const tracker = new StatusTracker(deviceId('phone'), 'accompanied', OPTIONS);
    let state: TrackState = INITIAL_TRACK_STATE;
    const updates = Array.from({ length: 40 }, (_, second) => {
      const arrivalMs = 4_000_000 + second * 1000;
      // An hour ahead for ten seconds, then right.
      const endMs = second < 10 ? arrivalMs + 3_600_000 : arrivalMs;
      const probabilities = second < 10 ? YES : { no: 0.9, yes: 0.1 };
      const evidence = { probabilities, threshold: 0.5, startMs: endMs - 2000, endMs, arrivalMs };
      const step = tracker.observe(state, evidence);
      ({ state } = step);
      return step.updates.map(({ status, sinceMs, clockSetBack }) => [second, status, sinceMs, clockSetBack]);
    }).flat();
    expect(updates).toEqual([
      [3, 'yes', 7_598_000, undefined],
      // 15 s after the last window of the old time, as silence is.
      [25, 'unknown', 7_624_000, undefined],
      [28, 'no', 4_023_000, true],
    ]);
  });

  it('is not begun again by a few older windows, after which newer ones come', () => {
    const tracker = new StatusTracker(deviceId('phone'), 'accompanied', OPTIONS);
    const windowAt = (endMs: number, arrivalMs: number) => ({
      probabilities: YES,
      threshold: 0.5,
      startMs: endMs - 2000,
      endMs,
      arrivalMs,
    });
    let { state } = tracker.observe(INITIAL_TRACK_STATE, windowAt(100_000, 100_000));
    for (let round = 0; round < 10; round++) {
      const nowMs = 100_000 + round * 14_000;
      ({ state } = tracker.observe(state, windowAt(50_000, nowMs)));
      ({ state } = tracker.observe(state, windowAt(nowMs + 1000, nowMs + 1000)));
    }
    expect(state).toMatchObject({ lastEndMs: 227_000, status: 'yes' });
  });

  it('ignores a window that is not newer than the last', () => {
    const tracker = new StatusTracker(deviceId('phone'), 'accompanied', OPTIONS);
    const evidence = { probabilities: YES, threshold: 0.5, startMs: 0, endMs: 2000, arrivalMs: 2000 };
    const { state } = tracker.observe(INITIAL_TRACK_STATE, evidence);
    const again = tracker.observe(state, { ...evidence, probabilities: { no: 1, yes: 0 } });
    expect(again).toEqual({ state: { ...state, olderSinceMs: 2000 }, updates: [] });
  });

  it('goes on from a state that holds the probability of yes alone', () => {
    const kept = { ...INITIAL_TRACK_STATE, status: 'yes', sinceMs: 0, lastEndMs: 2000, lastSaidMs: 0 };
    expect(restoreTrackState({ ...kept, smoothed: 0.75 }).smoothed).toEqual({ no: 0.25, yes: 0.75 });
    expect(restoreTrackState({ ...kept, smoothed: Number.NaN }).smoothed).toEqual({});
    expect(restoreTrackState({ ...kept, smoothed: YES })).toEqual({ ...kept, smoothed: YES });
  });

  it('says times that rise, ids that are unique, and never the same status twice in a row', () => {
    const probability = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined, freq: 4 });
    fc.assert(
      fc.property(fc.array(probability, { maxLength: 300 }), fc.boolean(), (probabilities, isSmooth) => {
        const options = {
          ...OPTIONS,
          dwellMs: 3000,
          silenceMs: 4000,
          heartbeatMs: 20_000,
          smoothingMs: isSmooth ? 2000 : 0,
        };
        const updates = track(probabilities, options);
        const changes = updates.filter(({ kind }) => kind === 'change');
        for (const [index, update] of updates.entries()) {
          const before = updates[index - 1];
          if (before !== undefined) expect(update.atMs).toBeGreaterThanOrEqual(before.atMs);
          expect(update.confidence).toBeGreaterThanOrEqual(0);
          expect(update.confidence).toBeLessThanOrEqual(1);
        }
        for (const [index, change] of changes.entries())
          expect(change.status).not.toBe(changes[index - 1]?.status);
        expect(new Set(changes.map(({ id }) => id)).size).toBe(changes.length);
      }),
    );
  });
});

describe('what is said again after a restart', () => {
  const tracker = new StatusTracker(deviceId('phone'), 'accompanied', OPTIONS);
  const state: TrackState = {
    status: 'yes',
    sinceMs: 0,
    smoothed: YES,
    lastEndMs: 70_000,
    lastArrivalMs: 71_000,
    candidate: undefined,
    lastSaidMs: 60_000,
  };

  it('is the last status, until silence is over by the clock of the gateway', () => {
    const again = { status: 'yes', kind: 'heartbeat', sinceMs: 0, atMs: 60_000, confidence: 0.9 };
    expect(tracker.sayAgain(state, 71_000)).toMatchObject(again);
    expect(tracker.sayAgain(state, 86_000)).toMatchObject(again);
    expect(tracker.sayAgain(state, 86_001)).toMatchObject({
      status: 'unknown',
      sinceMs: 85_000,
      confidence: 0,
    });
  });

  it('is nothing where nothing was said', () => {
    expect(tracker.sayAgain(INITIAL_TRACK_STATE, 1e9)).toBeUndefined();
  });
});

describe('targets with more than two classes', () => {
  const CLASSES = ['seated', 'turning', 'walking'];
  /** A window each second; each list holds the probabilities of the classes. */
  function trackClasses(rows: readonly (readonly number[])[], options = OPTIONS): StatusUpdate[] {
    const tracker = new StatusTracker(deviceId('phone'), 'activity', options);
    let state: TrackState = INITIAL_TRACK_STATE;
    return rows.flatMap((row, second) => {
      const endMs = (second + 2) * 1000;
      const probabilities = Object.fromEntries(CLASSES.map((name, index) => [name, row[index] ?? 0]));
      const times = { startMs: endMs - 2000, endMs, arrivalMs: endMs };
      const step = tracker.observe(state, { probabilities, threshold: undefined, ...times });
      state = step.state;
      return step.updates;
    });
  }
  const SEATED = [0.7, 0.1, 0.2];
  const WALKING = [0.2, 0.1, 0.7];

  it('are the class that leads, with its probability, after the dwell', () => {
    const updates = trackClasses([...repeat(SEATED, 10), ...repeat(WALKING, 10)]);
    expect(brief(updates)).toEqual(['change seated 0', 'change walking 11000']);
    expect(updates.map(({ confidence, id }) => [confidence, id])).toEqual([
      [0.7, 'phone/activity/0/seated'],
      [0.7, 'phone/activity/11000/walking'],
    ]);
  });

  it('stay as they are, or unknown, while no class leads by twice the hysteresis', () => {
    const close = [0.38, 0.15, 0.47];
    expect(brief(trackClasses(repeat(close, 30)))).toEqual([]);
    expect(brief(trackClasses([...repeat(SEATED, 10), ...repeat(close, 30)]))).toEqual(['change seated 0']);
    const ahead = [0.25, 0.3, 0.45];
    expect(brief(trackClasses([...repeat(SEATED, 10), ...repeat(ahead, 10)]))).toEqual([
      'change seated 0',
      'change walking 11000',
    ]);
  });

  it('smooth each class by itself', () => {
    const rows = [...repeat(SEATED, 20), [0, 1, 0], ...repeat(SEATED, 20)];
    const eager = { ...OPTIONS, dwellMs: 0 };
    expect(brief(trackClasses(rows, eager))).toHaveLength(3);
    expect(brief(trackClasses(rows, { ...eager, smoothingMs: 4000 }))).toEqual(['change seated 0']);
  });

  it('answer as yes and no do when there are two of them and the threshold is a half', () => {
    const probability = fc.integer({ min: 0, max: 64 }).map((sixtyFourths) => sixtyFourths / 64);
    fc.assert(
      fc.property(fc.array(probability, { maxLength: 100 }), (probabilities) => {
        const options = { ...OPTIONS, hysteresis: 0.125 };
        const two = trackClasses(
          probabilities.map((yes) => [1 - yes, 0, yes]),
          options,
        );
        const asBinary = two.map(({ status, atMs }) => [status === 'walking' ? 'yes' : 'no', atMs]);
        // At the lower threshold itself `no` is not said yet, while a lead of exactly the hysteresis counts.
        const binary = track(
          probabilities.map((yes) => (yes === 0.375 ? 0.359375 : yes)),
          options,
        );
        expect(asBinary).toEqual(binary.map(({ status, atMs }) => [status, atMs]));
      }),
    );
  });
});

describe('a learnt filter', () => {
  const FILTER: StatusFilter = {
    statuses: [
      { status: 'no', slope: 1, bias: 0, share: 0.5, certainty: 0.95 },
      { status: 'yes', slope: 1, bias: 0, share: 0.5, certainty: 0.95 },
    ],
    meanDurationMs: 600_000,
    independentMs: 4000,
  };
  const tracker = new StatusTracker(deviceId('phone'), 'accompanied', OPTIONS);

  interface Run {
    readonly state: TrackState;
    readonly updates: readonly StatusUpdate[];
  }
  const BEGINNING: Run = { state: INITIAL_TRACK_STATE, updates: [] };

  /** A window of 2 s that ends at a second; `undefined` is a second without one. */
  function see({ state, updates }: Run, second: number, yes: number | undefined, filter = FILTER): Run {
    if (yes === undefined) return { state, updates };
    const endMs = second * 1000;
    const step = tracker.observe(state, {
      probabilities: { no: 1 - yes, yes },
      threshold: 0.5,
      filter,
      startMs: endMs - 2000,
      endMs,
      arrivalMs: endMs,
    });
    return { state: step.state, updates: [...updates, ...step.updates] };
  }

  const seeAll = (probabilities: readonly (number | undefined)[], filter = FILTER): StatusUpdate[] => [
    ...probabilities.reduce<Run>((run, yes, at) => see(run, at + 2, yes, filter), BEGINNING).updates,
  ];

  it('says a status once it is believed in enough, dated back to the first window that speaks for it', () => {
    const updates = seeAll([...repeat(0.8, 20), ...repeat(0.2, 30)]);
    expect(brief(updates)).toEqual(['change yes 0', 'change no 21000']);
    for (const { confidence } of updates) expect(confidence).toBeGreaterThanOrEqual(0.95);
  });

  it('dates no status back to where belief in it has only stayed, or has risen and fallen back', () => {
    // Windows so far apart that each is believed for what it says, and nothing of those before is left.
    const forgetful = { ...FILTER, meanDurationMs: 1, independentMs: 1000 };
    const changes = seeAll([0.01, 0.01, 0.3, 0.01, 0.01, 0.99], forgetful);
    expect(brief(changes)).toEqual(['change no 0', 'change yes 6000']);
  });

  it('does not date a change back to where windows only became less sure of what held', () => {
    const lessSure = [...repeat(0.02, 40), ...repeat(0.1, 40), ...repeat(0.95, 20)];
    expect(brief(seeAll(lessSure))).toEqual(['change no 0', 'heartbeat no 60000', 'change yes 81000']);
  });

  it('says nothing of what only flickers, as smoothing over the same time would', () => {
    const flicker = [...repeat(0.9, 30), ...repeat(0.1, 3), ...repeat(0.9, 10)];
    expect(brief(seeAll(flicker))).toEqual(['change yes 0']);
  });

  it('stays unknown while windows say nothing, and takes a higher certainty for a slower answer', () => {
    expect(seeAll(repeat(0.5, 300))).toEqual([]);
    const sureFrom = (certainty: number): StatusFilter => ({
      ...FILTER,
      statuses: FILTER.statuses.map((status) => ({ ...status, certainty })),
    });
    const saidAfter = (certainty: number): number =>
      Array.from({ length: 60 }, (_, at) => at + 1).find(
        (count) => seeAll(repeat(0.8, count), sureFrom(certainty)).length > 0,
      ) ?? 0;
    expect(saidAfter(0.99)).toBeGreaterThan(saidAfter(0.8));
  });

  it('is unknown on silence and goes on from what it believed, by the time that went by', () => {
    const before = repeat(0.9, 30);
    const short = seeAll([...before, ...repeat(undefined, 30), 0.9]);
    expect(brief(short)).toEqual(['change yes 0', 'change unknown 46000', 'change yes 60000']);
    const long = seeAll([...before, ...repeat(undefined, 7200), 0.8]);
    expect(long.filter(({ kind }) => kind === 'change').map(({ status }) => status)).toEqual([
      'yes',
      'unknown',
    ]);
  });

  it('repeats no status from where belief in another rises, but goes on repeating while that leads nowhere', () => {
    const undecided = seeAll([...repeat(0.9, 60), ...repeat([0.1, 0.1, 0.1, 0.9, 0.9, 0.9], 100).flat()]);
    const times = undecided.map(({ atMs }) => atMs);
    expect(undecided.filter(({ kind }) => kind === 'change')).toHaveLength(1);
    for (const [at, time] of times.entries())
      expect(time - (times[at - 1] ?? 0)).toBeLessThanOrEqual(OPTIONS.heartbeatMs + MOST_BACK_MS);
    expect(times.length).toBeGreaterThan(8);
  });

  const probability = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined, freq: 6 });
  const streams = fc.array(
    fc
      .record({ level: probability, seconds: fc.integer({ min: 1, max: 40 }) })
      .map(({ level, seconds }) => repeat(level, seconds)),
    { maxLength: 12 },
  );

  it('gives the same statuses after any restart, from a state that was written down', () => {
    fc.assert(
      fc.property(streams, fc.array(fc.nat(400), { maxLength: 5 }), (parts, restarts) => {
        const probabilities = parts.flat();
        const restarted = probabilities.reduce<Run>((run, yes, at) => {
          const isRestart = restarts.includes(at);
          const { updates } = run;
          const kept = isRestart ? restoreTrackState(structuredClone(run.state)) : run.state;
          return see({ state: kept, updates }, at + 2, yes);
        }, BEGINNING);
        expect(restarted.updates).toEqual(seeAll(probabilities));
      }),
    );
  });

  it('gives the same statuses when windows come again, and never the same status twice in a row', () => {
    fc.assert(
      fc.property(streams, fc.nat(20), (parts, back) => {
        const probabilities = parts.flat();
        const replayed = probabilities.reduce<Run>((run, yes, at) => {
          const from = Math.max(0, at - back);
          return probabilities
            .slice(from, at)
            .reduce<Run>((again, old, before) => see(again, from + before + 2, old), see(run, at + 2, yes));
        }, BEGINNING);
        expect(replayed.updates).toEqual(seeAll(probabilities));
        const changes = replayed.updates.filter(({ kind }) => kind === 'change');
        for (const [at, { status, atMs }] of changes.entries()) {
          expect(status).not.toBe(changes[at - 1]?.status);
          expect(atMs).toBeGreaterThanOrEqual(changes[at - 1]?.atMs ?? 0);
        }
        const times = replayed.updates.map(({ atMs }) => atMs);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      }),
    );
  });

  it('follows three classes as it does two', () => {
    const statuses = ['seated', 'turning', 'walking'].map((status) => ({
      status,
      slope: 1,
      bias: 0,
      share: 1 / 3,
      certainty: 0.95,
    }));
    const rows = [...repeat([0.7, 0.1, 0.2], 20), ...repeat([0.1, 0.2, 0.7], 20)];
    let run = BEGINNING;
    for (const [at, [seated = 0, turning = 0, walking = 0]] of rows.entries()) {
      const endMs = (at + 2) * 1000;
      const step = tracker.observe(run.state, {
        probabilities: { seated, turning, walking },
        threshold: undefined,
        filter: { ...FILTER, statuses },
        startMs: endMs - 2000,
        endMs,
        arrivalMs: endMs,
      });
      run = { state: step.state, updates: [...run.updates, ...step.updates] };
    }
    expect(brief(run.updates)).toEqual(['change seated 0', 'change walking 21000']);
  });
});
