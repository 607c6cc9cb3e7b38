import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runProgram } from '../../../src/cli/program.js';
import { cliContext } from '../../helpers/cli-context.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const SHIPPED = join(import.meta.dirname, '../../../models');
const listSchema = z.object({ models: z.array(z.object({ name: z.string(), problem: z.string() })) });

/** Runs `alongside models …` and gives what it printed. */
async function models(...args: string[]): Promise<string[]> {
  const context = cliContext();
  await runProgram(context, ['models', ...args]);
  return context.lines;
}

/** A folder that holds one of the shipped models. */
async function folderOfOne() {
  const folder = await temporaryFolder();
  await cp(join(SHIPPED, 'accompany-demo'), join(folder.path, 'accompany-demo'), { recursive: true });
  return folder;
}

describe('alongside models', () => {
  it.each([[[]], [['list']]])('lists the models of the folder it is given (models %s)', async (words) => {
    await using folder = await folderOfOne();
    const [line = ''] = await models(...words, '--dir', folder.path, '--json');
    expect(listSchema.parse(JSON.parse(line)).models).toEqual([{ name: 'accompany-demo', problem: '' }]);
  });

  it('says that there is no such command', async () => {
    await expect(models('validate', 'nowhere')).rejects.toMatchObject({
      code: 'commander.unknownCommand',
      message: "error: unknown command 'validate'",
    });
  });

  it('makes the table of the folder it is given', async () => {
    await using folder = await folderOfOne();
    const table = (await models('table', '--dir', folder.path)).join('\n');
    expect(table).toContain('[accompany-demo]');
    expect(table).not.toContain('[apparel]');
  });

  it('makes int8 of nothing but models of windows, and writes nothing otherwise', async () => {
    await using folder = await temporaryFolder();
    const out = join(folder.path, 'int8');
    const quantise = (model: string, ...words: string[]) =>
      models('quantise', model, '--data', 'simulation:people=2', '--out', out, ...words);
    await expect(quantise(join(SHIPPED, 'apparel'))).rejects.toThrow('no ONNX model of windows');
    await expect(quantise(join(SHIPPED, 'apparel'), '--min-agreement', '2')).rejects.toThrow('from 0 to 1');
    await expect(quantise('nowhere')).rejects.toThrow('nowhere');
    const [apparel, data] = [join(SHIPPED, 'apparel'), 'simulation:people=2'];
    const itself = models('quantise', apparel, '--data', data, '--out', apparel);
    await expect(itself).rejects.toThrow('is the model itself');
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('promotes within the folder it is given, and answers in JSON', async () => {
    await using folder = await folderOfOne();
    const source = join(SHIPPED, 'apparel');
    const lines = await models('promote', source, '--as', 'ours', '--dir', folder.path, '--json');
    expect(JSON.parse(lines.join())).toMatchObject({ name: 'ours', previousVersion: null });
    expect(await models('--dir', folder.path)).toHaveLength(2);
  });
});
