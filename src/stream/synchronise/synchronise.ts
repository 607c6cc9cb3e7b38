import { Observable, type OperatorFunction, type SchedulerLike, type Subscriber } from 'rxjs';
import type { DecodedDelivery } from '../../domain/delivery.js';
import type { DeviceId } from '../../domain/ids.js';
import type { SensorMessage } from '../../domain/samples.js';
import type { AlignedFrames } from '../../domain/window.js';
import type { Clock } from '../../shared/clock.js';
import { GatewayError } from '../../shared/errors.js';
import { attempt, attemptFor, fromNoMessage, type OnFault, type Settleable } from '../../shared/faults.js';
import { KeyedState } from '../../shared/keyed-state.js';
import { followSilence, type SilenceOptions, silenceClockOf } from '../silence.js';
import {
  type Accepted,
  type AlignerState,
  DeviceAligner,
  NOTHING,
  type SynchroniseOptions,
} from './device-aligner.js';
import type { GridResume } from './device-grids.js';
import { noFates } from './device-streams.js';
import type { GridSpec } from './grid-spec.js';
import { MessageBacklog, type SampleDelivery, sampleCountOf } from './message-backlog.js';
import type { Arrivals } from './replay.js';

const STAGE = 'synchronise';

export interface SynchroniseOperatorOptions extends SynchroniseOptions, SilenceOptions {
  /** Grids of the active models; asked for again whenever `gridsChanged$` fires. */
  readonly grids: () => readonly GridSpec[];
  readonly gridsChanged$: Observable<void>;
  /** Silence after which a device's rows are closed without waiting for more, milliseconds. */
  readonly quietMs: number;
  /** Devices followed at once; messages of further ones are rejected. */
  readonly maxDevices: number;
  /** What an earlier run of the gateway knew of a device. */
  readonly restore: (device: DeviceId) => RestoredAligner | undefined;
  /** Resolves when what comes after can take more; `undefined` when it can now. Asked by devices that are behind. */
  readonly whenReleased?: (() => Promise<void> | undefined) | undefined;
}

/** A device as an earlier run left it. */
export interface RestoredAligner {
  readonly state: AlignerState;
  readonly resumes: readonly GridResume[];
  readonly arrivals: Arrivals;
}

/** What the synchroniser made of a message's samples. */
export interface TakenSamples {
  readonly message: SensorMessage;
  readonly accepted: Accepted;
  readonly aligner: DeviceAligner;
}

/** A message that has been through the synchroniser; `taken` is `undefined` where it holds no samples. */
export interface SynchronisedMessage extends DecodedDelivery {
  readonly type: 'message';
  readonly taken: TakenSamples | undefined;
}

/** What leaves the synchroniser: messages, rows that none of them closed at once, and devices it knows nothing of any more. */
export type Synchronised =
  | SynchronisedMessage
  | ({ readonly type: 'rows'; readonly frames: readonly AlignedFrames[] } & Settleable)
  | ({ readonly type: 'evicted'; readonly device: DeviceId } & Settleable);

/**
 * Puts every device's samples on the grids of the active models.
 *
 * One `DeviceAligner` a device, made at its first message and forgotten after `idleMs` of silence. A message leaves with the
 * rows that it closed. One that closes more than are made in one go lets others in between: the device's next messages wait
 * for it, those of other devices do not. On completion what waits is done, then the result completes. On unsubscription
 * messages that wait are settled as failed. Rows that are not closed are dropped: the messages they lie in can be gone through
 * again. An error of the source passes through.
 *
 * @param scheduler clock and timer; tests give a virtual one
 */
export function synchronise(
  options: SynchroniseOperatorOptions,
  scheduler: SchedulerLike,
  onFault?: OnFault,
): OperatorFunction<DecodedDelivery, Synchronised> {
  return (deliveries$) =>
    new Observable((subscriber) => {
      const devices = new Devices(options, { scheduler, subscriber, onFault });
      subscriber.add(options.gridsChanged$.subscribe(() => devices.changeGrids()));
      subscriber.add(
        followSilence(options, scheduler, {
          sweep: () => devices.sweep(),
          letGo: (device) => devices.letGo(device),
        }),
      );
      subscriber.add(
        deliveries$.subscribe({
          next: (delivery) => devices.take(delivery),
          error: (error) => subscriber.error(error),
          complete: () => devices.finish(),
        }),
      );
      subscriber.add(() => devices.abandon());
    });
}

interface Surroundings {
  readonly scheduler: SchedulerLike;
  readonly subscriber: Subscriber<Synchronised>;
  readonly onFault: OnFault | undefined;
}

/** All devices of one subscription. A fault costs the message that brought it out and what its device held. */
class Devices {
  readonly #options: SynchroniseOperatorOptions;
  readonly #scheduler: SchedulerLike;
  readonly #subscriber: Subscriber<Synchronised>;
  readonly #onFault: OnFault | undefined;
  readonly #silenceClock: Clock;
  readonly #aligners: KeyedState<DeviceId, DeviceAligner>;
  readonly #quiet = new Map<DeviceId, number>();
  /** Of devices that are behind; the one that has waited longest comes next. */
  readonly #backlogs = new Map<DeviceId, MessageBacklog>();
  #specs: readonly GridSpec[];
  #isFinishing = false;

  constructor(options: SynchroniseOperatorOptions, { scheduler, subscriber, onFault }: Surroundings) {
    this.#options = options;
    this.#scheduler = scheduler;
    this.#subscriber = subscriber;
    this.#onFault = onFault;
    this.#silenceClock = silenceClockOf(options, scheduler);
    this.#specs = options.grids();
    this.#aligners = new KeyedState((id) => this.#create(id));
  }

  take(delivery: DecodedDelivery): void {
    const { message } = delivery.content;
    if (message === undefined) {
      this.#subscriber.next({ ...delivery, type: 'message', taken: undefined });
      return;
    }
    const { device } = message;
    const backlog = this.#backlogs.get(device);
    this.#guard(device, delivery, () => {
      const next = { delivery, message };
      if (backlog === undefined) this.#accept(next);
      else if (!backlog.push(next)) this.#refuse(next);
    });
  }

  changeGrids(): void {
    this.#specs = this.#options.grids();
    for (const [device, aligner] of this.#aligners.entries())
      this.#guard(device, ROWS, () => aligner.setGrids(this.#specs));
  }

  letGo(device: DeviceId): void {
    const waiting = this.#backlogs.get(device)?.waiting ?? [];
    this.#quiet.delete(device);
    this.#aligners.delete(device);
    this.#backlogs.delete(device);
    this.#evicted(device);
    for (const each of waiting) attemptFor(each.delivery, STAGE, this.#onFault, () => this.#refuse(each));
  }

  sweep(): void {
    const nowMs = this.#silenceClock.nowMs();
    for (const [device, lastMs] of this.#quiet) {
      if (nowMs - lastMs < this.#options.quietMs || this.#backlogs.has(device)) continue;
      this.#quiet.delete(device);
      this.#guard(device, ROWS, () => this.#flush(device));
    }
    for (const { key } of this.#aligners.evict(nowMs, this.#options.idleMs)) this.#evicted(key);
  }

  /** Completes once nothing waits. */
  finish(): void {
    this.#isFinishing = true;
    if (this.#backlogs.size === 0) this.#subscriber.complete();
  }

  /** Lets go of the messages that wait: their senders will send them again. */
  abandon(): void {
    const error = new GatewayError('CLOSED', 'the gateway is stopping', { retryable: true });
    for (const { waiting } of this.#backlogs.values()) {
      for (const { delivery } of waiting)
        attempt(STAGE, this.#onFault, () => delivery.settle({ kind: 'failed', error }));
    }
    this.#backlogs.clear();
  }

  #accept({ delivery, message }: SampleDelivery): void {
    const { device } = message;
    if (this.#aligners.peek(device) === undefined && this.#aligners.size >= this.#options.maxDevices) {
      const detail = 'more devices than stream.maxDevices allows';
      delivery.settle({ kind: 'rejected', reason: 'too-many-devices', detail });
      return;
    }
    const aligner = this.#hear(device);
    const accepted = aligner.accept(message, delivery.journalId);
    this.#subscriber.next({ ...delivery, type: 'message', taken: { message, accepted, aligner } });
    this.#followUp(device, aligner);
  }

  /** The device is not silent. In the time of the log it may have been heard since by an earlier run. */
  #hear(device: DeviceId): DeviceAligner {
    const nowMs = this.#silenceClock.nowMs();
    const aligner = this.#aligners.use(device, nowMs);
    aligner.heardMs = this.#options.isTimeOfLog === true ? Math.max(nowMs, aligner.heardMs) : nowMs;
    this.#aligners.use(device, aligner.heardMs);
    this.#quiet.set(device, aligner.heardMs);
    return aligner;
  }

  /** One that has been silent for too long is begun again, as it would be if it had been followed all the time. */
  #create(device: DeviceId): DeviceAligner {
    const aligner = new DeviceAligner(device, this.#options, this.#specs);
    const restored = this.#options.restore(device);
    if (restored === undefined) return aligner;
    const { isTimeOfLog, idleMs } = this.#options;
    const silentMs = this.#silenceClock.nowMs() - restored.state.progress.heardMs;
    if (isTimeOfLog !== true || silentMs < idleMs)
      aligner.restore(restored.state, restored.resumes, restored.arrivals);
    return aligner;
  }

  #flush(device: DeviceId): void {
    const aligner = this.#aligners.peek(device);
    if (aligner !== undefined) this.#closed(device, aligner, aligner.flush());
  }

  /** Rows that no message closed at once. */
  #closed(device: DeviceId, aligner: DeviceAligner, frames: readonly AlignedFrames[]): void {
    if (frames.length > 0) this.#subscriber.next({ ...ROWS, frames });
    this.#followUp(device, aligner);
  }

  #followUp(device: DeviceId, aligner: DeviceAligner): void {
    if (!aligner.isBehind || this.#backlogs.has(device)) return;
    this.#backlogs.set(device, new MessageBacklog(this.#options.maxBufferedSamples));
    if (this.#backlogs.size === 1) this.#goOnLater();
  }

  #evicted(device: DeviceId): void {
    this.#subscriber.next({ type: 'evicted', device, settle: fromNoMessage });
  }

  #goOnLater(): void {
    if (!this.#subscriber.closed) this.#subscriber.add(this.#scheduler.schedule(() => this.#goOn()));
  }

  /** One device a turn, so that many that are behind hold nobody up for longer than one does. */
  #goOn(): void {
    const released = this.#options.whenReleased?.();
    if (released !== undefined) {
      void released.then(() => this.#goOnLater());
      return;
    }
    const [first] = this.#backlogs;
    if (first === undefined) return;
    const [device, backlog] = first;
    this.#backlogs.delete(device);
    this.#backlogs.set(device, backlog);
    this.#work(device, backlog);
    if (this.#backlogs.size > 0) this.#goOnLater();
    else if (this.#isFinishing) this.#subscriber.complete();
  }

  /** Makes the next rows of a device, or takes its next message in once all are made. */
  #work(device: DeviceId, backlog: MessageBacklog): void {
    const aligner = this.#aligners.peek(device);
    if (aligner?.isBehind === true) {
      this.#guard(device, ROWS, () => this.#closed(device, aligner, aligner.advance()));
      return;
    }
    const next = backlog.shift();
    if (next === undefined) {
      this.#backlogs.delete(device);
      return;
    }
    this.#guard(device, next.delivery, () => this.#accept(next));
  }

  /** None of its samples has room. */
  #refuse({ delivery, message }: SampleDelivery): void {
    const fates = { ...noFates(), overflow: sampleCountOf(message) };
    const aligner =
      this.#aligners.peek(message.device) ?? new DeviceAligner(message.device, this.#options, []);
    this.#subscriber.next({
      ...delivery,
      type: 'message',
      taken: { message, accepted: { ...NOTHING, fates }, aligner },
    });
  }

  /** A device that something went wrong with begins again: what it held would only go wrong once more. */
  #guard(device: DeviceId, value: Settleable, work: () => void): void {
    if (!attemptFor(value, STAGE, this.#onFault, work)) this.letGo(device);
  }
}

const ROWS = { type: 'rows', settle: fromNoMessage } as const;
