import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { accessFile } from '../../../src/access/access-file.js';
import { runProgram } from '../../../src/cli/program.js';
import { cliContext } from '../../helpers/cli-context.js';
import { type TemporaryFolder, temporaryFolder } from '../../helpers/temporary-folder.js';

const NOW_MS = Date.UTC(2026, 0, 31);

const createdSchema = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  expiresAtMs: z.number().nullable(),
  token: z.string(),
});

async function tokens(folder: TemporaryFolder, ...args: string[]): Promise<string[]> {
  const context = cliContext({ clock: { nowMs: () => NOW_MS } });
  const [command = '', ...rest] = args;
  const argv = ['tokens', command, '--set', `dataDir=${folder.path}`, ...rest];
  await runProgram(context, argv);
  return context.lines;
}

const create = async (folder: TemporaryFolder, ...args: string[]) =>
  createdSchema.parse(JSON.parse((await tokens(folder, 'create', '--json', ...args)).at(-1) ?? ''));

describe('alongside tokens create', () => {
  it('prints the token once and keeps its hash only', async () => {
    await using folder = await temporaryFolder();
    const created = await create(folder, '--name', 'grafana', '--scope', 'read', '--expires', '30d');
    expect(created).toMatchObject({
      name: 'grafana',
      scopes: ['read'],
      expiresAtMs: NOW_MS + 30 * 86_400_000,
    });
    const file = await readFile(accessFile(folder.path), 'utf8');
    expect(file).not.toContain(created.token);
    expect(file).not.toContain(created.token.slice(-43));
    expect(file).toContain(created.id);
  });

  it('takes several scopes, repeated or in a list, and no end', async () => {
    await using folder = await temporaryFolder();
    const one = await create(folder, '--name', 'a', '--scope', 'read', '--scope', 'ingest');
    const other = await create(folder, '--name', 'b', '--scope', 'read,admin');
    expect([one.scopes, other.scopes]).toEqual([
      ['read', 'ingest'],
      ['read', 'admin'],
    ]);
    expect(one.expiresAtMs).toBeNull();
  });

  it('prints the bare token without --json, so that it can go into a file', async () => {
    await using folder = await temporaryFolder();
    const lines = await tokens(folder, 'create', '--name', 'x', '--scope', 'read');
    expect(lines).toEqual([expect.stringMatching(/^alongside_[0-9a-f]{12}_[\w-]{43}$/)]);
  });

  it.each([
    [['--name', 'x', '--scope', 'root']],
    [['--name', 'x']],
    [['--scope', 'read']],
    [['--name', 'a\nb', '--scope', 'read']],
    [['--name', '', '--scope', 'read']],
    [['--name', 'x', '--scope', 'read', '--expires', 'tomorrow']],
  ])('refuses %j', async (args) => {
    await using folder = await temporaryFolder();
    await expect(tokens(folder, 'create', ...args)).rejects.toThrow();
  });

  it('gives no name twice', async () => {
    await using folder = await temporaryFolder();
    await create(folder, '--name', 'x', '--scope', 'read');
    await expect(create(folder, '--name', 'x', '--scope', 'read')).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('alongside tokens list and revoke', () => {
  it('tell what there is, and no secret', async () => {
    await using folder = await temporaryFolder();
    const { token, id } = await create(folder, '--name', 'grafana', '--scope', 'read');
    const lines = await tokens(folder, 'list', '--json');
    expect(JSON.parse(lines.join())).toEqual({
      tokens: [
        { id, name: 'grafana', scopes: ['read'], createdAtMs: NOW_MS, expiresAtMs: null, lastUsedMs: null },
      ],
    });
    expect((await tokens(folder, 'list')).join()).toBe(`${id}  grafana: read until revoked`);
    expect(lines.join()).not.toContain(token.slice(-43));
  });

  it('take one back by name or id, and say when there is none', async () => {
    await using folder = await temporaryFolder();
    await create(folder, '--name', 'a', '--scope', 'read');
    const { id } = await create(folder, '--name', 'b', '--scope', 'read');
    await tokens(folder, 'revoke', 'a');
    await tokens(folder, 'revoke', id);
    expect((await tokens(folder, 'list')).join()).toBe('there are no tokens');
    await expect(tokens(folder, 'revoke', 'a')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
