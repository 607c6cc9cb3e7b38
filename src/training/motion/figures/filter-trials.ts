import type { Status } from '../../../domain/status.js';
import {
  believe,
  type Probabilities,
  positionBelieved,
  type StatusFilter,
} from '../../../stream/status-filter.js';
import { evidenceOf } from '../../../stream/track-status.js';
import type { StatusTruth, TrackedWindow, TruthInterval } from './tracked.js';
import { seenTruth, switchesOf } from './tracked-figures.js';

/** A switch that was not true costs as much as the wrong status for a minute. */
const SWITCH_COST_MS = 60_000;

/** What is known before a window: that of the window before, nothing because of silence, or nothing yet. */
const BEFORE = { window: 0, silence: 1, start: 2 } as const;

/** What filters of one target are tried on. */
export interface TrialTask {
  readonly target: string;
  readonly classes: readonly string[];
  /** What each class is called as a status. */
  readonly statuses: readonly Status[];
  readonly recordings: readonly StatusTruth[];
  /** Without a window for this long the status is unknown. */
  readonly silenceMs: number;
}

/**
 * Tries filters on the windows of labelled recordings.
 *
 * Belief does not depend on what was said. So it is worked out once a filter, and each certainty then takes one pass over flat
 * tables, which is what makes hundreds of them affordable.
 */
export class FilterTrials {
  readonly #task: TrialTask;
  /** One a window, see {@link BEFORE}. */
  readonly #before: Uint8Array;
  /** `[windows, statuses]`: how long each status is true until the next window, or until silence. */
  readonly #trueMs: Float64Array;
  readonly #labelledMs: number;
  readonly #trueSwitches: number;

  constructor(task: TrialTask) {
    const { recordings, statuses, silenceMs } = task;
    const truths = recordings.map(seenTruth);
    this.#task = task;
    this.#labelledMs = truths.flat().reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
    this.#trueSwitches = truths.reduce((sum, truth) => sum + switchesOf(truth), 0);
    this.#before = Uint8Array.from(
      recordings.flatMap(({ windows }) => windows.map((_, at) => beforeOf(windows, at, silenceMs))),
    );
    this.#trueMs = Float64Array.from(
      recordings.flatMap(({ windows }, recording) => {
        return windows.flatMap(({ endMs }, at) => {
          const untilMs = Math.min(windows[at + 1]?.endMs ?? endMs, endMs + silenceMs);
          return statuses.map((status) => timeWithin(truths[recording] ?? [], status, endMs, untilMs));
        });
      }),
    );
  }

  /** `[windows, statuses]`: what a filter believes after each window, whatever its certainty. */
  beliefsBy(filter: StatusFilter): Float64Array {
    const { recordings, statuses } = this.#task;
    const beliefs = new Float64Array(this.#trueMs.length);
    let cell = 0;
    for (const { windows } of recordings) {
      let belief: Probabilities = {};
      let lastEndMs = Number.NEGATIVE_INFINITY;
      for (const window of windows) {
        belief = believe(filter, belief, this.#saidBy(window), window.endMs - lastEndMs);
        lastEndMs = window.endMs;
        for (const status of statuses) beliefs[cell++] = belief[status] ?? 0;
      }
    }
    return beliefs;
  }

  /** Share of the labelled time that is right as it is heard, less the cost of switches that were not true. */
  score(beliefs: Float64Array, certainties: readonly number[]): number {
    const width = certainties.length;
    let rightMs = 0;
    let switches = 0;
    let holding = -1;
    let told = -1;
    for (let row = 0; row < this.#before.length; row++) {
      if (this.#before[row] !== BEFORE.window) holding = -1;
      if (this.#before[row] === BEFORE.start) told = -1;
      holding = positionBelieved(beliefs, row * width, certainties, holding);
      if (holding < 0) continue;
      if (told >= 0 && told !== holding) switches += 1;
      told = holding;
      rightMs += this.#trueMs[row * width + holding] ?? 0;
    }
    const excess = Math.max(0, switches - this.#trueSwitches);
    return (rightMs - excess * SWITCH_COST_MS) / this.#labelledMs;
  }

  #saidBy({ probabilities }: TrackedWindow): Probabilities {
    const { target, classes } = this.#task;
    return evidenceOf({ name: target, classes, threshold: 0.5 }, probabilities)?.probabilities ?? {};
  }
}

function beforeOf(windows: readonly TrackedWindow[], at: number, silenceMs: number): number {
  const beforeMs = windows[at - 1]?.endMs;
  if (beforeMs === undefined) return BEFORE.start;
  return (windows[at]?.endMs ?? 0) > beforeMs + silenceMs ? BEFORE.silence : BEFORE.window;
}

/** How long a status is true from one time to another. */
function timeWithin(
  truth: readonly TruthInterval[],
  status: Status,
  fromMs: number,
  untilMs: number,
): number {
  return truth
    .filter((interval) => interval.status === status)
    .map((interval) => Math.min(interval.toMs, untilMs) - Math.max(interval.fromMs, fromMs))
    .reduce((sum, overlapMs) => sum + Math.max(0, overlapMs), 0);
}
