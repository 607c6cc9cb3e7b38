import { createDayPlan, type DayPlan, type Stretch } from './day-plan.js';
import { hash32 } from './random.js';

/** Every twelve minutes two people go for a walk together, for six. */
const EVERY_MS = 720_000;
const LASTING_MS = 360_000;
const FIRST_AFTER_MS = 90_000;
const LEGS = { shortestSeconds: 20, longestSeconds: 60 };
/** Of so many legs one is a stop. */
const LEGS_PER_STOP = 3;

/** A time in which people are together or each by themselves. Half open, epoch milliseconds. */
export interface OutingPart {
  readonly fromMs: number;
  readonly toMs: number;
  readonly isTogether: boolean;
}

/** When two simulated people go for a walk together, and what they do then. */
export interface Outings {
  partAt(timeMs: number): OutingPart;
  /** A person's day with the outings in it: both turn and stop at the same moments, and otherwise move in their own way. */
  join(day: DayPlan, personSeed: number): DayPlan;
}

/** @param startMs when the phones are switched on, epoch milliseconds: a minute and a half later the first outing begins */
export function planOutings(seed: number, startMs: number): Outings {
  const legs = createDayPlan(seed, startMs, LEGS);
  const partAt = (timeMs: number): OutingPart => {
    const firstMs = startMs + FIRST_AFTER_MS;
    const fromMs = firstMs + Math.floor((timeMs - firstMs) / EVERY_MS) * EVERY_MS;
    const toMs = fromMs + LASTING_MS;
    return timeMs < toMs
      ? { fromMs, toMs, isTogether: true }
      : { fromMs: toMs, toMs: fromMs + EVERY_MS, isTogether: false };
  };
  return {
    partAt,
    join: (day, personSeed) => {
      const stretchAt = (timeMs: number): Stretch => {
        const part = partAt(timeMs);
        const stretch = part.isTogether ? legOf(legs.stretchAt(timeMs), personSeed) : day.stretchAt(timeMs);
        const [fromMs, toMs] = [Math.max(stretch.fromMs, part.fromMs), Math.min(stretch.toMs, part.toMs)];
        return { ...stretch, fromMs, toMs };
      };
      const stretches = (fromMs: number, toMs: number): Stretch[] => {
        const found: Stretch[] = [];
        for (let timeMs = fromMs; timeMs < toMs; timeMs = found.at(-1)?.toMs ?? toMs)
          found.push(stretchAt(timeMs));
        return found;
      };
      return { stretchAt, stretches };
    },
  };
}

/** A person's part in a leg that is shared. */
function legOf(leg: Stretch, personSeed: number): Stretch {
  return {
    ...leg,
    activity: leg.seed % LEGS_PER_STOP === 0 ? 'standing' : 'walking',
    accompanied: true,
    seed: hash32(personSeed, leg.seed),
    waySeed: leg.seed,
  };
}
