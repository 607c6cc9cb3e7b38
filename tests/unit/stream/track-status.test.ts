import { map, mergeMap, type OperatorFunction, of, pipe, type SchedulerLike, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { StatusUpdate } from '../../../src/domain/status.js';
import type { Prediction, WindowOutcome } from '../../../src/domain/window.js';
import { INITIAL_TRACK_STATE } from '../../../src/stream/status-tracker.js';
import {
  evidenceOf,
  type Tracked,
  type TrackStatusOptions,
  trackStatus,
} from '../../../src/stream/track-status.js';
import { runMarbles } from '../../helpers/marbles.js';
import { deviceId } from '../../helpers/sensor-messages.js';

const OPTIONS = {
  optionsOf: () => ({ smoothingMs: 0, hysteresis: 0.1, dwellMs: 0, silenceMs: 15, heartbeatMs: 1e9 }),
  targetsOf: (model: string) =>
    model === 'model' ? [{ name: 'accompanied', classes: ['no', 'yes'], threshold: 0.5 }] : [],
  restored: [],
  idleMs: 1000,
  sweepMs: 10,
};

function predictionAt(endMs: number, yes: number, overrides: Partial<Prediction> = {}): Prediction {
  return {
    device: deviceId('phone'),
    model: 'model',
    modelVersion: '1',
    startMs: endMs - 4,
    endMs,
    coverage: 1,
    meanDeltaMs: 0,
    maxDeltaMs: 0,
    probabilities: { accompanied: [1 - yes, yes] },
    ...overrides,
  };
}

/** The operator, and the statuses that come out of it. */
function statusesOf(
  options: TrackStatusOptions,
  scheduler: SchedulerLike,
): OperatorFunction<WindowOutcome, StatusUpdate> {
  return pipe(
    trackStatus(options, scheduler),
    mergeMap((tracked) => (tracked.type === 'status' ? [tracked.update] : [])),
  );
}

describe(trackStatus, () => {
  const outcomes: Record<string, WindowOutcome> = {
    y: predictionAt(4, 0.9),
    n: predictionAt(8, 0.1),
    s: {
      device: deviceId('phone'),
      model: 'model',
      startMs: 0,
      endMs: 4,
      coverage: 0.1,
      skipped: 'low-coverage',
    },
  };

  it('emits nothing for never and empty, and passes completion and error through', () => {
    runMarbles(({ cold, expectObservable, testScheduler }) => {
      expectObservable(cold<WindowOutcome>('-').pipe(statusesOf(OPTIONS, testScheduler)), '^--!').toBe('-');
      expectObservable(cold<WindowOutcome>('-|').pipe(statusesOf(OPTIONS, testScheduler))).toBe('-|');
      expectObservable(cold<WindowOutcome>('-#').pipe(statusesOf(OPTIONS, testScheduler))).toBe('-#');
    });
  });

  it('emits changes as windows come, nothing for skipped ones, unknown when they stop', () => {
    runMarbles(({ cold, expectObservable, testScheduler }) => {
      const statuses$ = cold('-y--s-n', outcomes).pipe(
        statusesOf(OPTIONS, testScheduler),
        map(({ status }) => status),
      );
      expectObservable(statuses$, '^ 60ms !').toBe('-y----n 23ms u', { y: 'yes', n: 'no', u: 'unknown' });
    });
  });

  it('goes on with what an earlier run followed, and bears its silence for as long as any', () => {
    const phone = deviceId('phone');
    const state = {
      ...INITIAL_TRACK_STATE,
      status: 'yes',
      sinceMs: 0,
      smoothed: { no: 0.1, yes: 0.9 },
      lastEndMs: 4,
    } as const;
    const restored = [{ device: phone, target: 'accompanied', state: { ...state, lastArrivalMs: -1000 } }];
    runMarbles(({ cold, expectObservable, testScheduler }) => {
      const says = (marbles: string) =>
        cold(marbles, outcomes).pipe(
          statusesOf({ ...OPTIONS, restored }, testScheduler),
          map(({ status, sinceMs }) => `${status} ${sinceMs}`),
        );
      expectObservable(says('-'), '^ 60ms !').toBe('20ms u', { u: 'unknown 19' });
      expectObservable(says('-n'), '^ 15ms !').toBe('-n', { n: 'no 6' });
      // A look at the very moment is one too early.
      const looking = statusesOf({ ...OPTIONS, restored, sweepMs: 5 }, testScheduler);
      const status$ = cold<WindowOutcome>('-').pipe(
        looking,
        map(({ status }) => status),
      );
      expectObservable(status$, '^ 60ms !').toBe('20ms u', { u: 'unknown' });
    });
  });

  it('falls to unknown at once where a device is worn elsewhere, and goes on when it is back', () => {
    const phone = deviceId('phone');
    runMarbles(({ cold, expectObservable, testScheduler }) => {
      let isAway = false;
      const options = { ...OPTIONS, isWornElsewhere: (device: string) => isAway && device === phone };
      const says$ = cold('y------', outcomes).pipe(
        statusesOf(options, testScheduler),
        map(({ status, sinceMs }) => `${status} ${sinceMs}`),
      );
      testScheduler.schedule(() => {
        isAway = true;
      }, 5);
      expectObservable(says$, '^ 40ms !').toBe('y 9ms u', { y: 'yes 0', u: 'unknown 4' });
    });
  });

  it('says of a device that was worn elsewhere already before a restart that nothing is known', () => {
    const state = {
      ...INITIAL_TRACK_STATE,
      status: 'yes',
      sinceMs: 0,
      smoothed: { no: 0.1, yes: 0.9 },
      lastEndMs: 4,
      lastArrivalMs: 0,
    };
    const restored = [{ device: deviceId('phone'), target: 'accompanied', state }];
    runMarbles(({ cold, expectObservable, testScheduler }) => {
      const says$ = cold<WindowOutcome>('-').pipe(
        statusesOf({ ...OPTIONS, restored, isWornElsewhere: () => true }, testScheduler),
        map(({ status, sinceMs }) => `${status} ${sinceMs}`),
      );
      expectObservable(says$, '^ 30ms !').toBe('10ms u', { u: 'unknown 4' });
    });
  });

  it('says nothing more of a device that is let go, not even that it is silent', () => {
    runMarbles(({ cold, hot, expectObservable, testScheduler }) => {
      const letGo$ = hot('--x', { x: deviceId('phone') });
      const other = { ...outcomes, o: predictionAt(4, 0.9, { device: deviceId('other') }) };
      const statuses$ = cold('y-----o', other).pipe(
        statusesOf({ ...OPTIONS, letGo$ }, testScheduler),
        map(({ device, status }) => `${device} ${status}`),
      );
      expectObservable(statuses$, '^ 60ms !').toBe('y-----o 23ms u', {
        y: 'phone yes',
        o: 'other yes',
        u: 'other unknown',
      });
    });
  });

  it('stops at unsubscription', () => {
    runMarbles(({ hot, expectObservable, expectSubscriptions, testScheduler }) => {
      const source = hot<WindowOutcome>('--y', outcomes);
      expectObservable(source.pipe(statusesOf(OPTIONS, testScheduler)), '^!').toBe('-');
      expectSubscriptions(source.subscriptions).toBe('^!');
    });
  });

  it('keeps devices and subscribers apart, and listens only to the model that owns a target', () => {
    runMarbles(({ testScheduler }) => {
      const outcomes$ = new Subject<WindowOutcome>();
      const statuses$ = outcomes$.pipe(statusesOf(OPTIONS, testScheduler));
      const seen: StatusUpdate[][] = [[], []];
      const subscriptions = seen.map((list) => statuses$.subscribe((update) => list.push(update)));
      outcomes$.next(predictionAt(4, 0.9));
      outcomes$.next(predictionAt(4, 0.1, { device: deviceId('other') }));
      outcomes$.next(predictionAt(8, 0.1, { model: 'candidate' }));
      for (const list of seen) {
        expect(list.map(({ device, status }) => `${device} ${status}`)).toEqual(['phone yes', 'other no']);
      }
      for (const subscription of subscriptions) subscription.unsubscribe();
    });
  });

  it('lets each outcome pass, and says the state to remember before the status', () => {
    runMarbles(({ testScheduler }) => {
      const seen: Tracked[] = [];
      const outcome = predictionAt(4, 0.9);
      const subscription = of(outcome)
        .pipe(trackStatus(OPTIONS, testScheduler))
        .subscribe((tracked) => seen.push(tracked));
      const { device } = outcome;
      expect(seen).toMatchObject([
        { type: 'window', outcome },
        { type: 'state', device, target: 'accompanied', state: { status: 'yes' } },
        { type: 'status', update: { device, target: 'accompanied', status: 'yes' } },
      ]);
      subscription.unsubscribe();
    });
  });

  it('says a state again only once it has changed', () => {
    runMarbles(({ cold, expectObservable, testScheduler }) => {
      const told$ = cold('y-n', { y: predictionAt(4, 0.9), n: predictionAt(4, 0.1) }).pipe(
        trackStatus(OPTIONS, testScheduler),
        mergeMap((tracked) => (tracked.type === 'state' ? [tracked.state.olderSinceMs] : [])),
      );
      // The second, which is no newer, is remembered as the first of such windows; the sweep at 10 changes nothing.
      expectObservable(told$, '^ 12ms !').toBe('y-n', { y: undefined, n: 2 });
    });
  });
});

describe(evidenceOf, () => {
  const target = { name: 'activity', classes: ['a', 'b', 'c'], threshold: 0.5 };

  it('names the probabilities of as many classes as the target has', () => {
    expect(evidenceOf(target, [0.2, 0.5, 0.3])?.probabilities).toEqual({ a: 0.2, b: 0.5, c: 0.3 });
  });

  it.each([[[]], [[1]], [[0.5, 0.5]], [[0.1, 0.2, 0.3, 0.4]]])('is none of %j', (output) => {
    expect(evidenceOf(target, output)).toBeUndefined();
  });
});
