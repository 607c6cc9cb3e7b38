import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { nameSourcesInStacks } from '../../../src/cli/stacks.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const ROOT = join(import.meta.dirname, '../../..');
const STACKS = pathToFileURL(join(ROOT, 'build/cli/stacks.js')).href;

/** Column 1 of line 1 comes from line 7, column 3 of its only source. */
const MAP = { version: 3, sources: ['../src/fail.ts'], names: [], mappings: 'AAME' };

/** The stack of an error in a bundle, in a process of its own: this one has hooks of the test runner. */
function stackOf(file: string): string {
  const script = `
    const { ${nameSourcesInStacks.name} } = await import(${JSON.stringify(STACKS)});
    ${nameSourcesInStacks.name}();
    const { fail } = await import(${JSON.stringify(pathToFileURL(file).href)});
    try { fail(); } catch (error) { console.log(error.stack); }`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).stdout;
}

it('name the source of a bundled line, and the bundle where it has no map', async () => {
  await using folder = await temporaryFolder();
  const bundle = join(folder.path, 'bundle.mjs');
  await writeFile(bundle, "export function fail() { throw new RangeError('too far'); }\n");
  expect(stackOf(bundle)).toMatch(/^RangeError: too far\n {4}at fail \(file:.*bundle\.mjs:1:\d+\)\n/);

  await writeFile(`${bundle}.map`, JSON.stringify(MAP));
  const source = join(folder.path, '../src/fail.ts');
  expect(stackOf(bundle)).toContain(`RangeError: too far\n    at fail (${source}:7:`);
});

it('are there for an error that cannot be turned into text', async () => {
  await using folder = await temporaryFolder();
  const bundle = join(folder.path, 'bundle.mjs');
  const failing = 'const error = new Error(); error.toString = () => { throw error; }; throw error;';
  await writeFile(bundle, `export function fail() { ${failing} }\n`);
  expect(stackOf(bundle)).toMatch(/^Error\n {4}at fail /);
});
