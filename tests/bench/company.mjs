// How well two phones tell whether their wearers are together, and what it costs:
//   a  simulated people of whom nothing was learnt, with hard cases
//   b  phone and watch on one body (sp-sw-har, sp-sw-har-watch), 5 s windows: an upper bound
//   c  two walks through one corridor (indoor-magnetic), by the magnetic field alone
//   d  false alarms: people who have nothing to do with each other, laid on one clock
//   scale  cost with growing numbers of devices
// b, c and d need ../shared/data beside the repository.
//   npm run bench -- company [--only a,b,c,d,scale | --scale] [--model FOLDER] [--seconds 60]
//     [--devices 10,30,100,300,1000,2000] [--json]
import { parseArgs } from 'node:util';
import { readCompanyModel } from '../../build/company/read-company-model.js';
import { corridors } from './lib/company-corridors.mjs';
import { falseAlarms, oneBody, simulatedPeople } from './lib/company-evidence.mjs';
import { growth } from './lib/company-scale.mjs';

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', default: 'a,b,c,d,scale' },
    scale: { type: 'boolean', default: false },
    model: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    devices: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const model = await readCompanyModel(flags.model);
const parts = {
  a: () => simulatedPeople(model),
  b: () => oneBody(),
  c: () => corridors(),
  d: () => falseAlarms(model),
  scale: () => [...growth(model, Number(flags.seconds), flags.devices?.split(',').map(Number))],
};
const number = (value, digits = 3) => value?.toFixed(digits) ?? '–';
const printed = {
  a: ({ windowAuc, minuteAuc, right, rightOfSaid, unknown, medianDelayS, meetings }) => [
    ['simulated people', 'reached', 'goal'],
    [`ROC AUC of a window`, number(windowAuc), ''],
    ['ROC AUC over 60 s', number(minuteAuc), '≥ 0.98'],
    ['statuses right, of all time', number(right), '≥ 0.9'],
    ['statuses right, of the time in which one was said', number(rightOfSaid), ''],
    ['time without a status', number(unknown), ''],
    [`delay until together is said, median of ${meetings} meetings`, `${medianDelayS} s`, '< 60 s'],
  ],
  b: (results) => [
    ['phone and watch on one body, 5 s', 'ROC AUC', 'goal'],
    ['plain correlation, best published beside the data', '0.911', ''],
    ['logistic model over correlations, tried before', '0.956', ''],
    ...results.map(({ method, auc, windows }) => [
      `${method} over signatures (${windows} windows)`,
      number(auc),
      '≥ 0.98',
    ]),
  ],
  c: ({ auc, same, other }) => [
    ['one corridor against others, magnetic field alone, 10 s', 'ROC AUC'],
    [`${same} windows of one corridor, ${other} of others`, number(auc)],
  ],
  d: ({ people, hours, alarms, per100Hours }) => [
    ['people who have nothing to do with each other', 'reached', 'goal'],
    [
      `said to be together, in ${Math.round(hours)} hours of pairs of ${people} people`,
      String(alarms.length),
      '',
    ],
    ['in 100 hours of pairs', number(per100Hours, 1), '≤ 1'],
  ],
  scale: (rows) => [
    [
      'devices',
      'pairs',
      'followed',
      'groups',
      'largest',
      'share of a core',
      'most in a second',
      'longest turn',
      'MB',
    ],
    ...rows.map(({ devices, pairs, followed, groups, largestGroup, share, megabytes, ...most }) =>
      [
        ...[devices, pairs, followed, groups, largestGroup, number(share)],
        ...[most.largestMs, most.longestTurnMs].map((ms) => `${Math.round(ms)} ms`),
        Math.round(megabytes),
      ].map(String),
    ),
  ],
};

const results = {};
for (const name of flags.scale ? ['scale'] : flags.only.split(',')) {
  const result = await parts[name]();
  results[name] = result;
  if (flags.json) continue;
  if (result === undefined) console.log(`${name}: not run, its recordings are not beside the repository.\n`);
  else printTable(printed[name](result));
}
if (flags.json) console.log(JSON.stringify(results));

function printTable([head, ...rows]) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  console.log(`${[head, head.map(() => '---'), ...rows].map(line).join('\n')}\n`);
}
