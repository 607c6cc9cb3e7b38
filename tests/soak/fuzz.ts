import { numberOptions } from './lib/arguments.js';
import { runFuzz } from './lib/run-fuzz.js';
import { type HeavyStep, runHeavy } from './lib/run-heavy.js';

/** `npm run test:fuzz [-- --payloads N --heavy N --seed S --json]`: see lib/run-fuzz.ts and lib/run-heavy.ts. */

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const note = (line: string): void => void process.stderr.write(`${line}\n`);
const NOTE_EVERY = 100_000;
/** A little under the 10,000,000 bytes that topic and payload may have. */
const MAX_HEAVY_BYTES = 9_900_000;

const { payloads, heavy, seed } = numberOptions(
  process.argv.slice(2),
  { payloads: 1_000_000, heavy: 22, seed: Math.floor(Math.random() * 2 ** 30) },
  ['json'],
);
note(`${payloads} payloads, ${heavy} heavy messages, seed ${seed}`);
const { outcomes, windows } = await runFuzz({
  payloads,
  seed,
  onBatch: (sent, batchSeed) => {
    if (sent % NOTE_EVERY === 0 || sent === payloads) note(`${sent} sent, last seed ${batchSeed}`);
  },
});
const { steps, broken } = await runHeavy({
  seed,
  messages: heavy,
  maxBytes: MAX_HEAVY_BYTES,
  onStep: ({ name, bytes }) => note(`${name}: ${bytes} bytes done`),
});

print('| to | what became of it | payloads |');
print('|---|---|---:|');
for (const [outcome, count] of [...outcomes].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const [to, became] = outcome.split(' ');
  print(`| ${to} | ${became} | ${count} |`);
}
print(`every one counted; ${windows} windows of a device that went on sending as undisturbed; seed ${seed}`);
print('');
print(
  '| message | bytes | stall ms | busy ms | JSON parsing ms | busy without parsing ms | RSS MB | heap MB |',
);
print('|---|---:|---:|---:|---:|---:|---:|---:|');
for (const step of steps) {
  const { name, bytes, stallMs, busyMs, parsingMs, rssMb, heapMb } = step;
  const figures = [stallMs, busyMs, parsingMs, withoutParsingMs(step), rssMb, heapMb];
  print(`| ${[name, bytes, ...figures.map((figure) => figure.toFixed(0))].join(' | ')} |`);
}
for (const words of broken) print(`BROKEN: ${words}`);
const counted = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
const most = (figure: (step: HeavyStep) => number): number =>
  Math.round(Math.max(...steps.filter(({ isStart }) => !isStart).map(figure)));
const figures = {
  longestStallMs: most(({ stallMs }) => stallMs),
  longestStallWithoutParsingMs: most(withoutParsingMs),
  maxRssMb: most(({ rssMb }) => rssMb),
  maxHeapMb: most(({ heapMb }) => heapMb),
};
print(JSON.stringify({ payloads, counted, windows, seed, heavy, ...figures, broken: broken.length }));
const isUndisturbed = counted === payloads && (payloads === 0 || windows > 0);
process.exitCode = isUndisturbed && broken.length === 0 ? 0 : 1;

function withoutParsingMs({ busyMs, parsingMs }: HeavyStep): number {
  return Math.max(0, busyMs - parsingMs);
}
