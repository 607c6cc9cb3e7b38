// Time from `alongside start` to its ready line, with the shipped model, an empty data folder and free ports.
//   npm run bench -- startup [--runs 5] [--against CHECKOUT] [--json]
// and what it costs until then, CPU seconds from /proc: they say more on a machine that does other things as well.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { costOf } from './lib/processes.mjs';

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    against: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const here = join(import.meta.dirname, '../..');
const checkouts = [here, ...(flags.against === undefined ? [] : [flags.against])];

async function start(checkout) {
  const folder = mkdtempSync(join(tmpdir(), 'alongside-startup-'));
  const settings = ['http.port=0', 'mqtt.port=0', 'logLevel=error', `dataDir=${folder}`];
  const words = ['start', '--json', ...settings.flatMap((one) => ['--set', one])];
  const beganAt = performance.now();
  const child = spawn(process.execPath, [join(checkout, 'dist/main.js'), ...words]);
  const ended = new Promise((resolve) => child.once('close', resolve));
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('close', () => reject(new Error('the gateway ended before it was ready')));
  });
  const tookMs = performance.now() - beganAt;
  const { cpu, mainThreadCpu, peakRssMb } = costOf(child.pid);
  child.kill();
  await ended;
  rmSync(folder, { recursive: true, force: true });
  return { tookMs, cpuMs: cpu * 1000, mainThreadCpuMs: mainThreadCpu * 1000, peakRssMb };
}

const starts = checkouts.map(() => []);
for (let run = 0; run < Number(flags.runs); run++)
  for (const [index, checkout] of checkouts.entries()) starts[index].push(await start(checkout));

const figures = starts.map((ofOne) => {
  const sorted = (name) => ofOne.map((one) => Math.round(one[name])).toSorted((a, b) => a - b);
  const median = (name) => sorted(name)[Math.floor((ofOne.length - 1) / 2)];
  const [minMs, maxMs] = [sorted('tookMs')[0], sorted('tookMs').at(-1)];
  const costs = {
    cpuMs: median('cpuMs'),
    mainThreadCpuMs: median('mainThreadCpuMs'),
    peakRssMb: median('peakRssMb'),
  };
  return { runs: ofOne.length, minMs, medianMs: median('tookMs'), maxMs, ...costs };
});
for (const [
  index,
  { runs, minMs, medianMs, maxMs, cpuMs, mainThreadCpuMs, peakRssMb },
] of figures.entries()) {
  const times = `ready after ${minMs} / ${medianMs} / ${maxMs} ms (min / median / max of ${runs} starts)`;
  const costs = `${cpuMs} ms of CPU, ${mainThreadCpuMs} in the main thread, ${peakRssMb} MB`;
  console.log(`${index === 0 ? '' : 'against: '}${times}; medians: ${costs}`);
}
if (flags.json) console.log(JSON.stringify(figures));
