import { type CompanyModel, evidenceOf, type PairFilter } from '../../company/company-model.js';
import { pairFeatures } from '../../company/pair-features.js';
import { newPairState, observe } from '../../company/pair-tracker.js';
import { SECOND_MS } from '../../company/signature-history.js';
import { movementWindows, type PersonRecording, wereTogether } from './pair-windows.js';

/** As often as a gateway compares two. */
const EVERY_MS = 2000;
/** Shares of right time that differ by less are the same. */
const ALIKE = 0.002;
/** Of two who meet it is to be said within a minute; of people who taught nothing it takes longer. */
const SAID_WITHIN_MS = 52_000;

const FILTERS = [10_000, 12_000, 15_000].flatMap((independentMs) =>
  [0.95, 0.97, 0.98, 0.99, 0.995, 0.9975].flatMap((togetherFrom) =>
    [0, 4000].map((dwellMs) => ({ independentMs, togetherFrom, dwellMs })),
  ),
);

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
  /** Median time from a meeting until it is said; Infinity without meetings. */
  readonly delayMs: number;
}

/**
 * Chooses how fast to believe, how sure to be before two are said to be together, and how long to wait then, from the people
 * that the weights were learnt from. Of what is soon enough, if anything is, that which is right most of the time; and of what
 * is as good that with the fewest false alarms.
 */
export function chooseFilter(people: readonly PersonRecording[], model: CompanyModel): PairFilter {
  const pairs = momentsOfPairs(people, model);
  const outcomes = FILTERS.map((each) => follow(pairs, model, { ...model.filter, ...each }));
  const soon = outcomes.filter(({ delayMs }) => delayMs <= SAID_WITHIN_MS);
  const candidates = soon.length > 0 ? soon : outcomes;
  const best = Math.max(...candidates.map(({ right }) => right));
  const [chosen] = candidates
    .filter(({ right }) => right > best - ALIKE)
    .sort((a, b) => a.falseAlarms - b.falseAlarms || b.right - a.right);
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
  const delaysMs: number[] = [];
  let [right, known, falseAlarms] = [0, 0, 0];
  for (const moments of pairs) {
    let state = newPairState(filter, (moments[0]?.endMs ?? 0) - EVERY_MS);
    /** When the two met; `undefined` while they are apart, and once it was said. */
    let metMs: number | undefined;
    let wasTogether = false;
    for (const { endMs, evidence, isTogether } of moments) {
      const before = state.status;
      state = observe(filter, state, evidence, { endMs, middleMs: endMs - backMs });
      if (isTogether === undefined) continue;
      known += 1;
      if (state.status === (isTogether ? 'together' : 'apart')) right += 1;
      if (!isTogether && state.status === 'together' && before !== 'together') falseAlarms += 1;
      if (isTogether !== wasTogether) metMs = isTogether ? endMs : undefined;
      wasTogether = isTogether;
      if (metMs === undefined || state.status !== 'together') continue;
      delaysMs.push(endMs - metMs);
      metMs = undefined;
    }
  }
  return { filter, right: right / known, falseAlarms, delayMs: medianOf(delaysMs) };
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.POSITIVE_INFINITY;
}
