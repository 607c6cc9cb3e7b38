import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allPages, brokenLinks, guides, inlineCode, ROOT } from '../../helpers/documents.js';

const pages = allPages();

describe(brokenLinks, () => {
  const other = { path: 'docs/other.md', text: '# Other\n\n## When it breaks\n\n## When it breaks\n' };
  const broken = (text: string, path = 'docs/page.md') =>
    brokenLinks({ path, text }, [{ path, text }, other]);

  it('finds files and headings that are not there', () => {
    expect(broken('[a](other.md) [b](other.md#when-it-breaks-1) [c](../docs/other.md#other)')).toEqual([]);
    expect(broken('[a](absent.md) [b](other.md#absent) ![c](absent.png) <img src="no.webp">')).toEqual([
      'absent.md',
      'other.md#absent',
      'absent.png',
      'no.webp',
    ]);
  });

  it('looks at headings of the page itself, and at no code', () => {
    expect(broken('# Über `a.b`: it\n[a](#über-ab-it) [b](#else) `[c](d)`\n```\n[e](f)\n```\n')).toEqual([
      '#else',
    ]);
  });

  it('leaves addresses of the web alone', () => {
    expect(broken('[a](https://example.org/x#y) [b](mailto:a@example.org)')).toEqual([]);
  });
});

describe('links between documents', () => {
  it.each(pages.map((page) => [page.path, page] as const))('%s', (_, page) => {
    expect(brokenLinks(page, pages)).toEqual([]);
  });

  it('lead from README to every page', () => {
    const readme = pages.find(({ path }) => path === 'README.md')?.text ?? '';
    const unlinked = guides().filter(({ path }) => path !== 'README.md' && !readme.includes(`(${path}`));
    expect(unlinked.map(({ path }) => path)).toEqual([]);
  });
});

describe('files that documents name', () => {
  const TESTS = ['e2e/', 'integration/', 'unit/', 'soak/', 'bench/'];
  const paths = (path: string) => inlineCode(pages.find((page) => page.path === path)?.text ?? '');

  it('exist: tests of SECURITY.md', () => {
    const named = paths('SECURITY.md').filter((code) => TESTS.some((tier) => code.startsWith(tier)));
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((code) => !existsSync(join(ROOT, 'tests', code)))).toEqual([]);
  });

  it('exist: below deploy, config, models, src and scripts, in every document', () => {
    const isPath = (code: string) => /^(deploy|config|src|scripts|tests)\/[\w./-]+$/.test(code);
    const missing = pages
      .filter(({ path }) => path !== 'CHANGELOG.md')
      .flatMap(({ path, text }) =>
        inlineCode(text)
          .filter(isPath)
          .map((code) => ({ path, code })),
      )
      .filter(({ code }) => !existsSync(join(ROOT, code)));
    expect(missing).toEqual([]);
  });

  it('exist: files of src/README.md, those of a table in the room of their row', () => {
    const text = pages.find(({ path }) => path === 'src/README.md')?.text ?? '';
    const named = text.split('\n').flatMap((line) => {
      const room = /^\| `([\w-]+\/)`/.exec(line)?.[1] ?? '';
      const files = inlineCode(line).filter(
        (code) => /^[\w/-]+\.tsx?$/.test(code) && !code.startsWith('tests/'),
      );
      return files.map((file) => [`src/${room}${file}`, `src/${file}`]);
    });
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((paths) => !paths.some((path) => existsSync(join(ROOT, path))))).toEqual([]);
  });

  it('are walked in fewer than 15 lines a walk of src/README.md', () => {
    const text = pages.find(({ path }) => path === 'src/README.md')?.text ?? '';
    const walks = text.split(/^## /m).filter((section) => section.startsWith('One '));
    expect(walks.length).toBeGreaterThanOrEqual(3);
    for (const walk of walks) {
      expect(walk.split('\n').filter((line) => /^( |\d)/.test(line)).length, walk).toBeLessThan(15);
    }
  });
});
