import { map, mergeMap, type OperatorFunction, of, pipe, type SchedulerLike, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { DeviceId } from '../../../src/domain/ids.js';
import type { AlignedFrames, SampleWindow } from '../../../src/domain/window.js';
import { type Due, type WindowFramesOptions, windowFrames } from '../../../src/stream/window-frames.js';
import { framesAt } from '../../helpers/frames.js';
import { runMarbles } from '../../helpers/marbles.js';
import { deviceId } from '../../helpers/sensor-messages.js';

const SPEC = {
  model: 'model',
  samplingRateHz: 50,
  sizeSamples: 4,
  strideSamples: 4,
  channelCount: 2,
  sensorCount: 1,
};
const OPTIONS = {
  specOf: () => SPEC,
  idleMs: 100,
  sweepMs: 10,
};

/** The operator for single blocks of rows, and the windows that come out of it. */
function windowsOf(
  options: WindowFramesOptions,
  scheduler: SchedulerLike,
): OperatorFunction<AlignedFrames, SampleWindow> {
  return pipe(
    map((frames) => ({ frames: [frames], settle: () => undefined })),
    windowFrames(options, scheduler),
    mergeMap((due) => (due.type === 'window' ? [due.window] : [])),
  );
}

describe(windowFrames, () => {
  const blocks: Record<string, AlignedFrames> = {
    a: framesAt(0, 4),
    b: framesAt(4, 4),
    c: framesAt(8, 8),
    s: framesAt(16, 2),
  };

  it('emits nothing for a source that never emits, and completes for an empty one', () => {
    runMarbles(({ cold, expectObservable, testScheduler }) => {
      expectObservable(cold<AlignedFrames>('-').pipe(windowsOf(OPTIONS, testScheduler)), '^--!').toBe('-');
      expectObservable(cold<AlignedFrames>('--|').pipe(windowsOf(OPTIONS, testScheduler)), '^---!').toBe(
        '--|',
      );
    });
  });

  it('cuts no window of a device of which the model does not speak', () => {
    runMarbles(({ cold, expectObservable, testScheduler }) => {
      const other = deviceId('other');
      const specOf = (_model: string, device: DeviceId) => (device === other ? undefined : SPEC);
      const devices$ = cold('a-b|', { a: { ...framesAt(0, 4), device: other }, b: framesAt(0, 4) }).pipe(
        windowsOf({ ...OPTIONS, specOf }, testScheduler),
        map(({ device }) => device),
      );
      expectObservable(devices$).toBe('--b|', { b: framesAt(0, 4).device });
    });
  });

  it('emits each window as its last row comes in, and drops the unfinished one at the end', () => {
    runMarbles(({ cold, expectObservable, testScheduler }) => {
      const starts$ = cold('a-b-----c-s-|', blocks).pipe(
        windowsOf(OPTIONS, testScheduler),
        map(({ startMs }) => startMs),
      );
      expectObservable(starts$).toBe('a-b-----(cd)|', { a: 0, b: 80, c: 160, d: 240 });
    });
  });

  it('drops the rows of a device that is let go, and of no other', () => {
    runMarbles(({ testScheduler }) => {
      const frames$ = new Subject<AlignedFrames>();
      const letGo$ = new Subject<DeviceId>();
      const seen: string[] = [];
      const subscription = frames$
        .pipe(windowsOf({ ...OPTIONS, letGo$ }, testScheduler))
        .subscribe(({ device }) => seen.push(device));
      const other = { device: deviceId('other') };
      frames$.next(framesAt(0, 2));
      frames$.next({ ...framesAt(0, 2), ...other });
      letGo$.next(framesAt(0, 2).device);
      frames$.next(framesAt(2, 2));
      frames$.next({ ...framesAt(2, 2), ...other });
      expect(seen).toEqual(['other']);
      subscription.unsubscribe();
    });
  });

  it('passes an error of the source through', () => {
    runMarbles(({ cold, expectObservable, testScheduler }) => {
      expectObservable(cold<AlignedFrames>('--#').pipe(windowsOf(OPTIONS, testScheduler)), '^---!').toBe(
        '--#',
      );
    });
  });

  it('unsubscribes from the source and stops its timer', () => {
    runMarbles(({ hot, expectObservable, expectSubscriptions, testScheduler }) => {
      const source = hot<AlignedFrames>('--------');
      expectObservable(source.pipe(windowsOf(OPTIONS, testScheduler)), '^--!').toBe('----');
      expectSubscriptions(source.subscriptions).toBe('^--!');
    });
  });

  it('keeps devices, models and subscribers apart', () => {
    runMarbles(({ testScheduler }) => {
      const frames$ = new Subject<AlignedFrames>();
      const windows$ = frames$.pipe(windowsOf(OPTIONS, testScheduler));
      const counts = [0, 0];
      const subscriptions = counts.map((_, index) =>
        windows$.subscribe(() => counts.splice(index, 1, (counts[index] ?? 0) + 1)),
      );
      frames$.next(framesAt(0, 2));
      frames$.next(framesAt(2, 2, { device: deviceId('other') }));
      expect(counts).toEqual([0, 0]);
      frames$.next(framesAt(2, 2));
      expect(counts).toEqual([1, 1]);
      for (const subscription of subscriptions) subscription.unsubscribe();
    });
  });

  it('forgets rows of a device that has gone silent', () => {
    runMarbles(({ cold, testScheduler }) => {
      const seen: SampleWindow[] = [];
      const subscription = cold('a 200ms s', { a: framesAt(0, 2), s: framesAt(2, 2) })
        .pipe(windowsOf(OPTIONS, testScheduler))
        .subscribe((window) => seen.push(window));
      testScheduler.schedule(() => {
        expect(seen).toEqual([]);
        subscription.unsubscribe();
      }, 300);
    });
  });

  it('keeps them through time in which nothing could be heard', () => {
    runMarbles(({ cold, expectObservable, testScheduler }) => {
      const silenceClock = { nowMs: () => 0 };
      const starts$ = cold('a 200ms s', { a: framesAt(0, 2), s: framesAt(2, 2) }).pipe(
        windowsOf({ ...OPTIONS, silenceClock }, testScheduler),
        map(({ startMs }) => startMs),
      );
      expectObservable(starts$, '^ 300ms !').toBe('201ms x', { x: 0 });
    });
  });

  it('drops frames of a model that is no longer active and begins again when its shape changes', () => {
    runMarbles(({ testScheduler }) => {
      let spec: typeof SPEC | undefined = SPEC;
      const frames$ = new Subject<AlignedFrames>();
      const starts: number[] = [];
      const subscription = frames$
        .pipe(windowsOf({ ...OPTIONS, specOf: () => spec }, testScheduler))
        .subscribe(({ startMs }) => starts.push(startMs));
      frames$.next(framesAt(0, 2));
      spec = { ...SPEC, sizeSamples: 2, strideSamples: 2 };
      frames$.next(framesAt(2, 2));
      spec = undefined;
      frames$.next(framesAt(4, 4));
      expect(starts).toEqual([40]);
      subscription.unsubscribe();
    });
  });

  it('says in order what is due, each with the settlement of the rows it comes from', () => {
    runMarbles(({ testScheduler }) => {
      const settle = () => undefined;
      const rows = { ...framesAt(0, 8), leftOut: { count: 2, lastStartRow: -4 } };
      const seen: Due[] = [];
      const subscription = of({ frames: [rows], settle })
        .pipe(windowFrames(OPTIONS, testScheduler))
        .subscribe((due) => seen.push(due));
      const run = { device: 'phone', model: 'model', count: 2, lastStartMs: -80 };
      expect(seen).toEqual([
        { type: 'left-out', run, settle },
        { type: 'window', window: expect.objectContaining({ startMs: 0 }), settle },
        { type: 'window', window: expect.objectContaining({ startMs: 80 }), settle },
      ]);
      subscription.unsubscribe();
    });
  });
});
