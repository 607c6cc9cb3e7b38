// Whether answers stay quick as the embedded store grows: timelines over a month and the list of devices, at first with that
// month alone, then with many times as much before it.
//   npm run bench -- growth [--devices 200] [--days 30] [--outside 100] [--requests 20] [--json]
//     [--outside 100]   so many times the points of the first device's month lie before it the second time
// Milliseconds are from request to the whole answer; CPU is that of the gateway, an answer. Linux only: costs are from /proc.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startGateway } from './lib/page-gateway.mjs';
import { costOf } from './lib/processes.mjs';
import { DAY_MS, nameOf, seedBefore, seedDays } from './lib/seed-store.mjs';

const { values: flags } = parseArgs({
  options: {
    devices: { type: 'string', default: '200' },
    days: { type: 'string', default: '30' },
    outside: { type: 'string', default: '100' },
    requests: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
  },
});
const [devices, days, outside, requests] = ['devices', 'days', 'outside', 'requests'].map((name) =>
  Number(flags[name]),
);
const POINTS_PER_DAY = 2 * 24 * 60;
const WARM_UP_REQUESTS = 5;

const folder = mkdtempSync(join(tmpdir(), 'alongside-growth-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'store');
const toMs = Date.now();
const fromMs = toMs - days * DAY_MS;

await seedDays(path, { devices, days, toMs });
const alone = await measureAnswers();
await seedBefore(path, { points: outside * days * POINTS_PER_DAY, toMs: fromMs });
const grown = await measureAnswers();

console.log(
  `${devices} devices, ${days} days; then ${outside} times the first device's points before them. Medians of ${requests}.\n`,
);
console.log('| request | ms | CPU ms | ms, grown | CPU ms, grown |\n|---|---|---|---|---|');
for (const [name, before] of Object.entries(alone)) {
  const after = grown[name];
  console.log(`| ${name} | ${before.ms} | ${before.cpuMs} | ${after.ms} | ${after.cpuMs} |`);
}
if (flags.json) console.log(JSON.stringify({ benchmark: 'growth', alone, grown }));
process.exit(0);

async function measureAnswers() {
  const gateway = await startGateway(folder);
  const timeline = (device, more = '') =>
    `/v1/devices/${nameOf(device)}/timeline?target=accompanied&from=${fromMs}&to=${toMs}${more}`;
  const paths = {
    'timeline, a point a minute': timeline(0),
    'the same, thinned to 1,500 slots': timeline(0, `&resolutionMs=${(days * DAY_MS) / 1500}`),
    'timeline, a point in 20 minutes': timeline(devices - 1),
    'list of devices': '/v1/devices',
  };
  const figures = {};
  for (const [name, path] of Object.entries(paths))
    figures[name] = await measure(gateway, gateway.http + path);
  await gateway.stop();
  return figures;
}

async function measure({ pid }, url) {
  for (let request = 0; request < WARM_UP_REQUESTS; request++) await ask(url);
  const { cpu } = costOf(pid);
  const times = [];
  for (let request = 0; request < requests; request++) times.push(await ask(url));
  const cpuMs = ((costOf(pid).cpu - cpu) * 1000) / requests;
  const median = times.sort((a, b) => a - b)[Math.floor(requests / 2)];
  return { ms: Number(median.toFixed(1)), cpuMs: Number(cpuMs.toFixed(1)) };
}

async function ask(url) {
  const beganAtMs = performance.now();
  const answer = await fetch(url);
  await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return performance.now() - beganAtMs;
}
