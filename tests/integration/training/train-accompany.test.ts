import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CliContext } from '../../../src/cli/context.js';
import { createTrainCommand } from '../../../src/cli/train.js';
import { readModelFolder } from '../../../src/models/model-folder.js';
import { cliContext } from '../../helpers/cli-context.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { csvOf, writeRecording } from '../../helpers/write-recording.js';

const SMALL = [
  'hyper.sizeSamples=16',
  'hyper.samplingRateHz=10',
  'hyper.filters=4',
  'hyper.cells=4',
  'hyper.epochs=1',
];
const PEOPLE = 'simulation:people=3,seconds=120';

async function train(context: CliContext, ...args: string[]): Promise<void> {
  const command = createTrainCommand(context);
  for (const each of [command, ...command.commands]) {
    each.exitOverride().configureOutput({ writeErr: () => undefined });
  }
  const settings = SMALL.flatMap((setting) => ['--set', setting]);
  await command.parseAsync(['accompany', ...settings, '--protocol', 'none', ...args], { from: 'user' });
}

/** Half a minute of talk, then half a minute without. */
const LABELS = [
  { fromMs: 0, toMs: 30_000, activity: 'sitting', accompanied: true, conversation: true },
  { fromMs: 30_000, toMs: 60_000, activity: 'sitting', accompanied: true, conversation: false },
];
const MINUTE = csvOf(Array.from({ length: 600 }, (_, row) => row * 100));

describe('alongside train accompany', () => {
  it('writes a model folder and reports in JSON', async () => {
    await using folder = await temporaryFolder();
    const out = join(folder.path, 'small');
    const context = cliContext();
    await train(context, '--data', PEOPLE, '--out', out, '--model-version', '1.2.3', '--json');
    const { manifest } = await readModelFolder(out);
    expect(manifest).toMatchObject({ name: 'small', version: '1.2.3', sizeSamples: 16, samplingRateHz: 10 });
    expect(manifest.kind === 'sequence' && manifest.targets.map((target) => target.name)).toEqual([
      'accompanied',
      'conversation',
    ]);
    expect(JSON.parse(context.lines.at(-1) ?? '')).toMatchObject({ model: out, subjects: 3, protocols: {} });
    expect(manifest.provenance.command).toContain('--set hyper.epochs=1');
    expect(manifest.provenance.command).not.toContain(folder.path);
  });

  it('takes the words of the card from card.json in the model folder', async () => {
    await using folder = await temporaryFolder();
    const out = join(folder.path, 'mine');
    await mkdir(out);
    await writeFile(
      join(out, 'card.json'),
      JSON.stringify({ summary: 'Mine.', licence: 'CC0', limits: ['Few.'] }),
    );
    await train(cliContext(), '--data', PEOPLE, '--out', out, '--targets', 'conversation');
    const text = await readFile(join(out, 'README.md'), 'utf8');
    for (const part of ['Mine.', 'CC0', 'Few.', 'No human being was recorded.']) expect(text).toContain(part);
  });

  it('names recordings it cannot use, and learns from the others', async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, 'data');
    await writeRecording(join(data, 'good'), { id: 'good', labels: LABELS }, MINUTE);
    await writeRecording(join(data, 'unlabelled'), { id: 'unlabelled', labels: [] }, MINUTE);
    await writeRecording(join(data, 'torn'), { id: 'torn', labels: LABELS }, 'time_ms,x,y,z\n0,1,2\n');
    const context = cliContext();
    await train(context, '--data', data, '--out', join(folder.path, 'model'));
    const notes = context.notes.join('\n');
    expect(notes).toMatch(/left out: .*torn.*accelerometer\.csv\.gz: line 2/);
    expect(notes).toContain('left out: recording "unlabelled" has no labels');
    const { manifest } = await readModelFolder(join(folder.path, 'model'));
    expect(manifest.kind === 'sequence' && manifest.targets.map((target) => target.name)).toEqual([
      'conversation',
    ]);
  });

  it('says that nobody can be left out of one subject, before it trains', async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, 'data');
    await writeRecording(join(data, 'one'), { labels: LABELS }, MINUTE);
    const out = join(folder.path, 'model');
    const training = train(cliContext(), '--data', data, '--out', out, '--protocol', 'loso');
    await expect(training).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      message: expect.stringContaining('"loso"'),
    });
    await expect(readModelFolder(out)).rejects.toThrow();
  });

  it('refuses recordings in which only one thing happens', async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, 'data');
    await writeRecording(join(data, 'one'), { labels: LABELS.slice(0, 1) }, MINUTE);
    const training = train(cliContext(), '--data', data, '--out', join(folder.path, 'model'));
    await expect(training).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      message: expect.stringContaining('both true and false'),
    });
  });

  it.each([
    ['no data', ['--out', 'x']],
    ['no place for the model', ['--data', PEOPLE]],
    ['a name no model can have', ['--data', PEOPLE, '--out', 'My Model']],
    ['an unknown protocol', ['--data', PEOPLE, '--out', 'x', '--protocol', 'guess']],
    ['an unknown hyper-parameter', ['--data', PEOPLE, '--out', 'x', '--set', 'hyper.luck=1']],
    ['a wrong simulation', ['--data', 'simulation:people=many', '--out', 'x']],
    ['a card that is not there', ['--data', PEOPLE, '--out', 'x', '--card', 'nowhere.json']],
  ])('refuses %s as wrong usage', async (_, args) => {
    await expect(train(cliContext(), ...args)).rejects.toMatchObject({
      code: expect.stringMatching(/^(USAGE|commander)/),
    });
  });

  it('refuses a folder without recordings', async () => {
    await using folder = await temporaryFolder();
    await expect(train(cliContext(), '--data', folder.path, '--out', 'x')).rejects.toMatchObject({
      code: 'RECORDING_INVALID',
    });
  });
});
