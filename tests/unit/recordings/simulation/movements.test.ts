import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Stretch } from '../../../../src/recordings/simulation/day-plan.js';
import {
  GATES,
  type Movements,
  planMovements,
  type Wave,
} from '../../../../src/recordings/simulation/movements.js';
import { createPerson } from '../../../../src/recordings/simulation/person.js';
import { START_MS } from '../../../helpers/sensor-messages.js';

const UP = 2;
const kinds = fc.record({
  person: fc.integer(),
  seed: fc.integer(),
  activity: fc.constantFrom('sitting' as const, 'standing' as const, 'walking' as const),
  accompanied: fc.boolean(),
  conversation: fc.boolean(),
});

function movementsOf(kind: Omit<Stretch, 'fromMs' | 'toMs'> & { readonly person: number }): Movements {
  const { person, ...stretch } = kind;
  return planMovements(createPerson(person), { ...stretch, fromMs: START_MS, toMs: START_MS + 60_000 });
}

const hz = ({ frequency }: Wave): number => frequency / (2 * Math.PI);

describe('planMovements', () => {
  it('turns to a companion if, and only if, there is one', () => {
    fc.assert(
      fc.property(kinds, (kind) => {
        const turns = movementsOf(kind).turns.filter(
          (wave) => wave.axis === UP && wave.amplitude > 0.25 && hz(wave) < 0.61,
        );
        expect(turns.length > 0).toBe(kind.accompanied);
      }),
    );
  });

  it('has the tremor of a voice, speaking and listening, if and only if there is talk', () => {
    fc.assert(
      fc.property(kinds, (kind) => {
        const gates = movementsOf(kind)
          .turns.filter((wave) => hz(wave) > 8)
          .map(({ gate }) => GATES[gate]);
        expect(new Set(gates)).toEqual(new Set(kind.conversation ? ['speaking', 'listening'] : []));
      }),
    );
  });

  it('walks slower in company', () => {
    fc.assert(
      fc.property(kinds, (kind) => {
        const stepsHz = (accompanied: boolean): number =>
          Math.max(
            ...movementsOf({ ...kind, activity: 'walking', conversation: false, accompanied })
              .shakes.filter(({ axis }) => axis === UP)
              .map(hz),
          ) / 2;
        expect(stepsHz(true)).toBeLessThan(stepsHz(false));
      }),
    );
  });
});
