import type { DeviceId } from '../domain/ids.js';
import type { Status, StatusUpdate } from '../domain/status.js';
import {
  believe,
  evidenceFor,
  mostProbable,
  type Probabilities,
  type StatusFilter,
  statusBelieved,
} from './status-filter.js';

/** Smoothing, hysteresis and dwell are for models without a {@link StatusFilter}. */
export interface TrackOptions {
  /** Time constant of the exponential smoothing of probabilities, milliseconds; 0 for none. */
  readonly smoothingMs: number;
  /**
   * Smoothed probability must pass the threshold by this much before the status changes, 0..0.5; of more than two classes,
   * one must lead by twice as much.
   */
  readonly hysteresis: number;
  /** A change must hold this long before it is said, milliseconds; it is then dated back to where it began. */
  readonly dwellMs: number;
  /** Without a usable window for this long the status is `unknown`, milliseconds. */
  readonly silenceMs: number;
  /** The status is repeated this often, milliseconds. */
  readonly heartbeatMs: number;
}

/** Everything a tracker knows; plain, so that it can be kept over a restart. */
export interface TrackState {
  readonly status: Status;
  readonly sinceMs: number;
  /** Smoothed probability of each status, or belief in it; empty before the first window. */
  readonly smoothed: Probabilities;
  /** End of the last usable window, epoch milliseconds of event time; -Infinity before the first. */
  readonly lastEndMs: number;
  /** Gateway time when it came, epoch milliseconds. */
  readonly lastArrivalMs: number;
  /** A change that has not held for long enough yet, or is not believed in enough. */
  readonly candidate: Candidate | undefined;
  /** Event time of the last update said, epoch milliseconds. */
  readonly lastSaidMs: number;
  /** Gateway time since when every window has been older than the last usable one, epoch milliseconds. */
  readonly olderSinceMs?: number | undefined;
  /** The device's clock was set back, and nothing was said by it yet. */
  readonly isClockNew?: true | undefined;
}

interface Candidate {
  readonly status: Status;
  readonly sinceMs: number;
  /** Of a filter: how much more speaks for it than against it since then, as a logarithm; below 0 it was nothing. */
  readonly evidence?: number;
}

/** A state as it was kept; one of two classes may hold the probability of `yes` alone. */
export type KeptTrackState = Omit<TrackState, 'smoothed'> & { readonly smoothed: Probabilities | number };

/** A kept state to go on with. */
export function restoreTrackState({ smoothed, ...kept }: KeptTrackState): TrackState {
  if (typeof smoothed !== 'number') return { ...kept, smoothed };
  return { ...kept, smoothed: Number.isNaN(smoothed) ? {} : { no: 1 - smoothed, yes: smoothed } };
}

/** What a window says of a target; event time in epoch milliseconds. */
export interface Evidence {
  readonly probabilities: Probabilities;
  /** Of `yes` and `no`: yes from here on. `undefined` where there are other classes. */
  readonly threshold: number | undefined;
  /** What was learnt of the model's probabilities; `undefined`: they are smoothed. */
  readonly filter?: StatusFilter | undefined;
  readonly startMs: number;
  readonly endMs: number;
  readonly arrivalMs: number;
}

/** A learnt filter dates a change back by this at most, milliseconds; until then no heartbeat says otherwise. */
export const MOST_BACK_MS = 120_000;

export interface TrackStep {
  readonly state: TrackState;
  readonly updates: readonly StatusUpdate[];
}

export const INITIAL_TRACK_STATE: TrackState = {
  status: 'unknown',
  sinceMs: Number.NEGATIVE_INFINITY,
  smoothed: {},
  lastEndMs: Number.NEGATIVE_INFINITY,
  lastArrivalMs: Number.NEGATIVE_INFINITY,
  candidate: undefined,
  lastSaidMs: Number.NEGATIVE_INFINITY,
};

/**
 * Turns the predictions for one target of one device into a status: by a learnt filter, or by smoothing, hysteresis and
 * dwell; and `unknown` on silence. Pure: all state is in {@link TrackState}, all time comes in as arguments.
 */
export class StatusTracker {
  readonly #device: DeviceId;
  readonly #target: string;
  readonly #options: TrackOptions;

  constructor(device: DeviceId, target: string, options: TrackOptions) {
    this.#device = device;
    this.#target = target;
    this.#options = options;
  }

  /**
   * Takes a window's probabilities in. A window that is not newer than the last one changes nothing, unless such windows go on
   * coming for as long as silence takes: then the device's clock was set back, and its status begins again at the new time.
   */
  observe(before: TrackState, evidence: Evidence): TrackStep {
    const { endMs, arrivalMs, filter } = evidence;
    if (endMs <= before.lastEndMs) return this.#observeOlder(before, evidence);
    const silenced = this.silenceUntil(before, endMs);
    const seen = { ...silenced.state, lastEndMs: endMs, lastArrivalMs: arrivalMs, olderSinceMs: undefined };
    const decided =
      filter === undefined
        ? this.#decide({ ...seen, smoothed: this.#smooth(before, evidence) }, evidence)
        : this.#decideByBelief(before, seen, evidence, filter);
    return { state: decided.state, updates: [...silenced.updates, ...decided.updates] };
  }

  #observeOlder(before: TrackState, evidence: Evidence): TrackStep {
    const { olderSinceMs = Math.max(before.lastArrivalMs, evidence.arrivalMs) } = before;
    if (evidence.arrivalMs - olderSinceMs >= this.#options.silenceMs) {
      const { updates } = this.tick(before, evidence.arrivalMs);
      const begun = this.observe({ ...INITIAL_TRACK_STATE, isClockNew: true }, evidence);
      return { state: begun.state, updates: [...updates, ...begun.updates] };
    }
    const isKnown = before.olderSinceMs !== undefined;
    return { state: isKnown ? before : { ...before, olderSinceMs }, updates: [] };
  }

  /** Says `unknown` where no usable window came within `silenceMs`, as known at event time `nowMs`. */
  silenceUntil(before: TrackState, nowMs: number): TrackStep {
    const silentFromMs = before.lastEndMs + this.#options.silenceMs;
    if (before.lastEndMs === Number.NEGATIVE_INFINITY || nowMs <= silentFromMs)
      return { state: before, updates: [] };
    const reset = { ...before, candidate: undefined };
    const changed =
      before.status === 'unknown'
        ? { state: reset, updates: [] }
        : this.#change(reset, 'unknown', silentFromMs);
    const beat = this.#beat(changed.state, nowMs);
    return { state: beat.state, updates: [...changed.updates, ...beat.updates] };
  }

  /** Lets gateway time pass without a window. */
  tick(before: TrackState, nowMs: number): TrackStep {
    return this.silenceUntil(before, before.lastEndMs + Math.max(0, nowMs - before.lastArrivalMs));
  }

  /** Says `unknown` from the last window on: nobody speaks of the device any more, and what was said counts for nothing. */
  fallSilent(before: TrackState): TrackStep {
    const reset = { ...before, candidate: undefined, smoothed: {} };
    if (before.status === 'unknown')
      return { state: before.candidate === undefined ? before : reset, updates: [] };
    return this.#change(reset, 'unknown', Math.max(before.lastEndMs, before.lastSaidMs));
  }

  /** What holds at a gateway time, to be said again; `undefined` before anything was said. */
  sayAgain(before: TrackState, nowMs: number): StatusUpdate | undefined {
    const { state } = this.tick(before, nowMs);
    if (state.sinceMs === Number.NEGATIVE_INFINITY) return undefined;
    return this.#update(state, state.lastSaidMs, 'heartbeat');
  }

  /** What was said before a silence counts for nothing. */
  #smooth({ smoothed, lastEndMs }: TrackState, { probabilities, endMs }: Evidence): Probabilities {
    const { smoothingMs, silenceMs } = this.#options;
    const elapsedMs = endMs - lastEndMs;
    if (smoothingMs === 0 || elapsedMs > silenceMs) return probabilities;
    const weight = 1 - Math.exp(-elapsedMs / smoothingMs);
    return Object.fromEntries(
      Object.entries(probabilities).map(([status, probability]) => {
        const before = smoothed[status] ?? probability;
        return [status, before + weight * (probability - before)];
      }),
    );
  }

  #decide(state: TrackState, evidence: Evidence): TrackStep {
    const wanted = wantedOf(state, evidence.threshold, this.#options.hysteresis);
    if (wanted === state.status) return this.#beat({ ...state, candidate: undefined }, evidence.endMs);
    const candidate =
      state.candidate?.status === wanted ? state.candidate : this.#begin(state, wanted, evidence);
    const waiting = { ...state, candidate };
    if (evidence.endMs - candidate.sinceMs < this.#options.dwellMs) return { state: waiting, updates: [] };
    return this.#change({ ...waiting, candidate: undefined }, wanted, candidate.sinceMs);
  }

  #decideByBelief(before: TrackState, seen: TrackState, evidence: Evidence, filter: StatusFilter): TrackStep {
    const elapsedMs = evidence.endMs - before.lastEndMs;
    const smoothed = believe(filter, before.smoothed, evidence.probabilities, elapsedMs);
    const believed = { ...seen, smoothed };
    const wanted = statusBelieved(filter, seen.status, smoothed);
    const candidate = this.#suspect(filter, believed, evidence, elapsedMs);
    if (wanted !== seen.status) {
      const { sinceMs } = candidate?.status === wanted ? candidate : this.#begin(seen, wanted, evidence);
      return this.#change({ ...believed, candidate: undefined }, wanted, sinceMs);
    }
    return this.#beat({ ...believed, candidate }, candidate?.sinceMs ?? evidence.endMs);
  }

  /**
   * The strongest rival of the status that holds, and since when more speaks for it than against it: to there it is dated back.
   * Belief itself does not tell: it also drifts, and stays a little higher for minutes where windows are a little less sure.
   */
  #suspect(
    filter: StatusFilter,
    state: TrackState,
    window: Evidence,
    elapsedMs: number,
  ): Candidate | undefined {
    const rivals = Object.entries(state.smoothed).filter(([status]) => status !== state.status);
    const [rival] = mostProbable(rivals) ?? ['unknown'];
    const known = state.candidate?.status === rival ? state.candidate : undefined;
    const evidence = (known?.evidence ?? 0) + evidenceFor(filter, rival, window.probabilities, elapsedMs);
    if (evidence <= 0) return undefined;
    const { sinceMs } = known ?? this.#begin(state, rival, window);
    return { status: rival, sinceMs: Math.max(sinceMs, window.endMs - MOST_BACK_MS), evidence };
  }

  /** Out of `unknown` a status holds for the whole window; a change is put in the middle of the first that shows it. */
  #begin(state: TrackState, status: Status, { startMs, endMs }: Evidence): Candidate {
    const sinceMs = state.status === 'unknown' ? startMs : (startMs + endMs) / 2;
    return { status, sinceMs: Math.max(sinceMs, state.lastSaidMs) };
  }

  #change(state: TrackState, status: Status, sinceMs: number): TrackStep {
    const { isClockNew, ...known } = state;
    const changed = { ...known, status, sinceMs, lastSaidMs: sinceMs };
    const update = this.#update(changed, sinceMs, 'change');
    return { state: changed, updates: [isClockNew ? { ...update, clockSetBack: true } : update] };
  }

  /** Heartbeats lie at whole periods after the change, so that computing them again gives the same ones. */
  #beat(state: TrackState, nowMs: number): TrackStep {
    const { heartbeatMs } = this.#options;
    if (state.sinceMs === Number.NEGATIVE_INFINITY) return { state, updates: [] };
    const atMs = state.sinceMs + Math.floor((nowMs - state.sinceMs) / heartbeatMs) * heartbeatMs;
    if (atMs <= state.lastSaidMs) return { state, updates: [] };
    const beaten = { ...state, lastSaidMs: atMs };
    return { state: beaten, updates: [this.#update(beaten, atMs, 'heartbeat')] };
  }

  #update(state: TrackState, atMs: number, kind: StatusUpdate['kind']): StatusUpdate {
    return {
      id: `${this.#device}/${this.#target}/${state.sinceMs}/${state.status}`,
      device: this.#device,
      target: this.#target,
      status: state.status,
      confidence: confidenceOf(state),
      atMs,
      sinceMs: state.sinceMs,
      kind,
    };
  }
}

/** The status that is sure enough, or the one that holds already. */
function wantedOf(
  { status, smoothed }: TrackState,
  threshold: number | undefined,
  hysteresis: number,
): Status {
  const { yes } = smoothed;
  if (threshold === undefined || yes === undefined) return leaderOf(status, smoothed, 2 * hysteresis);
  if (yes >= threshold + hysteresis) return 'yes';
  if (yes < threshold - hysteresis) return 'no';
  return status;
}

/** The most probable class, where it leads by enough: over the class that holds, or over all others when none does. */
function leaderOf(status: Status, smoothed: Probabilities, lead: number): Status {
  const [best, second] = Object.entries(smoothed).sort(([, a], [, b]) => b - a);
  if (best === undefined) return status;
  const rival = smoothed[status] ?? second?.[1] ?? 0;
  return best[1] - rival >= lead ? best[0] : status;
}

function confidenceOf({ status, smoothed }: TrackState): number {
  return status === 'unknown' ? 0 : (smoothed[status] ?? 0);
}
