import { Observable, type OperatorFunction, type SchedulerLike } from 'rxjs';
import type { DeviceId } from '../domain/ids.js';
import type { AlignedFrames, SampleWindow } from '../domain/window.js';
import type { Clock } from '../shared/clock.js';
import { attempt, type OnFault } from '../shared/faults.js';
import { KeyedState } from '../shared/keyed-state.js';
import { rowTimeMs, SlidingWindow, type WindowSpec } from './sliding-window.js';

/** Windows of a device and model that were due one after the other and were not made. */
export interface LeftOutRun {
  readonly device: DeviceId;
  readonly model: string;
  readonly count: number;
  /** Start of the last of them, epoch milliseconds. */
  readonly lastStartMs: number;
}

export interface WindowFramesOptions {
  /** The window shape of a model; `undefined` once the model is no longer active. */
  readonly specOf: (model: string) => WindowSpec | undefined;
  /** By which silence is measured; it may stand still while nothing could be heard. @defaultValue the scheduler */
  readonly silenceClock?: Clock | undefined;
  /** Silence after which a device's rows are forgotten, milliseconds. */
  readonly idleMs: number;
  /** Names devices of which nothing may be held any more. */
  readonly letGo$?: Observable<DeviceId> | undefined;
  /** How often silence is looked for, milliseconds. */
  readonly sweepMs: number;
  /** Called for each window as it becomes due, before it is emitted. */
  readonly onDue: (window: SampleWindow) => void;
  /** Called for windows that are due and have too few samples to be made. */
  readonly onLeftOut: (run: LeftOutRun) => void;
  /** Something threw that may not; the stream goes on. */
  readonly onFault?: OnFault | undefined;
}

/**
 * Cuts frames into sliding windows, one `SlidingWindow` a device and model.
 *
 * Windows leave as their last row comes in. On completion unfinished windows are dropped: they were never due. Frames of
 * a model that is no longer active are dropped; a model whose shape changed begins anew.
 *
 * @param scheduler clock and timer; tests give a virtual one
 */
export function windowFrames(
  options: WindowFramesOptions,
  scheduler: SchedulerLike,
): OperatorFunction<AlignedFrames, SampleWindow> {
  return (frames$) =>
    new Observable((subscriber) => {
      const { silenceClock = { nowMs: () => scheduler.now() } } = options;
      const cutters = new KeyedState<
        string,
        { spec: WindowSpec | undefined; cutter: SlidingWindow | undefined }
      >(() => ({
        spec: undefined,
        cutter: undefined,
      }));

      const cut = (frames: AlignedFrames): void => {
        const spec = options.specOf(frames.model);
        if (spec === undefined) return;
        const entry = cutters.use(`${frames.model}/${frames.device}`, silenceClock.nowMs());
        if (entry.spec !== spec || entry.cutter === undefined) {
          entry.spec = spec;
          entry.cutter = new SlidingWindow(spec);
        }
        const { device, model, leftOut } = frames;
        if (leftOut !== undefined) {
          const lastStartMs = rowTimeMs(leftOut.lastStartRow, spec.samplingRateHz);
          options.onLeftOut({ device, model, count: leftOut.count, lastStartMs });
        }
        for (const window of entry.cutter.push(frames)) {
          options.onDue(window);
          subscriber.next(window);
        }
      };

      const letGo = (device: DeviceId): void => {
        for (const [key] of cutters.entries()) if (key.endsWith(`/${device}`)) cutters.delete(key);
      };

      subscriber.add(options.letGo$?.subscribe(letGo));
      subscriber.add(
        scheduler.schedule(function sweepAgain() {
          attempt('window', options.onFault, () => cutters.evict(silenceClock.nowMs(), options.idleMs));
          this.schedule(undefined, options.sweepMs);
        }, options.sweepMs),
      );
      subscriber.add(
        frames$.subscribe({
          next: (frames) => {
            if (attempt('window', options.onFault, () => cut(frames))) return;
            cutters.delete(`${frames.model}/${frames.device}`);
          },
          error: (error) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
    });
}
