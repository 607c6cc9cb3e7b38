import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { configJsonSchema, loadConfig } from '../../../src/config/load.js';
import { blocksOf, guides, inlineCode, ROOT } from '../../helpers/documents.js';

const nodeSchema = z.object({
  description: z.string().optional(),
  default: z.unknown().optional(),
  get properties() {
    return z.record(z.string(), nodeSchema).optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), nodeSchema]).optional();
  },
});
type Node = z.infer<typeof nodeSchema>;

interface Setting {
  readonly path: string;
  readonly node: Node;
}

const sections = Object.entries(nodeSchema.parse(configJsonSchema()).properties ?? {});
const settings = sections.flatMap(([name, node]) => settingsIn(name, node));

/** Settings in a part of the schema; those of anything by name stand below `<name>`. */
function settingsIn(path: string, node: Node): Setting[] {
  const named = typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
  const children = Object.entries(node.properties ?? {}).map(
    ([name, child]) => [`${path}.${name}`, child] as const,
  );
  if (named !== undefined) children.push([`${path}.<name>`, named]);
  if (children.length === 0) return [{ path, node }];
  return children.flatMap(([childPath, child]) => settingsIn(childPath, child));
}

function rowOf({ path, node }: Setting): string {
  const value = node.default === undefined ? '' : `\`${JSON.stringify(node.default)}\``;
  const meaning = (node.description ?? '').replaceAll('|', '\\|').replaceAll('<', '&lt;');
  return `| \`${path}\` | ${value} | ${meaning} |`;
}

function pageOfSettings(): string {
  const tables = sections.map(([section, node]) => {
    const rows = settingsIn(section, node).map(rowOf);
    const about =
      node.properties === undefined || node.description === undefined ? '' : `${node.description}.\n\n`;
    return `## ${section}\n\n${about}| setting | default | what it is |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  return [
    '<!-- Written from the schema by `npx vitest run tests/unit/docs/settings.test.ts -u`; changes are lost. -->\n',
    '# Settings\n',
    'Every setting, its default, and what it is. How to set one: [configuration](configuration.md).\n',
    ...tables,
  ].join('\n');
}

describe('docs/settings.md', () => {
  it('has every setting as the schema has it', async () => {
    await expect(pageOfSettings()).toMatchFileSnapshot(join(ROOT, 'docs/settings.md'));
  });
});

/** Events have names like settings. */
const EVENTS = ['apparel.detected', 'company.changed'];
const names = sections.map(([name]) => name);

/** Paths of settings among what a page shows as code or sets by `--set`. */
function settingsShown(text: string): string[] {
  const flags = [...text.matchAll(/--set ([^\s`]+)/g)].map(([, set = '']) => set);
  return [...inlineCode(text), ...flags]
    .map((code) => (code.split('=')[0] ?? '').replace(/^devices\.[^.]+/, 'devices.<name>'))
    .filter((path) => /^\w+(\.(\w+|<name>))+$/.test(path) && !EVENTS.includes(path))
    .filter((path) => names.includes(path.split('.')[0] ?? ''));
}

describe('settings that documents show', () => {
  const isKnown = (path: string): boolean =>
    settings.some((each) => each.path === path || each.path.startsWith(`${path}.`));

  it.each(guides().map(({ path, text }) => [path, text]))('exist: %s', (_, text) => {
    expect(settingsShown(text).filter((path) => !isKnown(path))).toEqual([]);
  });

  const fragments = guides().flatMap(({ path, text }) =>
    blocksOf(text, 'yaml')
      .map(({ code }) => [path, code] as const)
      .filter(([, code]) => names.includes(Object.keys(parse(code))[0] ?? '')),
  );

  it.each(fragments)('are taken: YAML of %s', async (_, code) => {
    const set = Object.entries(parse(code)).map(([section, value]) => `${section}=${JSON.stringify(value)}`);
    await expect(loadConfig({ file: undefined, set, env: {} })).resolves.toBeDefined();
  });
});
