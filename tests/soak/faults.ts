import { printClusterFaults } from './cluster-faults.js';
import { numberOptions } from './lib/arguments.js';
import { type FaultRound, runFaults } from './lib/run-faults.js';

/**
 * `npm run test:faults [-- --rounds N --seed S --json]`: see lib/faults.ts for what goes wrong; with `--cluster [--phones N]`
 * gateways that share phones, see lib/run-cluster-faults.ts.
 */

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const note = (line: string): void => void process.stderr.write(`${line}\n`);

const { rounds, seed, phones } = numberOptions(
  process.argv.slice(2),
  // Of each of the seven kinds at each of three doors: about 120 in all.
  { rounds: 50, seed: Math.floor(Math.random() * 2 ** 31), phones: 6 },
  ['json', 'cluster'],
);
note(`${rounds} rounds, seed ${seed}`);
if (process.argv.includes('--cluster')) {
  process.exit((await printClusterFaults({ rounds, seed, phones }, { print, note })) ? 0 : 1);
}

const report = await runFaults({ rounds, seed, onRound: (round) => note(lineOf(round)) });

print('| round | fault | lasted s | listens again after s | messages so far |');
print('|---:|---|---:|---:|---:|');
for (const round of report.rounds) print(lineOf(round));
const examples = { missing: report.missing, duplicates: report.duplicates, wrong: report.wrong };
for (const [what, keys] of Object.entries(examples)) {
  for (const key of keys.slice(0, 20)) print(`${what}: ${key}`);
}
for (const crash of report.crashes) print(`the gateway ended by itself: ${crash}`);
if (!report.balanced) print('the ledger does not balance');
print(`seed ${seed}`);
const { windows, missing, duplicates, wrong } = report;
const counts = { missing: missing.length, duplicates: duplicates.length, wrong: wrong.length };
print(JSON.stringify({ rounds, windows, ...counts }));

const isGood = counts.missing + counts.duplicates + counts.wrong + report.crashes.length === 0;
process.exitCode = isGood && report.balanced && windows > 0 ? 0 : 1;

function lineOf({ round, fault, faultMs, listeningMs, messages }: FaultRound): string {
  return `| ${round} | ${fault} | ${(faultMs / 1000).toFixed(1)} | ${(listeningMs / 1000).toFixed(1)} | ${messages} |`;
}
