import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STATUSES, type Status } from '../../../../src/domain/status.js';
import { alertRuleSchema } from '../../../../src/notify/alerts/rule-schema.js';
import { evaluateWatch, observe, type Watch, type WatchEvent } from '../../../../src/notify/alerts/watch.js';

const MINUTE_MS = 60_000;

interface Step {
  readonly afterMs: number;
  readonly status: Status | undefined;
  readonly isActive: boolean;
  readonly isQuiet: boolean;
}

interface Rule {
  readonly is: readonly Status[];
  readonly forMs: number;
  readonly toleranceMs: number;
  readonly cooldownMs: number;
}

interface Seen {
  readonly status: Status;
  readonly sinceMs: number;
}

/** Since when a rule's status has been so at a time, and whether it is known to be: from the whole history. */
function runAt(rule: Rule, history: readonly Seen[], nowMs: number) {
  let sinceMs: number | undefined;
  for (const [index, { status, sinceMs: fromMs }] of history.entries()) {
    const toMs = history[index + 1]?.sinceMs ?? nowMs;
    if (rule.is.includes(status)) sinceMs ??= fromMs;
    else if (status !== 'unknown' || toMs - fromMs > rule.toleranceMs) sinceMs = undefined;
  }
  const last = history.at(-1);
  return sinceMs === undefined || last === undefined
    ? undefined
    : { sinceMs, isKnown: rule.is.includes(last.status) };
}

/** The rules of alerts as a person would say them, without any state but what was raised and cleared. */
class Reference {
  readonly #rule: Rule;
  #open: { readonly sinceMs: number; readonly raisedAtMs: number } | undefined;
  #clearedAtMs = Number.NEGATIVE_INFINITY;

  constructor(rule: Rule) {
    this.#rule = rule;
  }

  look(history: readonly Seen[], nowMs: number, activeSinceMs: number | undefined, isQuiet: boolean) {
    if (isQuiet) return undefined;
    const run = runAt(this.#rule, history, nowMs);
    if (this.#open !== undefined) {
      const isInHours = activeSinceMs !== undefined && this.#open.raisedAtMs >= activeSinceMs;
      if (isInHours && run !== undefined && run.sinceMs <= this.#open.sinceMs) return undefined;
      this.#open = undefined;
      this.#clearedAtMs = nowMs;
      return 'cleared';
    }
    if (run?.isKnown !== true || activeSinceMs === undefined) return undefined;
    const sinceMs = Math.max(run.sinceMs, activeSinceMs);
    if (nowMs - sinceMs < this.#rule.forMs || nowMs - this.#clearedAtMs < this.#rule.cooldownMs)
      return undefined;
    this.#open = { sinceMs, raisedAtMs: nowMs };
    return `raised ${sinceMs}`;
  }
}

const wordsOf = (verdict: WatchEvent | undefined): string | undefined =>
  verdict?.kind === 'raised' ? `raised ${verdict.sinceMs}` : verdict?.kind;

const minutes = (max: number) => fc.integer({ min: 0, max: max * 4 }).map((quarters) => quarters / 4);
const ruleArbitrary = fc.record({
  is: fc.subarray([...STATUSES], { minLength: 1, maxLength: 2 }),
  forMinutes: minutes(4),
  toleranceMinutes: minutes(2),
  cooldownMinutes: minutes(2),
});
const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  afterMs: fc.integer({ min: 0, max: 6 }).map((quarters) => (quarters * MINUTE_MS) / 4),
  status: fc.option(fc.constantFrom(...STATUSES), { nil: undefined }),
  isActive: fc.boolean(),
  isQuiet: fc.boolean(),
});

describe('alerts on a status', () => {
  it('are raised and cleared as a plain look at the whole history says, restarts included', () => {
    fc.assert(
      fc.property(ruleArbitrary, fc.array(stepArbitrary, { maxLength: 50 }), (minutesOf, steps) => {
        const { is, forMinutes, toleranceMinutes, cooldownMinutes } = minutesOf;
        const when = { type: 'status', target: 't', is, forMinutes, toleranceMinutes };
        const condition = alertRuleSchema.parse({ name: 'r', when }).when;
        const cooldownMs = cooldownMinutes * MINUTE_MS;
        const reference = new Reference({
          is,
          cooldownMs,
          forMs: forMinutes * MINUTE_MS,
          toleranceMs: toleranceMinutes * MINUTE_MS,
        });
        const history: Seen[] = [];
        let watch: Watch = {};
        let nowMs = 1;
        let activeSinceMs: number | undefined;
        for (const { afterMs, status, isActive, isQuiet } of steps) {
          nowMs += afterMs;
          activeSinceMs = isActive ? (activeSinceMs ?? nowMs) : undefined;
          if (status !== undefined && status !== history.at(-1)?.status) {
            history.push({ status, sinceMs: nowMs });
          }
          const last = history.at(-1);
          if (last !== undefined) watch = observe(condition, watch, { kind: 'status', target: 't', ...last });
          const moment = { nowMs, activeSinceMs, isQuiet, hearingSinceMs: nowMs, isStatusKnown: true };
          const evaluated = evaluateWatch(condition, JSON.parse(JSON.stringify(watch)), moment, cooldownMs);
          watch = evaluated.watch;
          expect(wordsOf(evaluated.verdict)).toBe(reference.look(history, nowMs, activeSinceMs, isQuiet));
        }
      }),
      { numRuns: 1000 },
    );
  });
});
