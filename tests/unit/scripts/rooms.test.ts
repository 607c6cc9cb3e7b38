import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const rules: { readonly forbidden: readonly { readonly name: string }[] } = createRequire(import.meta.url)(
  '../../../.dependency-cruiser.cjs',
);
const root = join(import.meta.dirname, '../../..');

function foldersOf(path: string): string[] {
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

describe('rooms of src', () => {
  const ruled = rules.forbidden
    .map(({ name }) => /^(.+)-knows-its-rooms$/.exec(name)?.[1])
    .filter((room) => room !== undefined)
    .sort();

  it('each has a rule of what it may know', () => {
    expect(foldersOf('src')).toEqual(ruled);
  });

  it.each(['tests/unit', 'tests/integration'])('%s has no folder but theirs', (tier) => {
    const others = ['deploy', 'docs', 'scripts'];
    expect(foldersOf(tier).filter((name) => !ruled.includes(name) && !others.includes(name))).toEqual([]);
  });
});
