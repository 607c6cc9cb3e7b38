import type { DeviceId } from '../../domain/ids.js';
import type { ClockKind, SampleBlock, SensorMessage } from '../../domain/samples.js';
import type { Platform } from '../encode-messages.js';
import {
  createDayPlan,
  type DayPlanOptions,
  DEFAULT_DAY_PLAN,
  type TruthInterval,
  type TruthTarget,
  truthIntervals,
} from './day-plan.js';
import { createMotion, type SimulatedSensor } from './motion.js';
import type { Outings } from './outings.js';
import { createPerson } from './person.js';
import { PHONE_APPS, type PhoneFormat } from './phone-formats.js';
import { hash32, uniformAt } from './random.js';

export interface PhoneOptions {
  readonly device: DeviceId;
  /** Decides on wearer, day and phone. */
  readonly seed: number;
  /** When it is switched on, epoch milliseconds; up to one message period later it begins to record. */
  readonly startMs: number;
  readonly format: PhoneFormat;
  /** Defaults to what the format's app sends. */
  readonly sensors?: readonly SimulatedSensor[];
  readonly rateHz?: number;
  /** What a message covers, milliseconds. */
  readonly messageMs?: number;
  readonly platform?: Platform;
  readonly plan?: DayPlanOptions;
  readonly faults?: PhoneFaults;
  /** When its wearer is with the wearer of another phone. */
  readonly outings?: Outings | undefined;
}

/** What a phone hands to the broker. */
export interface PhonePublish {
  readonly topic: string;
  readonly payload: string | Buffer;
}

/** What a phone sends at the end of one message period. */
interface PhonePeriod {
  readonly publishes: readonly PhonePublish[];
  readonly samples: number;
}

/** A simulated phone: everything it sends is a pure function of its options. */
export interface SimulatedPhone {
  readonly device: DeviceId;
  /** Epoch milliseconds at which a period, counted from 0, is over and its messages are sent. */
  dueMs(period: number): number;
  sentIn(period: number): PhonePeriod;
  /** Message number `n` as the gateway should understand it. */
  message(n: number): SensorMessage;
  truth(target: TruthTarget, fromMs: number, toMs: number): TruthInterval[];
  truthAt(target: TruthTarget, timeMs: number): boolean;
}

const DEFAULT_RATE_HZ = 50;
const DEFAULT_MESSAGE_MS = 1000;
/** Keeps the people of phones apart from those of recordings, whatever the seeds. */
const PHONE_SALT = 0xf1ee;

export function createPhone(options: PhoneOptions): SimulatedPhone {
  const {
    device,
    startMs,
    format,
    messageMs = DEFAULT_MESSAGE_MS,
    platform = 'android',
    faults = {},
  } = options;
  const app = PHONE_APPS[format];
  const speedFactor = faults.speedFactor ?? 1;
  const coveredMs = messageMs / speedFactor;
  const seed = hash32(PHONE_SALT, options.seed);
  const beginMs = startMs + Math.floor(uniformAt(seed, 1) * messageMs);
  const day = createDayPlan(seed, startMs, options.plan ?? DEFAULT_DAY_PLAN);
  const plan = options.outings?.join(day, seed) ?? day;
  const motion = createMotion(createPerson(seed), plan, {
    rateHz: (options.rateHz ?? DEFAULT_RATE_HZ) * speedFactor,
    startMs,
    sharesTimes: app.sharesTimes,
  });
  const clock = createPhoneClock({ seed, kind: app.clock, beginMs, coveredMs, faults });
  const dueMs = (period: number): number => beginMs + (period + 1) * messageMs;

  const message = (number: number): SensorMessage => {
    const fromMs = beginMs + number * coveredMs;
    const blocks = (options.sensors ?? app.sensors).map((sensor) =>
      motion.samples(sensor, fromMs, fromMs + coveredMs),
    );
    return {
      device,
      receivedAtMs: dueMs(Math.floor(number / speedFactor)),
      clock: clock.kind,
      clockZeroMs: clock.zeroMs,
      session: `${seed.toString(16)}-${startMs}-${clock.run(number)}`,
      sequence: clock.sequence(number),
      blocks: blocks.map((block) => shifted(block, clock.originMs(number))),
    };
  };

  return {
    device,
    dueMs,
    message,
    sentIn: (period) => {
      const messages = messagesSentIn(period, faults).map(message);
      return {
        publishes: messages.flatMap((sent) =>
          app.encode(sent, platform).map((payload) => ({ topic: app.topicOf(device), payload })),
        ),
        samples: messages.reduce((sum, { blocks }) => sum + samplesOf(blocks), 0),
      };
    },
    truth: (target, fromMs, toMs) => truthIntervals(plan, target, fromMs, toMs),
    truthAt: (target, timeMs) => plan.stretchAt(timeMs)[target],
  };
}

function shifted(block: SampleBlock, originMs: number): SampleBlock {
  return { ...block, timesMs: block.timesMs.map((timeMs) => Math.round((timeMs - originMs) * 1000) / 1000) };
}

function samplesOf(blocks: readonly SampleBlock[]): number {
  return blocks.reduce((sum, { timesMs }) => sum + timesMs.length, 0);
}

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

interface PhoneClockOptions {
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

/** Ways in which a simulated phone misbehaves, for tests; none unless given. */
export interface PhoneFaults {
  /** Its clock is ahead by this (behind if negative), milliseconds. */
  readonly clockAheadMs?: number;
  /** Its clock counts from boot, and it restarts whenever it has made this many messages. */
  readonly restartsEveryMessages?: number;
  /** It sends every message twice. */
  readonly repeatsMessages?: boolean;
  /** It holds this many messages back, then sends them last first. */
  readonly reversesMessages?: number;
  /** Its sensors, and so its messages, come this many times as often. */
  readonly speedFactor?: number;
  /** Of every `sends + silent` messages it makes the first are sent and the others lost. */
  readonly dropsOut?: { readonly sends: number; readonly silent: number };
}

/** Numbers of the messages a phone sends at the end of a message period, in the order sent. */
export function messagesSentIn(period: number, faults: PhoneFaults): number[] {
  const { speedFactor = 1, reversesMessages = 1, repeatsMessages = false, dropsOut } = faults;
  const made = Array.from({ length: speedFactor }, (_, index) => period * speedFactor + index);
  const ordered = made.flatMap((message) => released(message, reversesMessages));
  const kept = ordered.filter((message) => dropsOut === undefined || isSent(message, dropsOut));
  return repeatsMessages ? kept.flatMap((message) => [message, message]) : kept;
}

/** What goes out when a message is made: itself, or nothing, or a group from last to first. */
function released(message: number, group: number): number[] {
  if (message % group !== group - 1) return [];
  return Array.from({ length: group }, (_, index) => message - index);
}

function isSent(
  message: number,
  { sends, silent }: { readonly sends: number; readonly silent: number },
): boolean {
  return message % (sends + silent) < sends;
}
