import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** A Markdown file of the project. */
export interface Page {
  /** Path from the root of the project. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block of code. */
export interface Block {
  readonly language: string;
  readonly code: string;
}

const FENCED = /^( *)```(\S*)\n(.*?)^ *```$/gms;

/** Every Markdown file of the project, those that are not committed yet included. */
export function allPages(): Page[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const paths = listed.split('\n').filter((path) => path !== '' && existsSync(join(ROOT, path)));
  return paths.map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** The pages that show people what to do. */
export function guides(): Page[] {
  return allPages().filter(({ path }) => path === 'README.md' || /^docs\/[\w-]+\.md$/.test(path));
}

export function blocksOf(text: string, language?: string): Block[] {
  return [...text.matchAll(FENCED)]
    .map(([, indent = '', name = '', code = '']) => ({
      language: name,
      code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }))
    .filter((block) => language === undefined || block.language === language);
}

/** What stands between backticks outside of blocks. */
export function inlineCode(text: string): string[] {
  return [...text.replaceAll(FENCED, '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

/** Links of a page that lead to a file or a heading that is not there. */
export function brokenLinks(page: Page, pages: readonly Page[]): string[] {
  return linksOf(page.text).filter((link) => !isExternal(link) && !leadsSomewhere(link, page, pages));
}

function leadsSomewhere(link: string, page: Page, pages: readonly Page[]): boolean {
  const [file = '', anchor] = link.split('#');
  const path = file === '' ? page.path : normalize(join(dirname(page.path), decodeURIComponent(file)));
  if (anchor === undefined) return pages.some((each) => each.path === path) || existsSync(join(ROOT, path));
  const target = pages.find((each) => each.path === path);
  return target !== undefined && anchorsOf(target.text).includes(anchor);
}

function isExternal(link: string): boolean {
  return /^[a-z]+:/.test(link);
}

function linksOf(text: string): string[] {
  const prose = text.replaceAll(FENCED, '').replaceAll(/`[^`]*`/g, '');
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g), ...prose.matchAll(/(?:src|href)="([^"]+)"/g)];
  return links.map(([, link = '']) => link);
}

/** The anchors that GitHub gives to headings. */
function anchorsOf(text: string): string[] {
  const seen = new Map<string, number>();
  return [...text.replaceAll(FENCED, '').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
    const slug = heading
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
}
