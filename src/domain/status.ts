import type { DeviceId } from './ids.js';

/** Statuses of a target with two classes. */
export const STATUSES = ['yes', 'no', 'unknown'] as const;
/**
 * What the gateway holds true of a target: `yes` or `no` where it has two classes, else the name of a class; `unknown` when
 * there is too little to go by.
 */
export type Status = string;

/** Targets of which it is known without any model that they are `yes` or `no`. */
const BINARY_TARGETS = ['accompanied', 'conversation'];

/** Whether a target may have a status; of targets other than the project's own any may be a class. */
export function isStatusOf(target: string, status: Status): boolean {
  const binary: readonly Status[] = STATUSES;
  return status.length > 0 && (!BINARY_TARGETS.includes(target) || binary.includes(status));
}

/**
 * Why nothing is known of a target.
 *
 * - `no-model`: no model in service tells it
 * - `placement`: the models that tell it are for devices worn elsewhere
 * - `missing-sensor`: the device does not send what the model needs
 * - `low-coverage`: the sensors are there, but with too many holes
 * - `silence`: nothing usable comes from the device
 * - `too-new`: it has not sent for long enough
 * - `undecided`: the model is not sure enough
 * - `nobody-found`: no device that takes part in company is with it
 * - `queue-full`, `model-failed`: windows were skipped, see `SkipReason`
 * - `store`: results cannot be stored at the moment
 */
export const UNKNOWN_CODES = [
  'no-model',
  'placement',
  'missing-sensor',
  'low-coverage',
  'silence',
  'too-new',
  'undecided',
  'nobody-found',
  'queue-full',
  'model-failed',
  'store',
] as const;
export type UnknownCode = (typeof UNKNOWN_CODES)[number];

/** Why nothing is known, for programs and for people. */
export interface UnknownReason {
  readonly code: UnknownCode;
  /** What is so, and what to do about it. */
  readonly text: string;
  /** Of `missing-sensor`: the streams that are missing. */
  readonly sensors?: readonly string[];
}

/** What must be known to judge a status. */
export interface StatusCaveats {
  /** Said by a model made on simulated people. */
  readonly simulated?: true;
  /** The model is for one place, and nobody has said that the device is worn there. */
  readonly placement?: 'assumed';
}

/** Those of a status, and nothing else of it. */
export function caveatsIn({ simulated, placement }: StatusCaveats): StatusCaveats {
  return { ...(simulated && { simulated }), ...(placement && { placement }) };
}

/** A device's status for one target, said at a change or repeated as a heartbeat. */
export interface StatusUpdate extends StatusCaveats {
  /** The same for the same change, however often it is computed: `<device>/<target>/<sinceMs>/<status>`. */
  readonly id: string;
  readonly device: DeviceId;
  readonly target: string;
  readonly status: Status;
  /** Smoothed probability of the status said, 0..1; 0 for `unknown`. */
  readonly confidence: number;
  /** Epoch milliseconds for which this holds. */
  readonly atMs: number;
  /** Epoch milliseconds since which the status has been the same. */
  readonly sinceMs: number;
  readonly kind: 'change' | 'heartbeat';
  /** The first since the device's clock was set back: it may lie before what was said earlier. */
  readonly clockSetBack?: true;
}

/** A stretch of time with one status. Half open: `[fromMs, toMs)`. */
export interface StatusInterval {
  readonly fromMs: number;
  readonly toMs: number;
  readonly status: Status;
  readonly confidence: number;
  /** Of `unknown`, where it is known. */
  readonly reason?: UnknownReason;
}

/** A device's statuses of one target over a time range. */
export interface Timeline {
  readonly device: DeviceId;
  readonly target: string;
  readonly intervals: readonly StatusInterval[];
}
