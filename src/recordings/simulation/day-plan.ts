import { createHashRandom, type HashRandom, hash32 } from './random.js';

type Activity = 'sitting' | 'standing' | 'walking';

/** What is true of a simulated person during `[fromMs, toMs)`, epoch milliseconds. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly activity: Activity;
  readonly accompanied: boolean;
  readonly conversation: boolean;
  /** Seeds whatever differs between two stretches of the same kind. */
  readonly seed: number;
  /** Seeds the bends of the way, where people walk it together. */
  readonly waySeed?: number;
}

export interface DayPlanOptions {
  /** Shortest stretch, seconds. */
  readonly shortestSeconds: number;
  /** Longest stretch, seconds. */
  readonly longestSeconds: number;
}

export const DEFAULT_DAY_PLAN: DayPlanOptions = { shortestSeconds: 20, longestSeconds: 90 };

/** A person's day without beginning or end: any part of it can be looked up on its own. */
export interface DayPlan {
  stretchAt(timeMs: number): Stretch;
  /** The stretches that touch `[fromMs, toMs)`, ascending, without gaps; not cut at its ends. */
  stretches(fromMs: number, toMs: number): Stretch[];
}

type Company = Pick<Stretch, 'accompanied' | 'conversation'>;

/** The company of the stretches of one block, before shuffling. One in eight is a telephone call. */
const BLOCK: readonly Company[] = [
  { accompanied: false, conversation: false },
  { accompanied: false, conversation: false },
  { accompanied: false, conversation: false },
  { accompanied: true, conversation: false },
  { accompanied: true, conversation: false },
  { accompanied: true, conversation: true },
  { accompanied: true, conversation: true },
  { accompanied: false, conversation: true },
];

const ACTIVITIES: readonly Activity[] = ['sitting', 'standing', 'walking'];

/**
 * Plans a simulated person's day: blocks of eight stretches, each block holding the same company in an order of its
 * own, so that both targets get enough of `yes` and `no` within minutes.
 *
 * @param startMs where a block begins, epoch milliseconds; blocks run on in both directions
 */
export function createDayPlan(
  seed: number,
  startMs: number,
  options: DayPlanOptions = DEFAULT_DAY_PLAN,
): DayPlan {
  const shortestMs = options.shortestSeconds * 1000;
  const longestMs = Math.max(options.longestSeconds * 1000, shortestMs);
  const blockMs = Math.round((BLOCK.length * (shortestMs + longestMs)) / 2);
  let remembered: { readonly index: number; readonly stretches: readonly Stretch[] } | undefined;

  const blockAt = (index: number): readonly Stretch[] => {
    if (remembered?.index !== index) {
      const fromMs = startMs + index * blockMs;
      remembered = {
        index,
        stretches: planBlock(hash32(seed, index), fromMs, blockMs, shortestMs, longestMs),
      };
    }
    return remembered.stretches;
  };
  const indexAt = (timeMs: number): number => Math.floor((timeMs - startMs) / blockMs);

  return {
    stretchAt: (timeMs) => {
      const block = blockAt(indexAt(timeMs));
      const found = block.findLast((stretch) => stretch.fromMs <= timeMs) ?? block[0];
      if (found === undefined) throw new RangeError(`no stretch at ${timeMs}`);
      return found;
    },
    stretches: (fromMs, toMs) => {
      const found: Stretch[] = [];
      for (let index = indexAt(fromMs); startMs + index * blockMs < toMs; index++) {
        found.push(...blockAt(index).filter((stretch) => stretch.toMs > fromMs && stretch.fromMs < toMs));
      }
      return found;
    },
  };
}

function planBlock(
  seed: number,
  startMs: number,
  blockMs: number,
  shortestMs: number,
  longestMs: number,
): readonly Stretch[] {
  const random = createHashRandom(seed);
  let fromMs = startMs;
  return shuffled(BLOCK, random).map((company, index) => {
    const after = BLOCK.length - index - 1;
    const leftMs = startMs + blockMs - fromMs;
    const low = Math.max(shortestMs, leftMs - after * longestMs);
    const high = Math.min(longestMs, leftMs - after * shortestMs);
    const toMs =
      after === 0 ? startMs + blockMs : fromMs + Math.round(random.between(low, Math.max(low, high)));
    const activity = ACTIVITIES[Math.floor(random.next() * ACTIVITIES.length)] ?? 'sitting';
    const stretch = { fromMs, toMs, activity, ...company, seed: hash32(seed, 1000 + index) };
    fromMs = toMs;
    return stretch;
  });
}

function shuffled<T>(items: readonly T[], random: HashRandom): T[] {
  return items
    .map((item) => ({ item, order: random.next() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

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
