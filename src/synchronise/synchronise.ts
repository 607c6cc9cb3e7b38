import { Observable, type OperatorFunction, type SchedulerLike } from 'rxjs';
import type { Clock } from '../clock.js';
import type { DeviceId } from '../domain/ids.js';
import type { SensorMessage } from '../domain/samples.js';
import type { AlignedFrames } from '../domain/window.js';
import { KeyedState } from '../keyed-state.js';
import {
  type Accepted,
  type AlignerState,
  DeviceAligner,
  type GridResume,
  type SynchroniseOptions,
} from './device-aligner.js';
import type { GridSpec } from './grid-spec.js';

export interface SynchroniseOperatorOptions extends SynchroniseOptions {
  /** Grids of the active models; asked for anew whenever `gridsChanged$` fires. */
  readonly grids: () => readonly GridSpec[];
  readonly gridsChanged$: Observable<void>;
  /** Names devices of which nothing may be held any more; they begin anew with their next message. */
  readonly letGo$?: Observable<DeviceId> | undefined;
  /** By which silence is measured; it may stand still while nothing could be heard. @defaultValue the scheduler */
  readonly silenceClock?: Clock | undefined;
  /** Silence after which a device's rows are closed without waiting for more, milliseconds. */
  readonly quietMs: number;
  /** Silence after which a device is forgotten, milliseconds. */
  readonly idleMs: number;
  /** How often silence is looked for, milliseconds. */
  readonly sweepMs: number;
  /** Devices followed at once; messages of further ones are handed to `onTooManyDevices`. */
  readonly maxDevices: number;
  /** What an earlier run of the gateway knew of a device. */
  readonly restore: (device: DeviceId) => RestoredDevice | undefined;
  readonly onAccepted: (message: SensorMessage, accepted: Accepted, aligner: DeviceAligner) => void;
  readonly onTooManyDevices: (message: SensorMessage) => void;
  readonly onEvicted: (device: DeviceId) => void;
}

/** A device as an earlier run left it. */
export interface RestoredDevice {
  readonly state: AlignerState;
  readonly resumes: readonly GridResume[];
}

/**
 * Puts every device's samples on the grids of the active models.
 *
 * One `DeviceAligner` a device, made at its first message and forgotten after `idleMs` of silence. Frames leave in the
 * order in which messages close them. On completion and on unsubscription rows
 * that are not closed are dropped: the messages they lie in can be gone through again. An error of the source passes through.
 *
 * @param scheduler clock and timer; tests give a virtual one
 */
export function synchronise(
  options: SynchroniseOperatorOptions,
  scheduler: SchedulerLike,
): OperatorFunction<SensorMessage, AlignedFrames> {
  return (messages$) =>
    new Observable((subscriber) => {
      const { silenceClock = { nowMs: () => scheduler.now() } } = options;
      let specs = options.grids();
      const quiet = new Map<DeviceId, number>();
      const devices = new KeyedState<DeviceId, DeviceAligner>((id) => createAligner(id, options, specs));
      const emit = (frames: readonly AlignedFrames[]): void => {
        for (const block of frames) subscriber.next(block);
      };

      const accept = (message: SensorMessage): void => {
        const isKnown = devices.peek(message.device) !== undefined;
        if (!isKnown && devices.size >= options.maxDevices) {
          options.onTooManyDevices(message);
          return;
        }
        const aligner = devices.use(message.device, silenceClock.nowMs());
        quiet.set(message.device, silenceClock.nowMs());
        const accepted = aligner.accept(message);
        options.onAccepted(message, accepted, aligner);
        emit(accepted.frames);
      };

      const sweep = (): void => {
        for (const [device, lastMs] of quiet) {
          if (silenceClock.nowMs() - lastMs < options.quietMs) continue;
          quiet.delete(device);
          emit(devices.peek(device)?.flush() ?? []);
        }
        for (const { key } of devices.evict(silenceClock.nowMs(), options.idleMs)) options.onEvicted(key);
      };

      subscriber.add(
        options.gridsChanged$.subscribe(() => {
          specs = options.grids();
          for (const [, aligner] of devices.entries()) aligner.setGrids(specs);
        }),
      );
      const letGo = (device: DeviceId): void => {
        quiet.delete(device);
        devices.delete(device);
        options.onEvicted(device);
      };

      subscriber.add(options.letGo$?.subscribe(letGo));
      subscriber.add(
        scheduler.schedule(function sweepAgain() {
          sweep();
          this.schedule(undefined, options.sweepMs);
        }, options.sweepMs),
      );
      subscriber.add(
        messages$.subscribe({
          next: accept,
          error: (error) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
    });
}

function createAligner(
  device: DeviceId,
  options: SynchroniseOperatorOptions,
  specs: readonly GridSpec[],
): DeviceAligner {
  const aligner = new DeviceAligner(device, options, specs);
  const restored = options.restore(device);
  if (restored !== undefined) aligner.restore(restored.state, restored.resumes);
  return aligner;
}
