import type { DayPlan } from './day-plan.js';

/** Targets of which a simulated person knows the truth. */
export const TRUTH_TARGETS = ['accompanied', 'conversation'] as const;
export type TruthTarget = (typeof TRUTH_TARGETS)[number];

/** A stretch of time in which a target was true or not. Half open: `[fromMs, toMs)`, epoch milliseconds. */
export interface TruthInterval {
  readonly fromMs: number;
  readonly toMs: number;
  readonly value: boolean;
}

export function isTruthTarget(target: string): target is TruthTarget {
  return TRUTH_TARGETS.some((known) => known === target);
}

/** What was true of a target during `[fromMs, toMs)`: ascending, without gaps, each interval unlike the one before. */
export function truthIntervals(
  plan: DayPlan,
  target: TruthTarget,
  fromMs: number,
  toMs: number,
): TruthInterval[] {
  const intervals: TruthInterval[] = [];
  for (const stretch of plan.stretches(fromMs, toMs)) {
    const last = intervals.at(-1);
    const endMs = Math.min(stretch.toMs, toMs);
    if (last?.value === stretch[target]) intervals[intervals.length - 1] = { ...last, toMs: endMs };
    else intervals.push({ fromMs: Math.max(stretch.fromMs, fromMs), toMs: endMs, value: stretch[target] });
  }
  return intervals;
}
