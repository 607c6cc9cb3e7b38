// What the most expensive pictures that are taken cost beside an ordinary photograph of 12 megapixels: processor time and memory of decoding
// each in a process of its own.
//   npm run bench -- pictures [--json]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LOADER = join(import.meta.dirname, '../../scripts/typescript.mjs');
const WORK = join(import.meta.dirname, 'lib/picture-costs.ts');
/** As phones write them. */
const PHOTOGRAPH = '12-megapixels.jpg';
/** Its pixels, unpacked. */
const PHOTOGRAPH_MB = 36;

const folder = mkdtempSync(join(tmpdir(), 'alongside-pictures-'));
try {
  run('make', folder);
  const costs = readdirSync(folder)
    .sort()
    .map((name) => ({
      name,
      bytes: statSync(join(folder, name)).size,
      ...JSON.parse(run('measure', join(folder, name))),
    }));
  if (process.argv.includes('--json')) console.log(JSON.stringify(costs));
  else print(costs);
} finally {
  rmSync(folder, { recursive: true });
}

function run(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', LOADER, WORK, ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

function print(costs) {
  const photograph = costs.find(({ name }) => name === PHOTOGRAPH);
  console.log('| picture | MB | CPU ms | x photograph | memory MB | what became of it |');
  console.log('|---|---:|---:|---:|---:|---|');
  for (const { name, bytes, cpuMs, memoryMb, outcome } of costs) {
    const times = (cpuMs / photograph.cpuMs).toFixed(1);
    console.log(`| ${[name, (bytes / 1e6).toFixed(2), cpuMs, times, memoryMb, outcome].join(' | ')} |`);
  }
  const costliest = costs.toSorted((a, b) => b.cpuMs - a.cpuMs)[0];
  const most = Math.max(...costs.map(({ memoryMb }) => memoryMb));
  console.log(
    `the most expensive, ${costliest.name}, takes ${(costliest.cpuMs / photograph.cpuMs).toFixed(1)} times the photograph; ` +
      `most memory: ${most} MB, ${(most / PHOTOGRAPH_MB).toFixed(1)} times the photograph's pixels`,
  );
}
