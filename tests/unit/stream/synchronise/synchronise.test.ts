import {
  map,
  mergeMap,
  NEVER,
  type OperatorFunction,
  of,
  pipe,
  reduce,
  type SchedulerLike,
  Subject,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { DeviceId } from '../../../../src/domain/ids.js';
import type { SensorMessage } from '../../../../src/domain/samples.js';
import type { AlignedFrames } from '../../../../src/domain/window.js';
import type { GridSpec } from '../../../../src/stream/synchronise/grid-spec.js';
import {
  type Synchronised,
  type SynchroniseOperatorOptions,
  synchronise,
} from '../../../../src/stream/synchronise/synchronise.js';
import { runMarbles } from '../../../helpers/marbles.js';
import {
  blockAt,
  deliveryOf,
  deviceId,
  messageOf,
  START_MS,
  timesAt,
} from '../../../helpers/sensor-messages.js';
import { gridOf, SYNCHRONISE } from '../../../helpers/synchronise-options.js';

const GRIDS: readonly GridSpec[] = [gridOf({ channels: ['accelerometer.x'] })];
const OPTIONS: SynchroniseOperatorOptions = {
  ...SYNCHRONISE,
  grids: () => GRIDS,
  gridsChanged$: NEVER,
  quietMs: 20,
  idleMs: 100,
  sweepMs: 10,
  maxDevices: 3,
  restore: () => undefined,
};

/** The operator for messages alone, and the rows that come out of it. */
function framesOf(
  options: SynchroniseOperatorOptions,
  scheduler: SchedulerLike,
  events: { readonly evicted?: string[]; readonly rejected?: string[] } = {},
): OperatorFunction<SensorMessage, AlignedFrames> {
  return pipe(
    map((message) => deliveryOf(message, ({ kind }) => events.rejected?.push(`${message.device} ${kind}`))),
    synchronise(options, scheduler),
    mergeMap((value) => {
      if (value.type === 'evicted') events.evicted?.push(value.device);
      if (value.type === 'message') return value.taken?.accepted.frames ?? [];
      return value.type === 'rows' ? value.frames : [];
    }),
  );
}

/** A numbered message with one second of samples. */
function second(index: number, overrides: Partial<SensorMessage> = {}): SensorMessage {
  const from = START_MS + index * 1000;
  const blocks = [blockAt('accelerometer', timesAt(50, from, from + 1000))];
  return messageOf({ session: 'a', sequence: index, receivedAtMs: from + 1000, blocks, ...overrides });
}

describe(synchronise, () => {
  const messages: Record<string, SensorMessage> = {
    a: second(0),
    b: second(1),
    d: second(3),
    u: second(0, { session: undefined, sequence: undefined }),
  };
  const rowCount = map(({ rowCount: rows }: AlignedFrames) => rows);

  it('emits nothing for never and empty, and passes completion and error through', () => {
    runMarbles(({ cold, expectObservable, testScheduler }) => {
      expectObservable(cold<SensorMessage>('-').pipe(framesOf(OPTIONS, testScheduler)), '^--!').toBe('-');
      expectObservable(cold<SensorMessage>('-|').pipe(framesOf(OPTIONS, testScheduler))).toBe('-|');
      expectObservable(cold<SensorMessage>('-#').pipe(framesOf(OPTIONS, testScheduler))).toBe('-#');
    });
  });

  it('emits rows as messages close them', () => {
    runMarbles(({ cold, expectObservable, testScheduler }) => {
      const rows$ = cold('a-b|', messages).pipe(framesOf(OPTIONS, testScheduler), rowCount);
      expectObservable(rows$).toBe('x-x|', { x: 50 });
    });
  });

  it('closes what waits when the device goes quiet', () => {
    runMarbles(({ cold, expectObservable, testScheduler }) => {
      const rows$ = cold('-u', messages).pipe(framesOf(OPTIONS, testScheduler), rowCount);
      expectObservable(rows$, '^ 50ms !').toBe('30ms x', { x: 50 });
    });
  });

  it('leaves what waits to the next run on completion', () => {
    runMarbles(({ cold, expectObservable, testScheduler }) => {
      const rows$ = cold('u--|', messages).pipe(framesOf(OPTIONS, testScheduler), rowCount);
      expectObservable(rows$).toBe('---|');
    });
  });

  it('waits at a missing message', () => {
    runMarbles(({ cold, expectObservable, testScheduler }) => {
      const rows$ = cold('adb', messages).pipe(framesOf(OPTIONS, testScheduler), rowCount);
      expectObservable(rows$, '^--!').toBe('x-', { x: 50 });
    });
  });

  it('begins again with a device that is let go, and says so', () => {
    runMarbles(({ testScheduler }) => {
      const messages$ = new Subject<SensorMessage>();
      const letGo$ = new Subject<DeviceId>();
      const evicted: string[] = [];
      const options = { ...OPTIONS, letGo$ };
      let rows = 0;
      const subscription = messages$
        .pipe(framesOf(options, testScheduler, { evicted }))
        .subscribe((frames) => {
          rows += frames.rowCount;
        });
      messages$.next(second(0));
      messages$.next(second(2));
      const before = rows;
      letGo$.next(second(0).device);
      // The missing message would have let what waited go on; nothing waits any more.
      messages$.next(second(1, { session: 'b', sequence: 0 }));
      expect(rows - before).toBe(50);
      expect(evicted).toEqual(['phone']);
      subscription.unsubscribe();
    });
  });

  it('stops at unsubscription', () => {
    runMarbles(({ hot, expectObservable, expectSubscriptions, testScheduler }) => {
      const source = hot<SensorMessage>('---a', messages);
      expectObservable(source.pipe(framesOf(OPTIONS, testScheduler)), '^-!').toBe('-');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    });
  });

  it('keeps devices and subscribers apart', () => {
    runMarbles(({ testScheduler }) => {
      const messages$ = new Subject<SensorMessage>();
      const frames$ = messages$.pipe(framesOf(OPTIONS, testScheduler));
      const seen: string[][] = [[], []];
      const subscriptions = seen.map((list) => frames$.subscribe(({ device }) => list.push(device)));
      messages$.next(second(0));
      messages$.next(second(0, { device: deviceId('ahead'), receivedAtMs: START_MS - 365 * 86_400_000 }));
      messages$.next(second(0, { device: deviceId('other') }));
      expect(seen).toEqual([
        ['phone', 'other'],
        ['phone', 'other'],
      ]);
      for (const subscription of subscriptions) subscription.unsubscribe();
    });
  });

  it('forgets idle devices and says so', () => {
    runMarbles(({ cold, expectObservable, testScheduler }) => {
      const evicted: string[] = [];
      const frames$ = cold('a', messages).pipe(framesOf(OPTIONS, testScheduler, { evicted }), rowCount);
      expectObservable(frames$, '^ 150ms !').toBe('x', { x: 50 });
      testScheduler.flush();
      expect(evicted).toEqual(['phone']);
    });
  });

  it('takes time in which nothing could be heard for no silence', () => {
    runMarbles(({ cold, expectObservable, testScheduler }) => {
      const silenceClock = { nowMs: () => Math.min(testScheduler.now(), 15) };
      const evicted: string[] = [];
      const rows$ = cold('-u', messages).pipe(
        framesOf({ ...OPTIONS, silenceClock }, testScheduler, { evicted }),
        rowCount,
      );
      expectObservable(rows$, '^ 1s !').toBe('-');
      testScheduler.flush();
      expect(evicted).toEqual([]);
    });
  });

  it('refuses devices beyond the limit and serves the others', () => {
    runMarbles(({ testScheduler }) => {
      const refused: string[] = [];
      const messages$ = new Subject<SensorMessage>();
      const subscription = messages$
        .pipe(framesOf(OPTIONS, testScheduler, { rejected: refused }))
        .subscribe();
      for (const name of ['a', 'b', 'c', 'd', 'a']) messages$.next(second(0, { device: deviceId(name) }));
      expect(refused).toEqual(['d rejected']);
      subscription.unsubscribe();
    });
  });

  it('follows a change of models', () => {
    runMarbles(({ testScheduler }) => {
      let grids = GRIDS;
      const gridsChanged$ = new Subject<void>();
      const messages$ = new Subject<SensorMessage>();
      const models: string[] = [];
      const subscription = messages$
        .pipe(framesOf({ ...OPTIONS, grids: () => grids, gridsChanged$ }, testScheduler))
        .subscribe(({ model }) => models.push(model));
      messages$.next(second(0));
      grids = [...GRIDS, gridOf({ model: 'second', channels: ['accelerometer.z'] })];
      gridsChanged$.next();
      messages$.next(second(1));
      expect(models).toEqual(['model', 'model', 'second']);
      subscription.unsubscribe();
    });
  });

  it('lets messages without samples pass, and takes out none of what they hold', () => {
    runMarbles(({ testScheduler }) => {
      const without = deliveryOf(second(0));
      const delivery = { ...without, content: { ...without.content, message: undefined } };
      const seen: Synchronised[] = [];
      const subscription = of(delivery)
        .pipe(synchronise(OPTIONS, testScheduler))
        .subscribe((value) => seen.push(value));
      expect(seen).toEqual([{ ...delivery, type: 'message', taken: undefined }]);
      subscription.unsubscribe();
    });
  });

  it('takes in what waited while a device was behind, and completes after it', () => {
    runMarbles(({ cold, expectObservable, testScheduler }) => {
      const quarterHour = timesAt(1, START_MS, START_MS + 1_000_000);
      const blocks = [blockAt('accelerometer', quarterHour)];
      const long = second(0, { blocks, receivedAtMs: START_MS + 1_000_000 });
      const rows$ = cold('(ln|)', { l: long, n: second(1000, { sequence: 1 }) }).pipe(
        framesOf(OPTIONS, testScheduler),
        rowCount,
        reduce((sum, rows) => sum + rows, 0),
      );
      expectObservable(rows$).toBe('(x|)', { x: 50_000 + 50 });
    });
  });

  it('settles what waits as failed when it is unsubscribed', () => {
    runMarbles(({ testScheduler }) => {
      const settled: string[] = [];
      const messages$ = new Subject<SensorMessage>();
      const subscription = messages$
        .pipe(framesOf(OPTIONS, testScheduler, { rejected: settled }))
        .subscribe();
      const long = timesAt(1, START_MS, START_MS + 1_000_000);
      messages$.next(second(0, { blocks: [blockAt('accelerometer', long)], receivedAtMs: START_MS + 1e6 }));
      messages$.next(second(1));
      expect(settled).toEqual([]);
      subscription.unsubscribe();
      expect(settled).toEqual(['phone failed']);
    });
  });
});
