// What the dearest pictures cost beside an ordinary photograph of 12 megapixels: processor time and memory of decoding each in a
// process of its own.
//   npm run bench -- pictures [--json]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LOADER = join(import.meta.dirname, '../../scripts/typescript.mjs');
const WORK = join(import.meta.dirname, 'lib/picture-costs.ts');
const REFERENCES = ['12-megapixels.jpg', '12-megapixels-progressive.jpg'];

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
  const references = REFERENCES.map((name) => costs.find((cost) => cost.name === name));
  console.log('| picture | MB | CPU ms | x JPEG | x progressive | memory MB | what became of it |');
  console.log('|---|---:|---:|---:|---:|---:|---|');
  for (const { name, bytes, cpuMs, memoryMb, outcome } of costs) {
    const times = references.map((reference) => (cpuMs / reference.cpuMs).toFixed(1));
    console.log(`| ${[name, (bytes / 1e6).toFixed(2), cpuMs, ...times, memoryMb, outcome].join(' | ')} |`);
  }
}
