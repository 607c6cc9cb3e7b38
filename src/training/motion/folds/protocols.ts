import { GatewayError } from '../../../shared/errors.js';
import { createRandom, shuffled } from '../../random.js';
import type { DataSet } from '../data/data-set.js';

/**
 * How a model is measured.
 *
 * - `loso`: leave one subject out, each in turn
 * - `folds`: groups of subjects, each in turn
 * - `holdout`: one group of subjects
 * - `random`: random windows; neighbouring windows overlap, so training has nearly seen what is tested, and the figures
 *   say nothing about people who are not in the data
 * - `none`: not measured
 */
export const PROTOCOLS = ['loso', 'folds', 'holdout', 'random', 'none'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** One train/test split; numbers of windows. */
export interface Fold {
  /** Subject or number, for reports. */
  readonly name: string;
  readonly train: readonly number[];
  readonly test: readonly number[];
}

export interface ProtocolOptions {
  /** Number of groups of `folds` and `random`. */
  readonly folds: number;
  /** Share of the subjects that `holdout` tests on. */
  readonly testShare: number;
  readonly seed: number;
}

/** True where test windows overlap training windows, which makes figures look better than they are. */
export function isLeaky(protocol: Protocol): boolean {
  return protocol === 'random';
}

/** What is said of leaky protocols wherever their figures stand. */
export const LEAKY_WARNING =
  'Neighbouring windows overlap and belong to the same minutes of the same person, so the model has nearly seen what it is ' +
  'tested on. Such figures say nothing about people it does not know; they stand here to show the size of the effect.';

/** What a protocol is called in reports and model cards. */
export function describeProtocol(protocol: Protocol, options: ProtocolOptions): string {
  switch (protocol) {
    case 'loso':
      return 'leave-one-subject-out';
    case 'folds':
      return `${options.folds} folds by subject`;
    case 'holdout':
      return `hold-out of ${Math.round(options.testShare * 100)} % of the subjects`;
    case 'random':
      return `random windows, ${options.folds} folds (leaky: neighbouring windows overlap)`;
    case 'none':
      return 'not measured';
  }
}

/**
 * Splits the windows of a data set.
 *
 * @throws GatewayError `TRAINING_FAILED` when there are too few subjects
 */
export function splitsOf(dataSet: DataSet, protocol: Protocol, options: ProtocolOptions): Fold[] {
  const random = createRandom(options.seed, 1);
  switch (protocol) {
    case 'none':
      return [];
    case 'random':
      return randomFolds(dataSet, options);
    case 'loso':
      requireSubjects(dataSet, protocol, 2);
      return dataSet.subjects.map((name) => foldOf(dataSet, name, [name]));
    case 'folds': {
      requireSubjects(dataSet, protocol, options.folds);
      const order = shuffled(dataSet.subjects, random);
      return Array.from({ length: options.folds }, (_, fold) =>
        foldOf(
          dataSet,
          String(fold + 1),
          order.filter((__, index) => index % options.folds === fold),
        ),
      );
    }
    case 'holdout': {
      requireSubjects(dataSet, protocol, 2);
      const size = Math.max(1, Math.round(dataSet.subjects.length * options.testShare));
      return [foldOf(dataSet, 'hold-out', shuffled(dataSet.subjects, random).slice(0, size))];
    }
  }
}

/** Windows of some subjects, and of all others. */
export function splitBySubject(
  dataSet: DataSet,
  indices: readonly number[],
  subjects: readonly string[],
): { readonly inside: number[]; readonly outside: number[] } {
  const numbers = new Set(subjects.map((subject) => dataSet.subjects.indexOf(subject)));
  const isInside = (index: number): boolean => numbers.has(dataSet.subjectOf[index] ?? -1);
  return {
    inside: indices.filter(isInside),
    outside: indices.filter((index) => !isInside(index)),
  };
}

/** Numbers of all windows. */
export function allWindows(dataSet: DataSet): number[] {
  return Array.from({ length: dataSet.count }, (_, index) => index);
}

function foldOf(dataSet: DataSet, name: string, testSubjects: readonly string[]): Fold {
  const { inside, outside } = splitBySubject(dataSet, allWindows(dataSet), testSubjects);
  return { name, train: outside, test: inside };
}

function randomFolds(dataSet: DataSet, options: ProtocolOptions): Fold[] {
  const order = shuffled(allWindows(dataSet), createRandom(options.seed, 2));
  return Array.from({ length: options.folds }, (_, fold) => ({
    name: String(fold + 1),
    train: order.filter((__, index) => index % options.folds !== fold),
    test: order.filter((__, index) => index % options.folds === fold),
  }));
}

function requireSubjects(dataSet: DataSet, protocol: Protocol, needed: number): void {
  const found = dataSet.subjects.length;
  if (found >= needed) return;
  throw new GatewayError(
    'TRAINING_FAILED',
    `the protocol "${protocol}" needs labelled recordings of at least ${needed} subjects, but the data has ${found}; ` +
      'record more people, or use --protocol random (leaky) or none',
  );
}
