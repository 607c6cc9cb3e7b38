import { Observable, type OperatorFunction, type SchedulerLike, type Subscriber } from 'rxjs';
import type { DeviceId } from '../../domain/ids.js';
import type { SensorMessage } from '../../domain/samples.js';
import type { AlignedFrames } from '../../domain/window.js';
import type { Clock } from '../../shared/clock.js';
import { attempt, type OnFault } from '../../shared/faults.js';
import { KeyedState } from '../../shared/keyed-state.js';
import {
  type Accepted,
  type AlignerState,
  DeviceAligner,
  type GridResume,
  type SynchroniseOptions,
} from './device-aligner.js';
import { noFates } from './device-streams.js';
import type { GridSpec } from './grid-spec.js';

const STAGE = 'synchronise';

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
  /** Resolves when what comes after can take more; `undefined` when it can now. Asked by devices that are behind. */
  readonly whenOpen?: (() => Promise<void> | undefined) | undefined;
  /** A message waits until the device's earlier ones are done; `onAccepted` follows. */
  readonly onHeld: (message: SensorMessage) => void;
  /** A message that was held brought a fault out. */
  readonly onHeldLost: (message: SensorMessage) => void;
  readonly onAccepted: (message: SensorMessage, accepted: Accepted, aligner: DeviceAligner) => void;
  readonly onTooManyDevices: (message: SensorMessage) => void;
  readonly onEvicted: (device: DeviceId) => void;
  /** Something threw that may not; the stream goes on. */
  readonly onFault?: OnFault | undefined;
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
 * order in which messages close them. A message that closes more rows than are made in one go lets others in between:
 * the device's next messages wait for it, those of other devices do not. On completion what waits is done, then the
 * result completes; rows that are not closed are dropped, as they are on unsubscription: the messages they lie in can be
 * gone through again. An error of the source passes through.
 *
 * @param scheduler clock and timer; tests give a virtual one
 */
export function synchronise(
  options: SynchroniseOperatorOptions,
  scheduler: SchedulerLike,
): OperatorFunction<SensorMessage, AlignedFrames> {
  return (messages$) =>
    new Observable((subscriber) => {
      const devices = new Devices(options, scheduler, subscriber);
      subscriber.add(options.gridsChanged$.subscribe(() => devices.changeGrids()));
      subscriber.add(options.letGo$?.subscribe((device) => devices.letGo(device)));
      subscriber.add(
        scheduler.schedule(function sweepAgain() {
          devices.sweep();
          this.schedule(undefined, options.sweepMs);
        }, options.sweepMs),
      );
      subscriber.add(
        messages$.subscribe({
          next: (message) => devices.take(message),
          error: (error) => subscriber.error(error),
          complete: () => devices.finish(),
        }),
      );
    });
}

/** Messages of a device that wait until the rows are made which an earlier one has closed. */
interface Backlog {
  readonly messages: SensorMessage[];
  /** Of the messages that wait. */
  samples: number;
}

/** All devices of one subscription. A fault costs the message that brought it out and what its device held. */
class Devices {
  readonly #options: SynchroniseOperatorOptions;
  readonly #scheduler: SchedulerLike;
  readonly #subscriber: Subscriber<AlignedFrames>;
  readonly #silenceClock: Clock;
  readonly #aligners: KeyedState<DeviceId, DeviceAligner>;
  readonly #quiet = new Map<DeviceId, number>();
  /** Of devices that are behind; the one that has waited longest comes next. */
  readonly #backlogs = new Map<DeviceId, Backlog>();
  #specs: readonly GridSpec[];
  #isFinishing = false;

  constructor(
    options: SynchroniseOperatorOptions,
    scheduler: SchedulerLike,
    subscriber: Subscriber<AlignedFrames>,
  ) {
    this.#options = options;
    this.#scheduler = scheduler;
    this.#subscriber = subscriber;
    this.#silenceClock = options.silenceClock ?? { nowMs: () => scheduler.now() };
    this.#specs = options.grids();
    this.#aligners = new KeyedState((id) => createAligner(id, options, this.#specs));
  }

  take(message: SensorMessage): void {
    const backlog = this.#backlogs.get(message.device);
    if (backlog === undefined) this.#guard(message.device, () => this.#accept(message));
    else this.#guard(message.device, () => this.#hold(message, backlog));
  }

  changeGrids(): void {
    this.#specs = this.#options.grids();
    for (const [device, aligner] of this.#aligners.entries())
      this.#guard(device, () => aligner.setGrids(this.#specs));
  }

  letGo(device: DeviceId): void {
    const waiting = this.#backlogs.get(device)?.messages ?? [];
    this.#quiet.delete(device);
    this.#aligners.delete(device);
    this.#backlogs.delete(device);
    attempt(STAGE, this.#options.onFault, () => {
      this.#options.onEvicted(device);
      for (const message of waiting) this.#refuse(message);
    });
  }

  sweep(): void {
    const nowMs = this.#silenceClock.nowMs();
    for (const [device, lastMs] of this.#quiet) {
      if (nowMs - lastMs < this.#options.quietMs || this.#backlogs.has(device)) continue;
      this.#quiet.delete(device);
      this.#guard(device, () => this.#flush(device));
    }
    for (const { key } of this.#aligners.evict(nowMs, this.#options.idleMs))
      attempt(STAGE, this.#options.onFault, () => this.#options.onEvicted(key));
  }

  /** Completes once nothing waits. */
  finish(): void {
    this.#isFinishing = true;
    if (this.#backlogs.size === 0) this.#subscriber.complete();
  }

  #accept(message: SensorMessage): void {
    const { device } = message;
    const { maxDevices, onTooManyDevices, onAccepted } = this.#options;
    if (this.#aligners.peek(device) === undefined && this.#aligners.size >= maxDevices) {
      onTooManyDevices(message);
      return;
    }
    const nowMs = this.#silenceClock.nowMs();
    const aligner = this.#aligners.use(device, nowMs);
    this.#quiet.set(device, nowMs);
    const accepted = aligner.accept(message);
    onAccepted(message, accepted, aligner);
    this.#emit(device, aligner, accepted.frames);
  }

  #flush(device: DeviceId): void {
    const aligner = this.#aligners.peek(device);
    if (aligner !== undefined) this.#emit(device, aligner, aligner.flush());
  }

  #emit(device: DeviceId, aligner: DeviceAligner, frames: readonly AlignedFrames[]): void {
    for (const block of frames) this.#subscriber.next(block);
    if (!aligner.isBehind || this.#backlogs.has(device)) return;
    this.#backlogs.set(device, { messages: [], samples: 0 });
    if (this.#backlogs.size === 1) this.#goOnLater();
  }

  #goOnLater(): void {
    if (!this.#subscriber.closed) this.#subscriber.add(this.#scheduler.schedule(() => this.#goOn()));
  }

  /** One device a turn, so that many that are behind hold nobody up for longer than one does. */
  #goOn(): void {
    const open = this.#options.whenOpen?.();
    if (open !== undefined) {
      void open.then(() => this.#goOnLater());
      return;
    }
    const [first] = this.#backlogs;
    if (first === undefined) return;
    const [device, backlog] = first;
    this.#backlogs.delete(device);
    this.#backlogs.set(device, backlog);
    this.#guard(device, () => this.#work(device, backlog));
    if (this.#backlogs.size > 0) this.#goOnLater();
    else if (this.#isFinishing) this.#subscriber.complete();
  }

  /** Makes the next rows of a device, or takes its next message in once all are made. */
  #work(device: DeviceId, backlog: Backlog): void {
    const aligner = this.#aligners.peek(device);
    if (aligner?.isBehind === true) {
      this.#emit(device, aligner, aligner.advance());
      return;
    }
    const message = backlog.messages.shift();
    if (message === undefined) {
      this.#backlogs.delete(device);
      return;
    }
    backlog.samples -= samplesOf(message);
    if (attempt(STAGE, this.#options.onFault, () => this.#accept(message))) return;
    this.letGo(device);
    attempt(STAGE, this.#options.onFault, () => this.#options.onHeldLost(message));
  }

  #hold(message: SensorMessage, backlog: Backlog): void {
    const samples = samplesOf(message);
    if (backlog.samples + samples > this.#options.maxBufferedSamples) {
      this.#refuse(message);
      return;
    }
    backlog.messages.push(message);
    backlog.samples += samples;
    this.#options.onHeld(message);
  }

  /** None of its samples has room. */
  #refuse(message: SensorMessage): void {
    const fates = { ...noFates(), overflow: samplesOf(message) };
    const aligner =
      this.#aligners.peek(message.device) ?? new DeviceAligner(message.device, this.#options, []);
    const nothing = { frames: [], newestMs: Number.NEGATIVE_INFINITY, fates, isClockSetBack: false };
    this.#options.onAccepted(message, nothing, aligner);
  }

  /** A device that something went wrong with begins again: what it held would only go wrong once more. */
  #guard(device: DeviceId, work: () => void): void {
    if (!attempt(STAGE, this.#options.onFault, work)) this.letGo(device);
  }
}

function samplesOf({ blocks }: SensorMessage): number {
  return blocks.reduce((sum, { timesMs }) => sum + timesMs.length, 0);
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
