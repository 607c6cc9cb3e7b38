// Compiles src to build (a file a module, for tests and benchmarks), bundles that into dist (what is run), and builds the pages.
// Removes output whose source is gone, so that nothing stale can be run.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { buildPages } from './build-pages.mjs';
import { bundle } from './bundle.mjs';

const root = join(import.meta.dirname, '..');

function removeStale(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) removeStale(path);
    else if (/\.js(\.map)?$/.test(entry.name)) {
      const source = join(root, 'src', relative(join(root, 'build'), path).replace(/\.js(\.map)?$/, '.ts'));
      if (!existsSync(source)) rmSync(path);
    }
  }
}

removeStale(join(root, 'build'));
execFileSync(
  'node',
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')],
  {
    stdio: 'inherit',
  },
);
await bundle();
await buildPages();
