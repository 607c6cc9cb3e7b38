import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyMotion, type MutableVector } from '../../../../src/recordings/simulation/body-motion.js';
import { createDayPlan } from '../../../../src/recordings/simulation/day-plan.js';
import { planOutings } from '../../../../src/recordings/simulation/outings.js';
import { createPerson } from '../../../../src/recordings/simulation/person.js';
import { START_MS } from '../../../helpers/sensor-messages.js';

const joined = (seed: number, personSeed: number) =>
  planOutings(seed, START_MS).join(createDayPlan(personSeed, START_MS), personSeed);

describe('planOutings', () => {
  it('leaves no gaps in a day, and finds the same stretch by its time', () => {
    const range = fc.tuple(fc.nat(3_600_000), fc.integer({ min: 1, max: 1_800_000 }));
    fc.assert(
      fc.property(fc.nat(), range, (seed, [after, lengthMs]) => {
        const [fromMs, toMs] = [START_MS + after, START_MS + after + lengthMs];
        const day = joined(seed, 7);
        const stretches = day.stretches(fromMs, toMs);
        expect(stretches[0]?.fromMs).toBeLessThanOrEqual(fromMs);
        expect(stretches.at(-1)?.toMs).toBeGreaterThanOrEqual(toMs);
        stretches.forEach((stretch, index) => {
          const next = stretches[index + 1];
          if (next !== undefined) expect(next.fromMs).toBe(stretch.toMs);
          expect(day.stretchAt(stretch.fromMs)).toEqual(stretch);
        });
      }),
    );
  });

  it('gives two people the same legs, each in a way of their own, and is true to what the labels say', () => {
    const { partAt } = planOutings(1, START_MS);
    const outing = partAt(START_MS + 100_000);
    expect(outing.isTogether).toBe(true);
    expect(partAt(outing.toMs)).toMatchObject({ fromMs: outing.toMs, isTogether: false });
    const [one, other] = [3, 4].map((seed) => joined(1, seed).stretches(outing.fromMs, outing.toMs));
    const shared = (legs: typeof one) =>
      legs?.map(({ fromMs, toMs, activity, waySeed }) => ({ fromMs, toMs, activity, waySeed }));
    expect(shared(one)).toEqual(shared(other));
    expect(one?.map(({ seed }) => seed)).not.toEqual(other?.map(({ seed }) => seed));
    expect(one?.every(({ accompanied }) => accompanied)).toBe(true);
    expect(new Set(one?.map(({ activity }) => activity))).toEqual(new Set(['walking', 'standing']));
  });

  it('lets both take the same bends at the same time, which nobody else does', () => {
    const { partAt } = planOutings(1, START_MS);
    const { fromMs, toMs } = partAt(START_MS + 100_000);
    const turnsOf = (seed: number, outings: number): number[] => {
      const stretches = joined(outings, seed).stretches(fromMs, toMs);
      return stretches.flatMap((stretch) => {
        const body = new BodyMotion(createPerson(seed), stretch);
        const rates: MutableVector = [0, 0, 0];
        const seconds = Math.floor((stretch.toMs - stretch.fromMs) / 1000);
        return Array.from({ length: seconds }, (_, second) => {
          body.ratesAt(stretch.fromMs + second * 1000, rates);
          return rates[2];
        });
      });
    };
    const likeness = (a: readonly number[], b: readonly number[]): number => {
      const product = (x: readonly number[], y: readonly number[]): number =>
        x.reduce((sum, value, at) => sum + value * (y[at] ?? 0), 0);
      return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
    };
    expect(likeness(turnsOf(3, 1), turnsOf(4, 1))).toBeGreaterThan(0.4);
    expect(Math.abs(likeness(turnsOf(3, 1), turnsOf(4, 2)))).toBeLessThan(0.2);
  });
});
