import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');

/** What a script imports of the compiled gateway, which no type check reads: names by the path of their source. */
function importsOf(file: string): [source: string, names: string[]][] {
  const text = readFileSync(file, 'utf8');
  const fixed = text.matchAll(/import\s*\{([^}]*)\}\s*from\s*'([^']*\/build\/[^']+)\.js'/g);
  return Array.from(fixed, ([, names = '', path = '']): [string, string[]] => [
    relative(root, join(dirname(file), `${path}.ts`)).replace(/^build/, 'src'),
    names
      .split(',')
      .map((name) => name.trim().split(' as ')[0] ?? '')
      .filter((name) => name !== ''),
  ]);
}

it('benchmarks and scripts import what is there', () => {
  const scripts = ['tests', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.mjs'))
      .map((name) => join(root, folder, name)),
  );
  const imports = scripts.flatMap(importsOf);
  expect(imports.length).toBeGreaterThan(20);
  const missing = imports.flatMap(([source, names]) => {
    const text = existsSync(join(root, source)) ? readFileSync(join(root, source), 'utf8') : '';
    const isThere = (name: string): boolean =>
      new RegExp(`export (async )?(function\\*?|const|class) ${name}\\b|export \\{[^}]*\\b${name}\\b`).test(
        text,
      );
    return names.filter((name) => !isThere(name)).map((name) => `${source}: ${name}`);
  });
  expect(missing).toEqual([]);
});
