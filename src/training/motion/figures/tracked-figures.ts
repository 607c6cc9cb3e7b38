import type { Status } from '../../../domain/status.js';
import type { StatusTruth, TrackedRecording, TruthInterval } from './tracked.js';

/** How good statuses are. */
export interface TrackedFigures {
  /** Share of the labelled time with a status in which it is right. */
  readonly accuracy: number | null;
  /** The same, as the mean over the statuses that truly occur. */
  readonly balancedAccuracy: number | null;
  /** Share of the labelled time without a status. */
  readonly unknown: number | null;
  /** Changes from one status to another in an hour of labelled time, as said and as they truly are. */
  readonly switchesPerHour: number | null;
  readonly trueSwitchesPerHour: number | null;
  /** Median time from a true change until the right status was said, of the changes that were noticed. */
  readonly delayMs: number | null;
  /** True changes, and those of which no status told before the next one. */
  readonly changes: number;
  readonly missedChanges: number;
}

const HOUR_MS = 3_600_000;

/** Compares statuses with labels, over the labelled time from each recording's first window to its last. */
export function trackedFigures(recordings: readonly TrackedRecording[]): TrackedFigures {
  const truths = new Set(recordings.flatMap(({ truth }) => truth.map(({ status }) => status)));
  const times = [...truths].map((status) => timeOf(recordings, status));
  const total = (part: keyof Time): number => times.reduce((sum, time) => sum + time[part], 0);
  const told = total('right') + total('wrong');
  const labelled = told + total('unknown');
  const delays = recordings.flatMap(changeDelays);
  const noticed = delays.filter((delay) => delay !== null);
  const shares = times.flatMap(({ right, wrong }) => ratio(right, right + wrong) ?? []);
  return {
    accuracy: ratio(total('right'), told),
    balancedAccuracy: ratio(
      shares.reduce((sum, share) => sum + share, 0),
      shares.length,
    ),
    unknown: ratio(total('unknown'), labelled),
    switchesPerHour: ratio(
      recordings.reduce((sum, { changes }) => sum + switchesOf(changes), 0) * HOUR_MS,
      labelled,
    ),
    trueSwitchesPerHour: ratio(delays.length * HOUR_MS, labelled),
    delayMs: median(noticed),
    changes: delays.length,
    missedChanges: delays.length - noticed.length,
  };
}

interface Time {
  right: number;
  wrong: number;
  unknown: number;
}

/** Milliseconds for which a status is true, by what was said. */
function timeOf(recordings: readonly TrackedRecording[], truth: Status): Time {
  const time: Time = { right: 0, wrong: 0, unknown: 0 };
  for (const recording of recordings) {
    const said = statusIntervals(recording);
    for (const interval of seenTruth(recording)) {
      if (interval.status !== truth) continue;
      for (const { status, fromMs, toMs } of said) {
        const overlapMs = Math.max(0, Math.min(toMs, interval.toMs) - Math.max(fromMs, interval.fromMs));
        if (status === 'unknown') time.unknown += overlapMs;
        else if (status === truth) time.right += overlapMs;
        else time.wrong += overlapMs;
      }
    }
  }
  return time;
}

/** Truth while there were windows. */
export function seenTruth({ truth, windows }: StatusTruth): TruthInterval[] {
  const first = windows[0]?.startMs ?? 0;
  const last = windows.at(-1)?.endMs ?? 0;
  return truth
    .map((interval) => ({
      ...interval,
      fromMs: Math.max(interval.fromMs, first),
      toMs: Math.min(interval.toMs, last),
    }))
    .filter(({ fromMs, toMs }) => fromMs < toMs);
}

/** What the timeline says from the first window to the last; `unknown` before the first change. */
export function statusIntervals({
  windows,
  changes,
}: Pick<TrackedRecording, 'windows' | 'changes'>): { status: Status; fromMs: number; toMs: number }[] {
  const first = windows[0]?.startMs ?? 0;
  const last = windows.at(-1)?.endMs ?? 0;
  const starts: { status: Status; sinceMs: number }[] = [{ status: 'unknown', sinceMs: first }, ...changes];
  return starts
    .map(({ status, sinceMs }, at) => ({
      status,
      fromMs: Math.max(first, sinceMs),
      toMs: Math.min(last, starts[at + 1]?.sinceMs ?? last),
    }))
    .filter(({ fromMs, toMs }) => fromMs < toMs);
}

/** Changes from one status to another, past any `unknown` in between. */
export function switchesOf(statuses: readonly { readonly status: Status }[]): number {
  const told = statuses.filter(({ status }) => status !== 'unknown');
  return told.filter(({ status }, at) => at > 0 && told[at - 1]?.status !== status).length;
}

/**
 * Of each true change the time until its status was said, or `null` if none was before the next change: a status that
 * never moves notifications nothing, although it is right half of the time.
 */
function changeDelays(recording: TrackedRecording): (number | null)[] {
  const truth = seenTruth(recording);
  return truth.flatMap((interval, at): (number | null)[] => {
    if (at === 0 || truth[at - 1]?.status === interval.status) return [];
    const told = recording.changes.find(
      ({ status, saidMs }) =>
        status === interval.status && saidMs > interval.fromMs && saidMs < interval.toMs,
    );
    return [told === undefined ? null : told.saidMs - interval.fromMs];
  });
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
