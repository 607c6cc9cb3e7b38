import { type Observable, type SchedulerLike, Subscription } from 'rxjs';
import type { DeviceId } from '../domain/ids.js';
import type { Clock } from '../shared/clock.js';

/** When a stage lets go of what it holds of devices. */
export interface SilenceOptions {
  /** By which silence is measured; it may stand still while nothing could be heard. @defaultValue the scheduler */
  readonly silenceClock?: Clock | undefined;
  /** Whether no silence before the start is the gateway's own, since time stands still while nobody reads. @defaultValue false */
  readonly isTimeOfLog?: boolean | undefined;
  /** Silence after which a device is forgotten, milliseconds. */
  readonly idleMs: number;
  /** How often silence is looked for, milliseconds. */
  readonly sweepMs: number;
  /** Names devices of which nothing may be held any more; each begins again with its next message. */
  readonly letGo$?: Observable<DeviceId> | undefined;
}

interface SilenceHandlers {
  readonly sweep: () => void;
  readonly letGo: (device: DeviceId) => void;
}

export function silenceClockOf({ silenceClock }: SilenceOptions, scheduler: SchedulerLike): Clock {
  return silenceClock ?? { nowMs: () => scheduler.now() };
}

/** Has a stage look for silence again and again, and let go of devices when that is asked for. */
export function followSilence(
  { letGo$, sweepMs }: SilenceOptions,
  scheduler: SchedulerLike,
  { sweep, letGo }: SilenceHandlers,
): Subscription {
  const following = new Subscription();
  following.add(letGo$?.subscribe(letGo));
  following.add(
    scheduler.schedule(function sweepAgain() {
      sweep();
      this.schedule(undefined, sweepMs);
    }, sweepMs),
  );
  return following;
}
