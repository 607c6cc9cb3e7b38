import { Observable, type OperatorFunction, type SchedulerLike, type Subscriber } from 'rxjs';
import type { DeviceId } from '../domain/ids.js';
import type { StatusUpdate } from '../domain/status.js';
import { isSkipped, type Prediction, type WindowOutcome } from '../domain/window.js';
import type { Clock } from '../shared/clock.js';
import { attempt, type OnFault } from '../shared/faults.js';
import { KeyedState } from '../shared/keyed-state.js';
import { followSilence, type SilenceOptions, silenceClockOf } from './silence.js';
import type { StatusFilter } from './status-filter.js';
import {
  type Evidence,
  INITIAL_TRACK_STATE,
  StatusTracker,
  type TrackOptions,
  type TrackState,
  type TrackStep,
} from './status-tracker.js';

const STAGE = 'track';

/** A target that becomes a status. */
export interface TrackedTarget {
  readonly name: string;
  /** In the order of the model's output; of two the second is the positive one. */
  readonly classes: readonly string[];
  /** Of two classes: positive from here on, 0..1. */
  readonly threshold: number;
  /** What was learnt of the model's probabilities; `undefined`: they are smoothed. */
  readonly filter?: StatusFilter | undefined;
}

/** A status as an earlier run left it. */
export interface RestoredTrack {
  readonly device: DeviceId;
  readonly target: string;
  readonly state: TrackState;
}

/** Outcomes of windows as they came in, and what follows from each: the states to remember, then the statuses to say. */
export type Tracked =
  | { readonly type: 'window'; readonly outcome: WindowOutcome }
  | ({ readonly type: 'state' } & RestoredTrack)
  | { readonly type: 'status'; readonly update: StatusUpdate };

/** `idleMs` must exceed every target's `silenceMs`. */
export interface TrackStatusOptions extends SilenceOptions {
  readonly optionsOf: (target: string) => TrackOptions;
  /** Targets of a device for which a model's word counts; empty for a model that only runs beside another. */
  readonly targetsOf: (model: string, device: DeviceId) => readonly TrackedTarget[];
  /** Whether all models that tell a target are for devices worn elsewhere: its status is unknown then. @defaultValue never */
  readonly isWornElsewhere?: (device: DeviceId, target: string) => boolean;
  /** What an earlier run of the gateway was still following. */
  readonly restored: readonly RestoredTrack[];
}

interface Track {
  readonly tracker: StatusTracker;
  state: TrackState;
  /** Gateway time before which nothing is said of silence, epoch milliseconds. */
  readonly bearUntilMs: number;
}

/**
 * Turns window outcomes into statuses: changes and heartbeats, in event time. The outcomes themselves pass.
 *
 * A skipped window says nothing; enough of them in a row are silence. Where a device is worn elsewhere than the models that
 * tell a target need it, the status falls to `unknown` at once. A device that was followed by an earlier run and
 * stays silent becomes `unknown` too, `silenceMs` after the start: what waited for the gateway meanwhile comes first.
 * Nothing is said on completion; on unsubscription everything is forgotten. An error of the source passes through.
 *
 * @param scheduler clock and timer; tests give a virtual one
 */
export function trackStatus(
  options: TrackStatusOptions,
  scheduler: SchedulerLike,
  onFault?: OnFault,
): OperatorFunction<WindowOutcome, Tracked> {
  return (outcomes$) =>
    new Observable((subscriber) => {
      const tracks = new Tracks(options, { scheduler, subscriber, onFault });
      subscriber.add(
        followSilence(options, scheduler, {
          sweep: () => tracks.sweep(),
          letGo: (device) => tracks.letGo(device),
        }),
      );
      subscriber.add(
        outcomes$.subscribe({
          next: (outcome) => {
            subscriber.next({ type: 'window', outcome });
            tracks.take(outcome);
          },
          error: (error) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
    });
}

interface Surroundings {
  readonly scheduler: SchedulerLike;
  readonly subscriber: Subscriber<Tracked>;
  readonly onFault: OnFault | undefined;
}

/** All statuses of one subscription. A fault costs what was to be said. */
class Tracks {
  readonly #options: TrackStatusOptions;
  readonly #scheduler: SchedulerLike;
  readonly #subscriber: Subscriber<Tracked>;
  readonly #onFault: OnFault | undefined;
  readonly #silenceClock: Clock;
  readonly #devices = new KeyedState<DeviceId, Map<string, Track>>(() => new Map());

  constructor(options: TrackStatusOptions, { scheduler, subscriber, onFault }: Surroundings) {
    this.#options = options;
    this.#scheduler = scheduler;
    this.#subscriber = subscriber;
    this.#onFault = onFault;
    this.#silenceClock = silenceClockOf(options, scheduler);
    for (const track of options.restored) this.#restore(track);
  }

  take(outcome: WindowOutcome): void {
    if (isSkipped(outcome)) return;
    // In the time of the log a state is of a moment at which every window had its outcome.
    if (outcome.isAgain === true && this.#options.isTimeOfLog === true) return;
    attempt(STAGE, this.#onFault, () => this.#observe(outcome));
  }

  sweep(): void {
    for (const [device, targets] of this.#devices.entries())
      for (const [target, track] of targets)
        attempt(STAGE, this.#onFault, () => this.#tick(device, target, track));
    attempt(STAGE, this.#onFault, () =>
      this.#devices.evict(this.#silenceClock.nowMs(), this.#options.idleMs),
    );
  }

  letGo(device: DeviceId): void {
    this.#devices.delete(device);
  }

  #restore({ device, target, state }: RestoredTrack): void {
    const { isTimeOfLog, optionsOf } = this.#options;
    const options = optionsOf(target);
    const tracker = new StatusTracker(device, target, options);
    const bearUntilMs = this.#scheduler.now() + (isTimeOfLog === true ? 0 : options.silenceMs);
    const usedAtMs = isTimeOfLog === true ? state.lastArrivalMs : this.#silenceClock.nowMs();
    this.#devices.use(device, usedAtMs).set(target, { tracker, state, bearUntilMs });
  }

  #observe({ device, model, startMs, endMs, probabilities }: Prediction): void {
    for (const target of this.#options.targetsOf(model, device)) {
      const said = evidenceOf(target, probabilities[target.name] ?? []);
      if (said === undefined) continue;
      const track = this.#trackOf(device, target.name);
      const evidence = { ...said, startMs, endMs, arrivalMs: this.#scheduler.now() };
      this.#say(device, target.name, track, track.tracker.observe(track.state, evidence));
    }
  }

  #tick(device: DeviceId, target: string, track: Track): void {
    if (this.#options.isWornElsewhere?.(device, target) === true)
      this.#say(device, target, track, track.tracker.fallSilent(track.state));
    const nowMs = this.#scheduler.now();
    if (nowMs > track.bearUntilMs) this.#say(device, target, track, track.tracker.tick(track.state, nowMs));
  }

  #trackOf(device: DeviceId, target: string): Track {
    const targets = this.#devices.use(device, this.#silenceClock.nowMs());
    const known = targets.get(target);
    if (known !== undefined) return known;
    const tracker = new StatusTracker(device, target, this.#options.optionsOf(target));
    const created = { tracker, state: INITIAL_TRACK_STATE, bearUntilMs: Number.NEGATIVE_INFINITY };
    targets.set(target, created);
    return created;
  }

  /** The state to remember first, then the statuses that follow from it. */
  #say(device: DeviceId, target: string, track: Track, { state, updates }: TrackStep): void {
    if (state !== track.state) this.#subscriber.next({ type: 'state', device, target, state });
    track.state = state;
    for (const update of updates) this.#subscriber.next({ type: 'status', update });
  }
}

/** A model's output for one target; `undefined` where the model told something else. */
export function evidenceOf(
  { classes, threshold, filter }: TrackedTarget,
  output: readonly number[],
): Pick<Evidence, 'probabilities' | 'threshold' | 'filter'> | undefined {
  const [, positive] = output;
  if (positive === undefined || output.length !== classes.length) return undefined;
  if (classes.length === 2) return { probabilities: { no: 1 - positive, yes: positive }, threshold, filter };
  const named = classes.map((name, index): [string, number] => [name, output[index] ?? 0]);
  return { probabilities: Object.fromEntries(named), threshold: undefined, filter };
}
