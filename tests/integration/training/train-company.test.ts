import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTrainCommand } from '../../../src/cli/train/train.js';
import { readCompanyModel } from '../../../src/company/read-company-model.js';
import { cliContext } from '../../helpers/cli-context.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

describe('alongside train company', () => {
  it('writes a model folder whose card says first what it was not tried on', async () => {
    await using folder = await temporaryFolder();
    const out = join(folder.path, 'pairs');
    const context = cliContext();
    const args = [
      'company',
      '--data',
      'simulation:people=8,seconds=600,seed=3',
      '--out',
      out,
      '--folds',
      '2',
    ];
    await createTrainCommand(context).parseAsync(args, { from: 'user' });
    const { weights } = await readCompanyModel(out);
    expect(weights['turn.match']).toBeGreaterThan(0);
    const [first] = (await readFile(join(out, 'README.md'), 'utf8')).split('\n');
    expect(first).toContain('Not yet tried on two people with two phones');
  });

  it('says what is wrong with the settings of a simulation', async () => {
    await using folder = await temporaryFolder();
    const args = ['company', '--data', 'simulation:people=many', '--out', join(folder.path, 'pairs')];
    await expect(createTrainCommand(cliContext()).parseAsync(args, { from: 'user' })).rejects.toMatchObject({
      code: 'USAGE',
    });
  });
});
