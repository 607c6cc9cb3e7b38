import { numberOptions } from './lib/arguments.js';
import { type Slope, slopeOf } from './lib/least-squares.js';
import { runSoak, type SoakSample } from './lib/run-soak.js';

/** `npm run test:soak [-- --minutes N --seed S --json]`: see lib/run-soak.ts. */

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const note = (line: string): void => void process.stderr.write(`${line}\n`);

/** Caches fill and code is compiled meanwhile: this share of the time, but no longer than so many minutes. */
const WARM_UP_SHARE = 0.3;
const WARM_UP_MINUTES = 8;
/** Steeper than this, beyond twice its error, is no noise. MB an hour. */
const HEAP_LIMIT = 6;
const RSS_LIMIT = 20;

const { minutes, seed } = numberOptions(process.argv.slice(2), { minutes: 30, seed: 1 }, ['json']);
const warmUpMinutes = Math.min(WARM_UP_MINUTES, minutes * WARM_UP_SHARE);
note(`${minutes} minutes, seed ${seed}`);
note(
  lineOf([
    'minute',
    'heap MB',
    'RSS MB',
    'own MB',
    'of files MB',
    'file descriptors',
    'handles',
    'journal',
    'balanced',
  ]),
);
const report = await runSoak({
  minutes,
  warmUpMinutes,
  seed,
  onSample: (sample) => note(lineOf(cellsOf(sample))),
});

const warm = report.samples.filter((sample) => sample.minutes >= warmUpMinutes);
const heap = slopeAnHour(({ heapMb }) => heapMb);
const rss = slopeAnHour(({ rssMb }) => rssMb);
const anonymous = slopeAnHour(({ anonymousMb }) => anonymousMb);
const files = slopeAnHour(({ fileMb }) => fileMb);
const fileDescriptors = change(({ fileDescriptors: count }) => count);
const handles = change(({ handles: count }) => count);
const isBalanced = report.samples.every((sample) => sample.isBalanced);

print('| what | after warm-up |');
print('|---|---|');
print(`| heap | ${words(heap)} |`);
print(`| RSS | ${words(rss)} |`);
print(`| of which the process's own | ${words(anonymous)} |`);
print(`| of which pages of files | ${words(files)} |`);
print(`| file descriptors | ${fileDescriptors.before} at first, ${fileDescriptors.after} at last |`);
print(`| handles | ${handles.before} at first, ${handles.after} at last |`);
print(`| ledger | ${isBalanced ? 'balanced' : 'NOT balanced'} at ${report.samples.length} samples |`);
for (const crash of report.crashes) print(`the gateway ended by itself: ${crash}`);
for (const key of [...report.missing, ...report.duplicates, ...report.wrong].slice(0, 20)) print(key);
const { windows, missing, duplicates, wrong } = report;
const counts = { windows, missing: missing.length, duplicates: duplicates.length, wrong: wrong.length };
print(
  JSON.stringify({
    minutes,
    heapMbPerHour: rounded(heap),
    rssMbPerHour: rounded(rss),
    anonymousMbPerHour: rounded(anonymous),
    fileMbPerHour: rounded(files),
    fileDescriptors,
    handles,
    balanced: isBalanced,
    ...counts,
  }),
);

const isFlat = isBelow(heap, HEAP_LIMIT) && isBelow(rss, RSS_LIMIT);
const isConstant = fileDescriptors.after <= fileDescriptors.before + 2 && handles.after <= handles.before + 2;
const isComplete = windows > 0 && counts.missing + counts.duplicates + counts.wrong === 0;
const isGood = isFlat && isConstant && isComplete && isBalanced && report.crashes.length === 0;
process.exitCode = isGood ? 0 : 1;

function slopeAnHour(of: (sample: SoakSample) => number): Slope {
  return slopeOf(
    warm.map((sample) => sample.minutes / 60),
    warm.map(of),
  );
}

/** Medians of the first and the last third. */
function change(of: (sample: SoakSample) => number): { readonly before: number; readonly after: number } {
  const third = Math.ceil(warm.length / 3);
  const median = (samples: readonly SoakSample[]) =>
    samples.map(of).sort((a, b) => a - b)[samples.length >> 1] ?? Number.NaN;
  return { before: median(warm.slice(0, third)), after: median(warm.slice(-third)) };
}

function isBelow({ slope, error }: Slope, limit: number): boolean {
  return slope - 2 * error < limit;
}

function words({ slope, error }: Slope): string {
  return `${slope.toFixed(1)} ± ${error.toFixed(1)} MB an hour`;
}

function rounded({ slope, error }: Slope): { readonly slope: number; readonly error: number } {
  return { slope: Number(slope.toFixed(2)), error: Number(error.toFixed(2)) };
}

function cellsOf(sample: SoakSample): string[] {
  const {
    minutes: at,
    heapMb,
    rssMb,
    anonymousMb,
    fileMb,
    fileDescriptors: descriptors,
    handles: open,
    journalMessages,
  } = sample;
  const memory = [heapMb, rssMb, anonymousMb, fileMb].map((megabytes) => megabytes.toFixed(1));
  const numbers = [at.toFixed(1), ...memory, descriptors, open, journalMessages];
  return [...numbers.map(String), sample.isBalanced ? 'yes' : 'NO'];
}

function lineOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
