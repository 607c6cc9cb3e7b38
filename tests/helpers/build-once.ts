import { execFileSync } from 'node:child_process';

/** Says so to the next project: Vitest calls this for each, from a module of its own. Not ALONGSIDE_…, which are settings. */
const BUILT = 'TESTS_BUILT';

/** Workers and the command line run from what is built, so every test run builds it first (incrementally). */
export function setup(): void {
  if (process.env[BUILT] !== undefined) return;
  execFileSync('node', ['scripts/build.mjs'], { stdio: 'inherit' });
  process.env[BUILT] = 'yes';
}
