import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodeAlongside } from '../../../src/ingest/decode/alongside.js';
import { blocksOf, guides, inlineCode, type Page, ROOT } from '../../helpers/documents.js';
import { accepted, addressed } from '../ingest/decode/make-raw.js';

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));

const operations = readFileSync(join(ROOT, 'src/web/client/api-types.ts'), 'utf8');
const addresses = [...operations.matchAll(/^ {4}"(\/[^"]+)": \{/gm)].map(
  ([, path = '']) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
);

const LANGUAGES = ['sh', 'yaml', 'json', 'sql', 'text'];
/** Programs that pages may show: what `npx alongside` and `curl` do is tried by e2e/documents.test.ts. */
const PROGRAMS = ['npx', 'npm', 'curl', 'git', 'printf', 'influx', '-d', '--backbone'];

const codeOf = ({ text }: Page): string[] => [...inlineCode(text), ...blocksOf(text).map(({ code }) => code)];

const pages = guides().map((page) => [page.path, page] as const);

describe('examples of documents', () => {
  it.each(pages)('name npm scripts and benchmarks that exist: %s', (_, page) => {
    for (const code of codeOf(page)) {
      for (const [, name = ''] of code.matchAll(/npm run ([\w:]+)/g))
        expect(Object.keys(scripts)).toContain(name);
      for (const [, name = ''] of code.matchAll(/npm run bench -- (\w[\w-]*)/g)) {
        expect(existsSync(join(ROOT, `tests/bench/${name}.mjs`)), name).toBe(true);
      }
    }
  });

  it.each(pages)('ask addresses of the API that exist: %s', (_, page) => {
    const asked = codeOf(page).flatMap((code) => [
      ...code.matchAll(/(?<![\w/])\/(?:v1|v2|health)\/[\w{}/.<>-]+/g),
    ]);
    const unknown = asked
      .map(([path]) => path.replaceAll(/[<>]/g, ''))
      .filter((path) => !addresses.some((address) => address.test(path)));
    expect(unknown).toEqual([]);
  });

  it.each(pages)('are of languages and programs that a test looks at: %s', (_, { text }) => {
    expect(blocksOf(text).filter(({ language }) => !LANGUAGES.includes(language))).toEqual([]);
    const programs = blocksOf(text, 'sh')
      .flatMap(({ code }) => code.split('\n'))
      .map((line) => line.trim().split(' ')[0] ?? '')
      .filter((word) => word !== '');
    expect(programs.filter((program) => !PROGRAMS.includes(program))).toEqual([]);
  });

  it('hold a message of our own format that is taken whole', () => {
    const page = guides().find(({ path }) => path === 'docs/phones.md');
    const [example] = blocksOf(page?.text ?? '', 'json');
    const { message, ignored, invalidSamples } = accepted(
      decodeAlongside(addressed('alongside', JSON.parse(example?.code ?? ''))),
    );
    expect(message?.blocks.length).toBe(2);
    expect([ignored.size, invalidSamples]).toEqual([0, 0]);
  });
});
