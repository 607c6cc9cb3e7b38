// Time from `alongside start` to its ready line, with the shipped model, an empty data folder and free ports.
//   npm run bench -- startup [--runs 5] [--json]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values: flags } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } },
});
const main = join(import.meta.dirname, '../../dist/main.js');

async function readyAfterMs() {
  const folder = mkdtempSync(join(tmpdir(), 'alongside-startup-'));
  const settings = ['http.port=0', 'mqtt.port=0', 'logLevel=error', `dataDir=${folder}`];
  const beganAt = performance.now();
  const child = spawn(process.execPath, [
    main,
    'start',
    '--json',
    ...settings.flatMap((one) => ['--set', one]),
  ]);
  const ended = new Promise((resolve) => child.once('close', resolve));
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('close', () => reject(new Error('the gateway ended before it was ready')));
  });
  const tookMs = performance.now() - beganAt;
  child.kill();
  await ended;
  rmSync(folder, { recursive: true, force: true });
  return tookMs;
}

const times = [];
for (let run = 0; run < Number(flags.runs); run++) times.push(await readyAfterMs());
times.sort((a, b) => a - b);
const [minMs, maxMs] = [times[0], times[times.length - 1]].map(Math.round);
const medianMs = Math.round(times[Math.floor(times.length / 2)]);
console.log(
  `ready after ${minMs} / ${medianMs} / ${maxMs} ms (min / median / max of ${times.length} starts)`,
);
if (flags.json) console.log(JSON.stringify({ runs: times.length, minMs, medianMs, maxMs }));
