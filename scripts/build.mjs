// Compiles src to dist and builds the pages; removes output whose source is gone, so that nothing stale can be run.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { buildPages } from './build-pages.mjs';

const root = join(import.meta.dirname, '..');

function removeStale(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (path === join(root, 'dist/web')) continue;
    if (entry.isDirectory()) removeStale(path);
    else if (/\.js(\.map)?$/.test(entry.name)) {
      const source = join(root, 'src', relative(join(root, 'dist'), path).replace(/\.js(\.map)?$/, '.ts'));
      if (!existsSync(source)) rmSync(path);
    }
  }
}

removeStale(join(root, 'dist'));
execFileSync(
  'node',
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')],
  {
    stdio: 'inherit',
  },
);
await buildPages();
