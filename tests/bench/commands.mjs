// Time from the call of a command that needs little to its end, and how many files it loads.
//   npm run bench -- commands [--runs 5] [--json]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const COMMANDS = [
  '--help',
  'config check',
  'devices list',
  'tokens list',
  'models list',
  'start --help',
  'train --help',
];

const { values: flags } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } },
});
const main = join(import.meta.dirname, '../../dist/main.js');

function run(words, env = {}) {
  const beganAt = performance.now();
  const { status } = spawnSync(process.execPath, [main, ...words], { env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`alongside ${words.join(' ')} ended with ${status}`);
  return performance.now() - beganAt;
}

/** Node.js writes down every script of a process when it is asked for the coverage. */
function filesLoaded(words) {
  const folder = mkdtempSync(join(tmpdir(), 'alongside-commands-'));
  run(words, { NODE_V8_COVERAGE: folder });
  const reports = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  rmSync(folder, { recursive: true });
  return reports.flatMap(({ result }) => result).filter(({ url }) => url.startsWith('file:')).length;
}

const figures = COMMANDS.map((command) => {
  const words = command.split(' ');
  const times = Array.from({ length: Number(flags.runs) }, () => run(words)).sort((a, b) => a - b);
  const medianMs = Math.round(times[Math.floor(times.length / 2)]);
  return { command, medianMs, files: filesLoaded(words) };
});
for (const { command, medianMs, files } of figures) {
  console.log(`alongside ${command.padEnd(14)} ${String(medianMs).padStart(5)} ms, ${files} files`);
}
if (flags.json) console.log(JSON.stringify(figures));
