// What the motion of one phone tells of company and of talking: people in daily life, a row a minute (extrasensory-motion), told by a
// linear model and by randomised trees: people who taught nothing, each person's later days after the own earlier ones, and rows at
// random, which leak. Needs ../shared/data beside the repository; takes some ten minutes on two cores.
//   npm run bench -- company-evidence [--share 0.5] [--folds 6] [--json]
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { classifyByLinear } from '../../build/training/motion/baselines/linear.js';
import { classifyByTrees } from '../../build/training/motion/baselines/trees.js';
import { byOwnDays, byPeople, byRandomRows, evidence, labelled, rowsIn } from './lib/evidence.mjs';

const { values: flags } = parseArgs({
  options: {
    share: { type: 'string', default: '0.5' },
    folds: { type: 'string', default: '6' },
    json: { type: 'boolean', default: false },
  },
});
const folder = join(import.meta.dirname, '../../../shared/data/extrasensory-motion');
if (!existsSync(folder)) {
  console.error(
    `Not run: there is no ${folder}. It holds the features of shared/data; put them beside the repository.`,
  );
  process.exit(2);
}
const folds = Number(flags.folds);
const SPLITS = [
  ['people who taught nothing', (rows) => byPeople(rows, folds)],
  ['own later days after own earlier ones', byOwnDays],
  ['rows at random (leaks)', (rows) => byRandomRows(rows, folds)],
];
const METHODS = [
  ['linear model', classifyByLinear],
  ['randomised trees', classifyByTrees],
];

const everything = rowsIn(folder, ['accompanied', 'TALKING'], Number(flags.share));
const results = [];
if (!flags.json) {
  console.log('| told | split | method | rows | balanced accuracy | ROC AUC | by person |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
}
for (const [label, told] of [
  ['accompanied', 'accompanied'],
  ['TALKING', 'talking'],
]) {
  const rows = labelled(everything, label);
  for (const [split, splitOf] of SPLITS) {
    for (const [method, classify] of METHODS) {
      const figures = await evidence(splitOf(rows), classify);
      results.push({ told, split, method, ...figures });
      if (flags.json) continue;
      const { rows: count, balancedAccuracy, rocAuc, mean, spread, people } = figures;
      const byPerson = people === 0 ? '–' : `${mean.toFixed(3)} ± ${spread.toFixed(3)} (${people} people)`;
      const [balanced, area] = [balancedAccuracy, rocAuc].map((value) => value?.toFixed(3) ?? '–');
      console.log(`| ${told} | ${split} | ${method} | ${count} | ${balanced} | ${area} | ${byPerson} |`);
    }
  }
}
if (flags.json) console.log(JSON.stringify(results));
