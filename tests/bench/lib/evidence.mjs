// Rows of features with a yes-or-no label each, and what classifiers make of them under a split.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { scoreTarget } from '../../../build/training/metrics.js';
import { createRandom, shuffled } from '../../../build/training/random.js';

const SENSORS = /^(acc|gyro|mag):/;
const DAY_S = 86_400;
/** Fewer rows of a class say nothing of a person. */
const LEAST_ROWS = 20;

/**
 * Rows of people who are awake and up.
 *
 * @param {string} folder of one `uNN.csv.gz` a person
 * @param {string[]} labels columns
 * @param {number} share of the rows, drawn at random
 * @returns {{ person: string, day: number, features: Float64Array, labels: Record<string, string> }[]} missing features are NaN
 */
export function rowsIn(folder, labels, share) {
  const random = createRandom(1, 60);
  return readdirSync(folder)
    .filter((file) => /^u\d+\.csv\.gz$/.test(file))
    .sort()
    .flatMap((file) => {
      const [head, ...lines] = gunzipSync(readFileSync(join(folder, file)))
        .toString()
        .trimEnd()
        .split('\n');
      const names = head.split(',');
      const at = (name) => names.indexOf(name);
      const sensors = names.flatMap((name, column) => (SENSORS.test(name) ? [column] : []));
      return lines
        .filter(() => random.uniform() < share)
        .map((line) => line.split(','))
        .filter((cells) => cells[at('SLEEPING')] !== '1' && cells[at('LYING_DOWN')] !== '1')
        .map((cells) => ({
          person: file.slice(0, 3),
          day: Math.floor(Number(cells[at('time_s')]) / DAY_S),
          features: Float64Array.from(sensors, (column) =>
            cells[column] === '' ? Number.NaN : Number(cells[column]),
          ),
          labels: Object.fromEntries(labels.map((label) => [label, cells[at(label)]])),
        }));
    });
}

/** Those rows of which a label is known. */
export function labelled(rows, label) {
  return rows.flatMap((row) =>
    row.labels[label] === '' ? [] : [{ ...row, truth: Number(row.labels[label]) }],
  );
}

/** People in groups: each group is told by what the others taught. */
export function byPeople(rows, folds) {
  const people = shuffled([...new Set(rows.map(({ person }) => person))], createRandom(1, 61));
  return Array.from({ length: folds }, (_, fold) =>
    split(rows, ({ person }) => people.indexOf(person) % folds === fold),
  );
}

/** Each person's later days, told by what the own earlier ones taught; people with enough rows on both sides. */
export function byOwnDays(rows) {
  return [...new Set(rows.map(({ person }) => person))].flatMap((person) => {
    const own = rows.filter((row) => row.person === person);
    const days = [...new Set(own.map(({ day }) => day))].sort((a, b) => a - b);
    const from = days[Math.ceil(days.length / 2)];
    const { train, test } = split(own, ({ day }) => from !== undefined && day >= from);
    return hasEnough(train) && hasEnough(test) ? [{ train, test }] : [];
  });
}

/** Rows at random: the minutes beside each row teach it. */
export function byRandomRows(rows, folds) {
  const random = createRandom(1, 62);
  const foldOf = new Map(rows.map((row) => [row, random.below(folds)]));
  return Array.from({ length: folds }, (_, fold) => split(rows, (row) => foldOf.get(row) === fold));
}

function split(rows, isTested) {
  return { train: rows.filter((row) => !isTested(row)), test: rows.filter(isTested) };
}

function hasEnough(rows) {
  return [0, 1].every((truth) => rows.filter((row) => row.truth === truth).length >= LEAST_ROWS);
}

/**
 * Trains and tells every fold.
 *
 * @param {import('../../../build/training/motion/baselines/baseline.js').FeatureClassifier} classify
 */
export async function evidence(folds, classify) {
  const told = [];
  for (const { train, test } of folds) {
    const prepare = preparation(train);
    const task = {
      train: train.map(prepare),
      labels: train.map(({ truth }) => truth),
      test: test.map(prepare),
    };
    const probabilities = await classify({ ...task, classes: 2, seed: 1 });
    test.forEach((row, at) => {
      told.push({ row, probabilities: [...probabilities.subarray(at * 2, at * 2 + 2)] });
    });
  }
  if (told.length === 0) return { rows: 0, people: 0 };
  const people = [...new Set(told.map(({ row }) => row.person))]
    .map((person) => told.filter(({ row }) => row.person === person))
    .filter((own) => hasEnough(own.map(({ row }) => row)))
    .map((own) => scored(own).balancedAccuracy);
  const mean = people.reduce((sum, value) => sum + value, 0) / people.length;
  const spread = Math.sqrt(people.reduce((sum, value) => sum + (value - mean) ** 2, 0) / people.length);
  const { balancedAccuracy, rocAuc } = scored(told);
  return { rows: told.length, people: people.length, balancedAccuracy, rocAuc, mean, spread };
}

function scored(told) {
  return scoreTarget({
    classes: ['no', 'yes'],
    truth: told.map(({ row }) => row.truth),
    probabilities: told.flatMap(({ probabilities }) => probabilities),
  });
}

/** Fills what is missing with the median of the training rows, and scales by their mean and deviation. */
function preparation(train) {
  const columns = Array.from({ length: train[0]?.features.length ?? 0 }, (_, column) => {
    const values = train.map(({ features }) => features[column]).filter((value) => !Number.isNaN(value));
    const middle = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
    const filled = train.map(({ features }) => (Number.isNaN(features[column]) ? middle : features[column]));
    const mean = filled.reduce((sum, value) => sum + value, 0) / filled.length;
    const variance = filled.reduce((sum, value) => sum + (value - mean) ** 2, 0) / filled.length;
    return { middle, mean, std: Math.sqrt(variance) };
  });
  return ({ features }) =>
    features.map((value, column) => {
      const { middle, mean, std } = columns[column];
      return std === 0 ? 0 : ((Number.isNaN(value) ? middle : value) - mean) / std;
    });
}
