import { readdirSync, readFileSync } from 'node:fs';
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

  it('make folders with makeFolder: with recursive, mkdir hangs below /proc', () => {
    const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
    const sources = files.filter((name) => name.endsWith('.ts'));
    const hanging = sources.filter((name) =>
      /\bmkdir(Sync)?\([^;]*recursive/.test(readFileSync(join(root, 'src', name), 'utf8')),
    );
    expect(hanging).toEqual([]);
  });
});
