import type { ClearReason } from '../../domain/notification.js';
import type { Status } from '../../domain/status.js';
import type { AlertCondition, StatusCondition } from './rule-schema.js';

/** A stretch in which what a rule asks for has been so. */
export interface Run {
  readonly sinceMs: number;
  /** Since when it has not been seen to be so: `unknown`, or the last time a label was seen. */
  readonly doubtSinceMs?: number | undefined;
}

/** What one rule knows of one device: a plain value, so that it outlives the process. */
export interface Watch {
  readonly run?: Run | undefined;
  /** The alert that is raised. */
  readonly open?: { readonly sinceMs: number; readonly raisedAtMs: number } | undefined;
  readonly clearedAtMs?: number | undefined;
  /** Since when the newest status has been so: after a crash older ones are found out again, which are known already. */
  readonly seenMs?: number | undefined;
}

/** What a rule hears of a device. */
export type Observation =
  | {
      readonly kind: 'status';
      readonly target: string;
      readonly status: Status;
      readonly sinceMs: number;
      /** The device's clock was set back before it: what was seen by the old one counts no more. */
      readonly clockSetBack?: boolean;
    }
  | { readonly kind: 'label'; readonly label: string; readonly probability: number; readonly atMs: number }
  | { readonly kind: 'heard'; readonly atMs: number };

const MS_PER_MINUTE = 60_000;

/** What a rule knows after an observation. */
export function observe(condition: AlertCondition, watch: Watch, observation: Observation): Watch {
  if (condition.type === 'status') return observeStatus(condition, watch, observation);
  const run = nextRun(condition, watch.run, observation);
  return run === watch.run ? watch : { ...watch, run };
}

/** Whether an observation tells the status that a rule asks for. */
export function isAbout(condition: AlertCondition, seen: Observation): boolean {
  return condition.type === 'status' && seen.kind === 'status' && seen.target === condition.target;
}

function observeStatus(condition: StatusCondition, watch: Watch, seen: Observation): Watch {
  if (seen.kind !== 'status' || seen.target !== condition.target) return watch;
  const isOfNewClock = seen.clockSetBack === true && seen.sinceMs < (watch.seenMs ?? 0);
  if (!isOfNewClock && seen.sinceMs < (watch.seenMs ?? Number.NEGATIVE_INFINITY)) return watch;
  const run = nextStatusRun(condition, isOfNewClock ? undefined : watch.run, seen);
  return run === watch.run && seen.sinceMs === watch.seenMs ? watch : { ...watch, run, seenMs: seen.sinceMs };
}

function nextRun(
  condition: Exclude<AlertCondition, StatusCondition>,
  run: Run | undefined,
  seen: Observation,
): Run | undefined {
  if (condition.type === 'silent') return seen.kind === 'heard' ? { sinceMs: seen.atMs } : run;
  if (condition.type === 'label' && seen.kind === 'label' && seen.label === condition.label) {
    if (seen.probability < condition.minProbability) return run;
    const before = livingRun(condition, run, seen.atMs);
    const doubtSinceMs = Math.max(before?.doubtSinceMs ?? seen.atMs, seen.atMs);
    return { sinceMs: before?.sinceMs ?? seen.atMs, doubtSinceMs };
  }
  return run;
}

function nextStatusRun(
  condition: StatusCondition,
  before: Run | undefined,
  { status, sinceMs }: Extract<Observation, { kind: 'status' }>,
): Run | undefined {
  const { is } = condition;
  // Nobody may have looked while the doubt lasted too long.
  const run = livingRun(condition, before, sinceMs);
  if (is.includes(status)) {
    if (run === undefined) return { sinceMs };
    return run.doubtSinceMs === undefined ? run : { sinceMs: run.sinceMs };
  }
  if (status !== 'unknown' || run === undefined) return undefined;
  return run.doubtSinceMs === undefined ? { ...run, doubtSinceMs: sinceMs } : run;
}

/** The moment at which rules are looked at, as one rule sees it. */
export interface Moment {
  readonly nowMs: number;
  /** When the hours in which the rule counts began; `undefined` outside of them. */
  readonly activeSinceMs: number | undefined;
  readonly isQuiet: boolean;
  /** Since when devices could be heard without a break. */
  readonly hearingSinceMs: number;
  /** Whether a status was heard since the start: what an earlier run knew may have changed since. */
  readonly isStatusKnown: boolean;
  /** When the device was heard last, if that was before the start: a status has not been seen to hold for longer. */
  readonly heardBeforeStartMs?: number | undefined;
}

export type WatchEvent =
  | { readonly kind: 'raised'; readonly sinceMs: number }
  | {
      readonly kind: 'cleared';
      readonly sinceMs: number;
      readonly raisedAtMs: number;
      readonly reason: ClearReason;
    };

export interface WatchStep {
  readonly watch: Watch;
  readonly verdict: WatchEvent | undefined;
}

/** Decides whether an alert is to be raised or cleared now; in quiet hours neither. */
export function evaluateWatch(
  condition: AlertCondition,
  watch: Watch,
  moment: Moment,
  cooldownMs: number,
): WatchStep {
  const run = livingRun(condition, watch.run, moment.nowMs);
  const known: Watch = run === watch.run ? watch : { ...watch, run };
  if (moment.isQuiet) return { watch: known, verdict: undefined };
  return known.open === undefined
    ? evaluateClosed(condition, known, moment, cooldownMs)
    : evaluateOpen(known, known.open, moment);
}

function evaluateClosed(
  condition: AlertCondition,
  watch: Watch,
  moment: Moment,
  cooldownMs: number,
): WatchStep {
  const { nowMs } = moment;
  const isCooling = watch.clearedAtMs !== undefined && nowMs - watch.clearedAtMs < cooldownMs;
  const sinceMs = holdsSince(condition, watch.run, moment);
  if (sinceMs === undefined || isCooling) return { watch, verdict: undefined };
  return {
    watch: { run: watch.run, seenMs: watch.seenMs, open: { sinceMs, raisedAtMs: nowMs } },
    verdict: { kind: 'raised', sinceMs },
  };
}

/** An alert stays as long as what raised it goes on, within the hours in which it was raised. */
function evaluateOpen(watch: Watch, open: NonNullable<Watch['open']>, moment: Moment): WatchStep {
  const { nowMs, activeSinceMs } = moment;
  const isInHours = activeSinceMs !== undefined && open.raisedAtMs >= activeSinceMs;
  const isSameRun = watch.run !== undefined && watch.run.sinceMs <= open.sinceMs;
  if (isInHours && isSameRun) return { watch, verdict: undefined };
  return {
    watch: { run: watch.run, seenMs: watch.seenMs, clearedAtMs: nowMs },
    verdict: { kind: 'cleared', ...open, reason: isInHours ? 'condition-over' : 'hours-over' },
  };
}

/** The run, unless it has been in doubt for too long. */
function livingRun(condition: AlertCondition, run: Run | undefined, nowMs: number): Run | undefined {
  if (run?.doubtSinceMs === undefined) return run;
  return nowMs - run.doubtSinceMs > patienceMs(condition) ? undefined : run;
}

function patienceMs(condition: AlertCondition): number {
  if (condition.type === 'status') return condition.toleranceMinutes * MS_PER_MINUTE;
  return condition.type === 'label' ? condition.holdMinutes * MS_PER_MINUTE : Number.POSITIVE_INFINITY;
}

/** Since when it has been so within the hours that count, once that is long enough; what is in doubt has not held. */
function holdsSince(condition: AlertCondition, run: Run | undefined, moment: Moment): number | undefined {
  const { nowMs, activeSinceMs, hearingSinceMs, isStatusKnown, heardBeforeStartMs } = moment;
  if (run === undefined || activeSinceMs === undefined) return undefined;
  if (condition.type === 'status' && (run.doubtSinceMs !== undefined || !isStatusKnown)) return undefined;
  const sinceMs = Math.max(run.sinceMs, activeSinceMs);
  const countedFromMs = condition.type === 'silent' ? Math.max(sinceMs, hearingSinceMs) : sinceMs;
  const countedToMs = condition.type === 'status' ? (heardBeforeStartMs ?? nowMs) : nowMs;
  const forMs = condition.type === 'label' ? 0 : condition.forMinutes * MS_PER_MINUTE;
  return forMs === 0 || countedToMs - countedFromMs >= forMs ? sinceMs : undefined;
}
