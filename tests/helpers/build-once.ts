import { execFileSync } from 'node:child_process';

/** Workers and the command line run from `dist`, so every test run builds it first (incrementally). */
export function setup(): void {
  execFileSync('node', ['scripts/build.mjs'], { stdio: 'inherit' });
}
