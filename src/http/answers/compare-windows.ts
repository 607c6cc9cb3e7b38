import type { DeviceId } from '../../domain/ids.js';
import type { StoredWindow } from '../../domain/store.js';

/** One model's part in a comparison. */
export interface ComparedModel {
  /** Positive from here on, 0..1. */
  readonly threshold: number;
  /** Time between two windows, milliseconds. */
  readonly strideMs: number;
}

/** A stretch of time in which two models say different things. Half open: `[fromMs, toMs)`. */
export interface DisagreementInterval {
  readonly device: DeviceId;
  readonly target: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** What the model in service says; the candidate says the opposite. */
  readonly active: boolean;
  readonly windows: number;
}

/** How two models compare in one target. */
export interface TargetComparison {
  windows: number;
  disagreements: number;
  /** Windows that only the model in service, or only the candidate, takes for positive. */
  onlyActive: number;
  onlyCandidate: number;
  /** Sum of |difference of probabilities|. */
  differenceSum: number;
}

export const NO_COMPARISON: Readonly<TargetComparison> = {
  windows: 0,
  disagreements: 0,
  onlyActive: 0,
  onlyCandidate: 0,
  differenceSum: 0,
};

/**
 * Lays a candidate's windows beside those of the model in service. Each of its windows is compared with the last one of the
 * other that ended at the same time, or less than a stride before; windows without a partner count nowhere.
 */
export class WindowComparison {
  readonly counts: TargetComparison = { ...NO_COMPARISON };
  readonly intervals: DisagreementInterval[] = [];
  readonly #device: DeviceId;
  readonly #target: string;
  readonly #active: ComparedModel;
  readonly #candidate: ComparedModel;
  #partner: StoredWindow | undefined;

  constructor(device: DeviceId, target: string, active: ComparedModel, candidate: ComparedModel) {
    this.#device = device;
    this.#target = target;
    this.#active = active;
    this.#candidate = candidate;
  }

  /** Takes the windows of both in order of their ends; of those that end together the model in service comes first. */
  add(window: StoredWindow, isCandidate: boolean): void {
    if (!isCandidate) this.#partner = window;
    else if (this.#partner !== undefined) this.#compare(this.#partner, window);
  }

  #compare(active: StoredWindow, candidate: StoredWindow): void {
    const [a, c] = [active.probabilities[this.#target], candidate.probabilities[this.#target]];
    const isPartner = candidate.endMs - active.endMs < this.#active.strideMs;
    if (a === undefined || c === undefined || !isPartner) return;
    const saysActive = a >= this.#active.threshold;
    this.counts.windows += 1;
    this.counts.differenceSum += Math.abs(a - c);
    if (saysActive === c >= this.#candidate.threshold) return;
    this.counts.disagreements += 1;
    if (saysActive) this.counts.onlyActive += 1;
    else this.counts.onlyCandidate += 1;
    this.#note(candidate.endMs, saysActive);
  }

  #note(endMs: number, active: boolean): void {
    const fromMs = endMs - this.#candidate.strideMs;
    const last = this.intervals.at(-1);
    // Times are rounded to microseconds.
    if (last !== undefined && last.active === active && fromMs - last.toMs < 1) {
      this.intervals[this.intervals.length - 1] = { ...last, toMs: endMs, windows: last.windows + 1 };
    } else {
      const { device, target } = { device: this.#device, target: this.#target };
      this.intervals.push({ device, target, fromMs, toMs: endMs, active, windows: 1 });
    }
  }
}
