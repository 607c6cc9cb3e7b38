import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lastJson, runCli } from '../../helpers/run-cli.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const modelsSchema = z.object({ models: z.array(z.object({ name: z.string(), problem: z.string() })) });
const configSchema = z.object({ models: z.object({ dir: z.string() }) });
const SHIPPED = join(import.meta.dirname, '../../../models');

describe('commands in a folder without models', () => {
  it('mean the models that come with the package', async () => {
    await using folder = await temporaryFolder();
    const list = await runCli(['models', 'list', '--json'], {}, folder.path);
    expect(lastJson(list, modelsSchema).models).toContainEqual(
      expect.objectContaining({ name: 'activity-phone', problem: '' }),
    );
    const check = await runCli(['config', 'check'], {}, folder.path);
    expect(check).toMatchObject({ code: 0, lines: ['the configuration is valid'] });
    const print = await runCli(['config', 'print', '--json'], {}, folder.path);
    expect(lastJson(print, configSchema).models.dir).toBe(SHIPPED);
  });

  it('say so of another folder that is not there', async () => {
    await using folder = await temporaryFolder();
    const check = await runCli(['config', 'check', '--set', 'models.dir=elsewhere'], {}, folder.path);
    expect(check.code).toBe(1);
    expect(check.stderr).toContain('there is no model activity-phone in elsewhere');
  });
});

describe('commands in a folder with models of its own', () => {
  it('mean those', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'models'));
    const list = await runCli(['models', 'list', '--json'], {}, folder.path);
    expect(lastJson(list, modelsSchema).models).toEqual([]);
    const print = await runCli(['config', 'print', '--json'], {}, folder.path);
    expect(lastJson(print, configSchema).models.dir).toBe('models');
  });
});
