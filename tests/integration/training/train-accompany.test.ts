import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CliContext } from '../../../src/cli/context.js';
import { createTrainCommand } from '../../../src/cli/train/train.js';
import { readModelFolder } from '../../../src/inference/models/model-folder.js';
import { decodeModel } from '../../../src/training/onnx/decode-model.js';
import { cliContext } from '../../helpers/cli-context.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { writeRecording } from '../../helpers/write-recording.js';

const SMALL = [
  'hyper.sizeSamples=16',
  'hyper.samplingRateHz=10',
  'hyper.filters=4',
  'hyper.cells=4',
  'hyper.epochs=1',
];
const PEOPLE = 'simulation:people=3,seconds=120';

/** A second passes whenever somebody looks, so that every step of the progress is told. */
function steadyClock(): CliContext['clock'] {
  let nowMs = 0;
  return { nowMs: () => (nowMs += 1000) };
}

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
/** Ten samples a second with gravity in z. */
const ROWS = Array.from({ length: 600 }, (_, row) => `${row * 100},${Math.sin(row / 3).toFixed(3)},0.5,9.8`);
const MINUTE = csvText(ROWS);

function csvText(rows: readonly string[]): string {
  return ['time_ms,x,y,z', ...rows, ''].join('\n');
}

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

  it.each(['', 'x'.repeat(65)])('refuses the version "%s" before it trains', async (version) => {
    const context = cliContext();
    const training = train(context, '--data', PEOPLE, '--out', 'never', '--model-version', version);
    await expect(training).rejects.toThrow('must have 1 to 64 characters');
    expect(context.notes).toEqual([]);
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
    expect(notes).toMatch(/left out: .*unlabelled.recording\.json has no labels/);
    const { manifest } = await readModelFolder(join(folder.path, 'model'));
    expect(manifest.kind === 'sequence' && manifest.targets.map((target) => target.name)).toEqual([
      'conversation',
    ]);
  });

  it.each([
    ['wrong units', ROWS.map((row) => row.replace('9.8', '0.98')), /m\/s2, but its median .* looks like g/],
    ['infinite values', [...ROWS.slice(1), '60000,Infinity,0,0'], /accelerometer has infinite values/],
    ['no readable values', ROWS.map((row) => `${row.split(',')[0]},NaN,,x`), /has no readable sample/],
    ['values that never change', ROWS.map((row) => `${row.split(',')[0]},0,0,9.8`), /never changes/],
    ['too few samples for a window', ROWS.slice(0, 10), /is shorter than a window/],
    [
      'no label for what is trained',
      ROWS,
      /has no window with a label/,
      { labels: LABELS.map((label) => ({ ...label, conversation: null })) },
    ],
    ['no sensor like the others', ROWS, /has no accelerometer/, { sensors: {} }],
  ])('leaves out a recording with %s, by its file', async (_, rows, reason, overrides: object = {}) => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, 'data');
    for (const id of ['good', 'also']) await writeRecording(join(data, id), { id, labels: LABELS }, MINUTE);
    const odd = join(data, 'odd');
    await writeRecording(odd, { id: 'odd', labels: LABELS, ...overrides }, csvText(rows));
    const context = cliContext();
    await train(context, '--data', data, '--out', join(folder.path, 'model'), '--json');
    const line = context.notes.find((note) => note.startsWith('left out: '));
    expect(line).toMatch(reason);
    expect(line).toContain(join(odd, 'recording.json'));
    const whole = JSON.parse(context.lines.at(-1) ?? '').windows;
    expect(context.notes.some((note) => note.startsWith(`${whole} windows of 1 subjects`))).toBe(true);
  });

  it('leaves out windows in gaps, and says of which recording', async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, 'data');
    const holes = ROWS.filter((_, row) => row < 100 || row > 115);
    await writeRecording(join(data, 'one'), { labels: LABELS }, csvText(holes));
    const context = cliContext();
    await train(
      context,
      '--data',
      data,
      '--out',
      join(folder.path, 'model'),
      '--set',
      'hyper.strideSamples=4',
    );
    expect(context.notes.join('\n')).toMatch(
      /partly left out: .*one.recording\.json: \d+ of \d+ windows lack too many samples/,
    );
  });

  it('goes on with a training that was stopped, as if nothing had happened', async () => {
    await using folder = await temporaryFolder();
    const settings = [
      '--data',
      PEOPLE,
      '--targets',
      'conversation',
      '--set',
      'hyper.epochs=4',
      '--set',
      'hyper.noise=0.1',
    ];
    const through = join(folder.path, 'through');
    await train(cliContext(), ...settings, '--out', through);

    const out = join(folder.path, 'stopped');
    const controller = new AbortController();
    const progress: string[] = [];
    const context = cliContext({
      signal: controller.signal,
      isTerminal: true,
      note: (line) => {
        progress.push(line);
        if (/training.* [5-9]\d %/.test(line)) controller.abort();
      },
      clock: steadyClock(),
    });
    await train(context, ...settings, '--out', out);
    expect(progress).toContain('stopped; the same command with --resume goes on');
    const early = await readModelFolder(out);
    await train(cliContext(), ...settings, '--out', out, '--resume');
    const late = await readModelFolder(out);
    expect(late.manifest.sha256).not.toBe(early.manifest.sha256);
    const weights = async (path: string): Promise<unknown> =>
      decodeModel((await readModelFolder(path)).files.get('model.onnx') ?? new Uint8Array()).graph;
    expect(await weights(out)).toEqual(await weights(through));
  });

  it('refuses to go on from nothing, or with other settings', async () => {
    await using folder = await temporaryFolder();
    const out = join(folder.path, 'model');
    const controller = new AbortController();
    const stopping = cliContext({
      signal: controller.signal,
      isTerminal: true,
      note: (line) => /training.* [5-9]\d %/.test(line) && controller.abort(),
      clock: steadyClock(),
    });
    const again = (...more: string[]): Promise<void> =>
      train(cliContext(), '--data', PEOPLE, '--out', out, '--resume', ...more);
    await expect(again()).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('no unfinished'),
    });
    await train(stopping, '--data', PEOPLE, '--out', out, '--set', 'hyper.epochs=4');
    await expect(again('--set', 'hyper.epochs=5')).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('other data or settings'),
    });
    await again('--set', 'hyper.epochs=4');
    await expect(again('--set', 'hyper.epochs=4')).rejects.toMatchObject({ code: 'USAGE' });
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
