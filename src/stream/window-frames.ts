import { Observable, type OperatorFunction, type SchedulerLike } from 'rxjs';
import type { DeviceId } from '../domain/ids.js';
import type { AlignedFrames, SampleWindow } from '../domain/window.js';
import { attempt, attemptFor, type OnFault, type Settleable } from '../shared/faults.js';
import { KeyedState } from '../shared/keyed-state.js';
import { followSilence, type SilenceOptions, silenceClockOf } from './silence.js';
import { rowTimeMs, SlidingWindow, type WindowSpec } from './sliding-window.js';

/** Windows of a device and model that were due one after the other and were not made. */
export interface LeftOutRun {
  readonly device: DeviceId;
  readonly model: string;
  readonly count: number;
  /** Start of the last of them, epoch milliseconds. */
  readonly lastStartMs: number;
}

/** Rows that were closed together. */
export interface ClosedRows extends Settleable {
  readonly frames: readonly AlignedFrames[];
}

/** A window that is due. */
export interface DueWindow extends Settleable {
  readonly window: SampleWindow;
}

/** What is due once rows are closed. */
export type Due =
  | ({ readonly type: 'window' } & DueWindow)
  | ({ readonly type: 'left-out'; readonly run: LeftOutRun } & Settleable);

export interface WindowFramesOptions extends SilenceOptions {
  /** The window shape of a model; `undefined` once the model is no longer active, and of devices that it does not speak of. */
  readonly specOf: (model: string, device: DeviceId) => WindowSpec | undefined;
}

/**
 * Cuts frames into sliding windows, one `SlidingWindow` a device and model.
 *
 * Windows leave as their last row comes in. On completion unfinished windows are dropped: they were never due. Frames of
 * a model that is no longer active are dropped; a model whose shape changed begins again.
 *
 * @param scheduler clock and timer; tests give a virtual one
 */
export function windowFrames(
  options: WindowFramesOptions,
  scheduler: SchedulerLike,
  onFault?: OnFault,
): OperatorFunction<ClosedRows, Due> {
  return (rows$) =>
    new Observable((subscriber) => {
      const silenceClock = silenceClockOf(options, scheduler);
      const cutters = new KeyedState<
        string,
        { spec: WindowSpec | undefined; cutter: SlidingWindow | undefined }
      >(() => ({
        spec: undefined,
        cutter: undefined,
      }));

      const cut = (frames: AlignedFrames, settle: Settleable['settle']): void => {
        const spec = options.specOf(frames.model, frames.device);
        if (spec === undefined) return;
        const entry = cutters.use(`${frames.model}/${frames.device}`, silenceClock.nowMs());
        if (entry.spec !== spec || entry.cutter === undefined) {
          entry.spec = spec;
          entry.cutter = new SlidingWindow(spec);
        }
        const { device, model, leftOut } = frames;
        if (leftOut !== undefined) {
          const lastStartMs = rowTimeMs(leftOut.lastStartRow, spec.samplingRateHz);
          const run = { device, model, count: leftOut.count, lastStartMs };
          subscriber.next({ type: 'left-out', run, settle });
        }
        for (const window of entry.cutter.push(frames)) subscriber.next({ type: 'window', window, settle });
      };

      const letGo = (device: DeviceId): void => {
        for (const [key] of cutters.entries()) if (key.endsWith(`/${device}`)) cutters.delete(key);
      };

      const sweep = (): void =>
        void attempt('window', onFault, () => cutters.evict(silenceClock.nowMs(), options.idleMs));

      subscriber.add(followSilence(options, scheduler, { sweep, letGo }));
      subscriber.add(
        rows$.subscribe({
          next: (rows) => {
            for (const frames of rows.frames) {
              const isCut = attemptFor(rows, 'window', onFault, () => cut(frames, rows.settle));
              if (!isCut) cutters.delete(`${frames.model}/${frames.device}`);
            }
          },
          error: (error) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
    });
}
