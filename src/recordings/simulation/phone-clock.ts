import type { ClockKind } from '../../domain/samples.js';
import type { PhoneFaults } from './phone-faults.js';
import { uniformAt } from './random.js';

/** How a phone names times and numbers messages. Messages are counted from 0 over its whole life. */
export interface PhoneClock {
  readonly kind: ClockKind;
  /** What the phone takes for the epoch time of its clock's zero, where it says so. */
  readonly zeroMs: number | undefined;
  /** Epoch milliseconds that the phone calls 0 in this message. */
  originMs(message: number): number;
  /** Run of the app in which the message was made, counted from 0. */
  run(message: number): number;
  /** Number of the message within its run. */
  sequence(message: number): number;
}

export interface PhoneClockOptions {
  readonly seed: number;
  /** Of the app; a phone that restarts counts from boot whatever its app does. */
  readonly kind: ClockKind;
  /** When the phone begins to record, epoch milliseconds. */
  readonly beginMs: number;
  /** What a message covers, milliseconds. */
  readonly coveredMs: number;
  readonly faults: PhoneFaults;
}

/** An honest phone's clock is off by at most this. */
const CLOCK_ERROR_MS = 25;
/** A phone has been on for up to this long when the simulation begins. */
const LONGEST_UPTIME_MS = 3 * 86_400_000;
/** From a restart to the first sample. */
const BOOT_MS = 20_000;

export function createPhoneClock({ seed, kind, beginMs, coveredMs, faults }: PhoneClockOptions): PhoneClock {
  const perRun = faults.restartsEveryMessages ?? Number.POSITIVE_INFINITY;
  const actualKind = faults.restartsEveryMessages === undefined ? kind : 'boot';
  const aheadMs = faults.clockAheadMs ?? Math.round(CLOCK_ERROR_MS * (2 * uniformAt(seed, 1) - 1));
  const uptimeMs = Math.floor(LONGEST_UPTIME_MS * uniformAt(seed, 2));
  const run = (message: number): number => Math.floor(message / perRun);
  const bootMs = (message: number): number =>
    run(message) === 0 ? beginMs - uptimeMs : beginMs + run(message) * perRun * coveredMs - BOOT_MS;
  return {
    kind: actualKind,
    zeroMs: actualKind === 'experiment' ? beginMs + aheadMs : undefined,
    originMs: (message) => {
      if (actualKind === 'boot') return bootMs(message);
      return actualKind === 'experiment' ? beginMs : -aheadMs;
    },
    run,
    sequence: (message) => (run(message) === 0 ? message : message % perRun),
  };
}
