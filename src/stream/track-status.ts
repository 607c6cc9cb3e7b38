import { Observable, type OperatorFunction, type SchedulerLike } from 'rxjs';
import type { DeviceId } from '../domain/ids.js';
import { isSkipped, type Prediction, type WindowOutcome } from '../domain/prediction.js';
import type { StatusUpdate } from '../domain/status.js';
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
      const silenceClock = silenceClockOf(options, scheduler);
      const devices = new KeyedState<DeviceId, Map<string, Track>>(() => new Map());
      const take = (device: DeviceId, target: string, tracked: Track, step: TrackStep): void => {
        if (step.state !== tracked.state)
          subscriber.next({ type: 'state', device, target, state: step.state });
        tracked.state = step.state;
        for (const update of step.updates) subscriber.next({ type: 'status', update });
      };

      const trackedOf = (device: DeviceId, target: string): Track => {
        const targets = devices.use(device, silenceClock.nowMs());
        const known = targets.get(target);
        if (known !== undefined) return known;
        const tracker = new StatusTracker(device, target, options.optionsOf(target));
        const created = { tracker, state: INITIAL_TRACK_STATE, bearUntilMs: Number.NEGATIVE_INFINITY };
        targets.set(target, created);
        return created;
      };

      const restore = ({ device, target, state }: RestoredTrack): void => {
        const trackOptions = options.optionsOf(target);
        const tracker = new StatusTracker(device, target, trackOptions);
        const bearMs = options.isTimeOfLog === true ? 0 : trackOptions.silenceMs;
        const bearUntilMs = scheduler.now() + bearMs;
        const usedAtMs = options.isTimeOfLog === true ? state.lastArrivalMs : silenceClock.nowMs();
        devices.use(device, usedAtMs).set(target, { tracker, state, bearUntilMs });
      };

      const observe = (prediction: Prediction): void => {
        for (const target of options.targetsOf(prediction.model, prediction.device)) {
          const said = evidenceOf(target, prediction.probabilities[target.name] ?? []);
          if (said === undefined) continue;
          const { startMs, endMs, device } = prediction;
          const tracked = trackedOf(device, target.name);
          const evidence = { ...said, startMs, endMs, arrivalMs: scheduler.now() };
          take(device, target.name, tracked, tracked.tracker.observe(tracked.state, evidence));
        }
      };

      // In the time of the log a state is of a moment at which every window had its outcome.
      const isObserved = ({ isAgain }: Prediction): boolean =>
        isAgain === true && options.isTimeOfLog === true;

      const sweep = (): void => {
        for (const [device, targets] of devices.entries()) {
          for (const [target, tracked] of targets) {
            attempt('track', onFault, () => {
              if (options.isWornElsewhere?.(device, target) === true)
                take(device, target, tracked, tracked.tracker.fallSilent(tracked.state));
              if (scheduler.now() > tracked.bearUntilMs)
                take(device, target, tracked, tracked.tracker.tick(tracked.state, scheduler.now()));
            });
          }
        }
        attempt('track', onFault, () => devices.evict(silenceClock.nowMs(), options.idleMs));
      };

      for (const track of options.restored) restore(track);
      const letGo = (device: DeviceId): void => devices.delete(device);
      subscriber.add(followSilence(options, scheduler, { sweep, letGo }));
      subscriber.add(
        outcomes$.subscribe({
          next: (outcome) => {
            subscriber.next({ type: 'window', outcome });
            if (!(isSkipped(outcome) || isObserved(outcome)))
              attempt('track', onFault, () => observe(outcome));
          },
          error: (error) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
    });
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
