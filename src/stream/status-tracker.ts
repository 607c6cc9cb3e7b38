import type { DeviceId } from '../domain/ids.js';
import type { Status, StatusUpdate } from '../domain/status.js';

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
  /** Smoothed probability of each status; empty before the first window. */
  readonly smoothed: Probabilities;
  /** End of the last usable window, epoch milliseconds of event time; -Infinity before the first. */
  readonly lastEndMs: number;
  /** Gateway time when it came, epoch milliseconds. */
  readonly lastArrivalMs: number;
  /** A change that has not held for long enough yet. */
  readonly candidate: { readonly status: Status; readonly sinceMs: number } | undefined;
  /** Event time of the last update said, epoch milliseconds. */
  readonly lastSaidMs: number;
}

/** A state as it was kept; one of two classes may hold the probability of `yes` alone. */
export type KeptTrackState = Omit<TrackState, 'smoothed'> & { readonly smoothed: Probabilities | number };

/** A kept state to go on with. */
export function restoreTrackState({ smoothed, ...kept }: KeptTrackState): TrackState {
  if (typeof smoothed !== 'number') return { ...kept, smoothed };
  return { ...kept, smoothed: Number.isNaN(smoothed) ? {} : { no: 1 - smoothed, yes: smoothed } };
}

/** Probabilities, 0..1, of the statuses that a model can tell. */
export type Probabilities = Readonly<Record<Status, number>>;

/** What a window says of a target; event time in epoch milliseconds. */
export interface Evidence {
  readonly probabilities: Probabilities;
  /** Of `yes` and `no`: yes from here on. `undefined` where there are other classes. */
  readonly threshold: number | undefined;
  readonly startMs: number;
  readonly endMs: number;
  readonly arrivalMs: number;
}

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
 * Turns the predictions for one target of one device into a status: smoothing, hysteresis, dwell, and `unknown` on
 * silence. Pure: all state is in {@link TrackState}, all time comes in as arguments.
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

  /** Takes a window's probabilities in. A window that is not newer than the last one changes nothing. */
  observe(before: TrackState, evidence: Evidence): TrackStep {
    if (evidence.endMs <= before.lastEndMs) return { state: before, updates: [] };
    const silenced = this.silenceUntil(before, evidence.endMs);
    const smoothed = this.#smooth(silenced.state, evidence);
    const seen = {
      ...silenced.state,
      smoothed,
      lastEndMs: evidence.endMs,
      lastArrivalMs: evidence.arrivalMs,
    };
    const decided = this.#decide(seen, evidence);
    return { state: decided.state, updates: [...silenced.updates, ...decided.updates] };
  }

  /** Says `unknown` where no usable window came within `silenceMs`, as known at event time `nowMs`. */
  silenceUntil(before: TrackState, nowMs: number): TrackStep {
    const silentFromMs = before.lastEndMs + this.#options.silenceMs;
    if (before.lastEndMs === Number.NEGATIVE_INFINITY || nowMs <= silentFromMs)
      return { state: before, updates: [] };
    const reset = { ...before, smoothed: {}, candidate: undefined };
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

  /** What holds at a gateway time, to be said again; `undefined` before anything was said. */
  sayAgain(before: TrackState, nowMs: number): StatusUpdate | undefined {
    const { state } = this.tick(before, nowMs);
    if (state.sinceMs === Number.NEGATIVE_INFINITY) return undefined;
    return this.#update(state, state.lastSaidMs, 'heartbeat');
  }

  #smooth(state: TrackState, { probabilities, endMs }: Evidence): Probabilities {
    const { smoothingMs } = this.#options;
    if (smoothingMs === 0) return probabilities;
    const weight = 1 - Math.exp(-(endMs - state.lastEndMs) / smoothingMs);
    return Object.fromEntries(
      Object.entries(probabilities).map(([status, probability]) => {
        const before = state.smoothed[status] ?? probability;
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

  /** Out of `unknown` a status holds for the whole window; a change is put in the middle of the first that shows it. */
  #begin(
    state: TrackState,
    status: Status,
    { startMs, endMs }: Evidence,
  ): { status: Status; sinceMs: number } {
    const sinceMs = state.status === 'unknown' ? startMs : (startMs + endMs) / 2;
    return { status, sinceMs: Math.max(sinceMs, state.lastSaidMs) };
  }

  #change(state: TrackState, status: Status, sinceMs: number): TrackStep {
    const changed = { ...state, status, sinceMs, lastSaidMs: sinceMs };
    return { state: changed, updates: [this.#update(changed, sinceMs, 'change')] };
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
