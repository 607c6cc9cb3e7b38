// Runs the unit tests with another version of Node.js:
//   npm run test:node -- 24 [arguments of vitest]
// Its binary is the npm package that `node` is made of, so it comes from whatever registry npm is set up for. It is kept in a
// cache folder of the user.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const [major, ...words] = process.argv.slice(2);
if (!/^\d+(\.\d+){0,2}$/.test(major ?? '')) {
  console.error('Give a version of Node.js: npm run test:node -- 24');
  process.exit(2);
}
const root = join(import.meta.dirname, '..');
const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'alongside', `node-${major}`);
const folder = join(cache, 'node_modules', name, 'bin');
if (!existsSync(folder)) {
  mkdirSync(cache, { recursive: true });
  run('npm', ['install', '--prefix', cache, '--no-audit', '--no-fund', '--no-save', `${name}@${major}`]);
}
// What the tests start is started with the same version.
process.env.PATH = `${folder}${delimiter}${process.env.PATH}`;
run(join(folder, 'node'), [
  join(root, 'node_modules/vitest/vitest.mjs'),
  'run',
  '--project',
  'unit',
  ...words,
]);

function run(program, args) {
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
