import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';

const SHARED_FOLDER = join(import.meta.dirname, '../../../shared');

/** Path of something in the folder `shared` beside the repository, or `undefined` where it is not there. */
export function sharedPath(relativePath: string): string | undefined {
  const path = join(SHARED_FOLDER, relativePath);
  return existsSync(path) ? path : undefined;
}

/**
 * A `describe` for tests on shared data; where that is missing, one skipped test says so by its name.
 *
 * @param relativePath below `../shared`, for example `data/casale-chest`
 */
export function describeWithShared(name: string, relativePath: string, body: (path: string) => void): void {
  const path = sharedPath(relativePath);
  if (path === undefined) {
    describe(name, () => it.todo(`skipped: ../shared/${relativePath} is not beside the repository`));
  } else {
    describe(name, () => body(path));
  }
}
