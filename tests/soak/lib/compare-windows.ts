import type { StoredWindow } from '../../../src/domain/store.js';

/** How stored windows differ from those of an undisturbed run. */
export interface Comparison {
  /** Windows there should be. */
  readonly windows: number;
  /** Windows there should be that are not stored. */
  readonly missing: readonly string[];
  /** Stored windows of a key that is stored already, or that there should not be. */
  readonly duplicates: readonly string[];
  /** Stored windows that say something else, and what. */
  readonly wrong: readonly string[];
}

/** What a model answers may differ this much with the size of the batch. */
const PROBABILITY_TOLERANCE = 1e-5;
/** Times and coverage are the same numbers, save for what writing them as text may cost. */
const TOLERANCE = 1e-9;

export function compareWindows(
  expected: readonly StoredWindow[],
  stored: readonly StoredWindow[],
): Comparison {
  const open = new Map(expected.map((window) => [keyOf(window), window]));
  const duplicates: string[] = [];
  const wrong: string[] = [];
  for (const window of stored) {
    const key = keyOf(window);
    const wanted = open.get(key);
    open.delete(key);
    if (wanted === undefined) duplicates.push(key);
    else wrong.push(...differences(wanted, window).map((text) => `${key}: ${text}`));
  }
  return { windows: expected.length, missing: [...open.keys()], duplicates, wrong };
}

function keyOf({ device, model, endMs }: StoredWindow): string {
  return `${device}/${model}/${endMs}`;
}

function differences(expected: StoredWindow, stored: StoredWindow): string[] {
  const measures = (['startMs', 'coverage', 'meanDeltaMs', 'maxDeltaMs'] as const).flatMap((name) =>
    difference(name, expected[name], stored[name], TOLERANCE),
  );
  const targets = new Set([...Object.keys(expected.probabilities), ...Object.keys(stored.probabilities)]);
  const answers = [...targets].flatMap((target) =>
    difference(target, expected.probabilities[target], stored.probabilities[target], PROBABILITY_TOLERANCE),
  );
  return [...measures, ...answers];
}

function difference(
  name: string,
  expected: number | undefined,
  stored: number | undefined,
  tolerance: number,
): string[] {
  const isSame = Math.abs((expected ?? Number.NaN) - (stored ?? Number.NaN)) <= tolerance;
  return isSame ? [] : [`${name} is ${stored} instead of ${expected}`];
}
