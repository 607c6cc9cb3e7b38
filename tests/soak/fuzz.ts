import { numberOptions } from './lib/arguments.js';
import { runFuzz } from './lib/run-fuzz.js';

/** `npm run test:fuzz [-- --payloads N --seed S --json]`: see lib/run-fuzz.ts. */

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const note = (line: string): void => void process.stderr.write(`${line}\n`);
const NOTE_EVERY = 100_000;

const { payloads, seed } = numberOptions(
  process.argv.slice(2),
  { payloads: 1_000_000, seed: Math.floor(Math.random() * 2 ** 30) },
  ['json'],
);
note(`${payloads} payloads, seed ${seed}`);
const { outcomes, windows } = await runFuzz({
  payloads,
  seed,
  onBatch: (sent, batchSeed) => {
    if (sent % NOTE_EVERY === 0 || sent === payloads) note(`${sent} sent, last seed ${batchSeed}`);
  },
});

print('| to | what became of it | payloads |');
print('|---|---|---:|');
for (const [outcome, count] of [...outcomes].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const [to, became] = outcome.split(' ');
  print(`| ${to} | ${became} | ${count} |`);
}
print(`every one counted; ${windows} windows of a device that went on sending as undisturbed; seed ${seed}`);
const counted = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
print(JSON.stringify({ payloads, counted, windows, seed }));
process.exitCode = counted === payloads && windows > 0 ? 0 : 1;
