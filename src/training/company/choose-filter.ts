import { type CompanyModel, evidenceOf, type PairFilter } from '../../company/company-model.js';
import { pairFeatures } from '../../company/pair-features.js';
import { newPairState, observe } from '../../company/pair-tracker.js';
import { SECOND_MS } from '../../company/signature-history.js';
import { movementWindows, type PersonRecording, wereTogether } from './pair-windows.js';

/** As often as a gateway compares two. */
const EVERY_MS = 2000;
/** Shares of right time that differ by less are the same. */
const ALIKE = 0.002;

/** A moment of two people. */
interface Moment {
  readonly endMs: number;
  readonly evidence: number;
  /** `undefined` where it is not known. */
  readonly isTogether: boolean | undefined;
}

interface Outcome {
  readonly filter: PairFilter;
  /** Share of the time in which the status was right. */
  readonly right: number;
  /** How often two were said to be together who were not. */
  readonly falseAlarms: number;
}

/**
 * Chooses how fast to believe and how sure to be before two are said to be together, from the people that the weights were
 * learnt from: most of the time right, and of what is as good the one with the fewest false alarms.
 */
export function chooseFilter(people: readonly PersonRecording[], model: CompanyModel): PairFilter {
  const pairs = momentsOfPairs(people, model);
  const outcomes = [10_000, 12_000, 15_000].flatMap((independentMs) =>
    [0.95, 0.97, 0.99].map((togetherFrom) =>
      follow(pairs, model, { ...model.filter, independentMs, togetherFrom }),
    ),
  );
  const best = Math.max(...outcomes.map(({ right }) => right));
  const [chosen] = outcomes
    .filter(({ right }) => right > best - ALIKE)
    .sort((a, b) => a.falseAlarms - b.falseAlarms);
  return chosen?.filter ?? model.filter;
}

function momentsOfPairs(people: readonly PersonRecording[], model: CompanyModel): Moment[][] {
  const windows = people.map((person) => movementWindows(person, model.shape, EVERY_MS));
  return people.flatMap((a, index) =>
    people.slice(index + 1).map((b, offset) => {
      const others = windows[index + 1 + offset];
      return [...(windows[index] ?? [])].flatMap(([endMs, window]) => {
        const other = others?.get(endMs);
        if (other === undefined || a.subject === b.subject) return [];
        const evidence = evidenceOf(pairFeatures(window, other, model.shape), model);
        return [{ endMs, evidence, isTogether: wereTogether(a, b, endMs - SECOND_MS) }];
      });
    }),
  );
}

function follow(pairs: readonly (readonly Moment[])[], { shape }: CompanyModel, filter: PairFilter): Outcome {
  const backMs = (shape.lagSeconds + shape.seconds / 2) * SECOND_MS;
  let [right, known, falseAlarms] = [0, 0, 0];
  for (const moments of pairs) {
    let state = newPairState(filter, (moments[0]?.endMs ?? 0) - EVERY_MS);
    for (const { endMs, evidence, isTogether } of moments) {
      const before = state.status;
      state = observe(filter, state, evidence, { endMs, middleMs: endMs - backMs });
      if (isTogether === undefined) continue;
      known += 1;
      if (state.status === (isTogether ? 'together' : 'apart')) right += 1;
      if (!isTogether && state.status === 'together' && before !== 'together') falseAlarms += 1;
    }
  }
  return { filter, right: right / known, falseAlarms };
}
