import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readModelFolder } from '../../src/inference/models/model-folder.js';
import { lastJson, runCli } from '../helpers/run-cli.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const SMALL = [
  'samplingRateHz=10',
  'sizeSamples=32',
  'strideSamples=16',
  'filters=8',
  'cells=16',
  'epochs=4',
  'learningRate=0.005',
].flatMap((setting) => ['--set', `hyper.${setting}`]);

const share = z.number().min(0).max(1);
const interval = z.tuple([share, share]);
const targetSchema = z.looseObject({
  accuracy: share,
  balancedAccuracy: share,
  macroF1: share,
  confusion: z.array(z.array(z.int())),
  intervals: z.looseObject({ balancedAccuracy: interval, macroF1: interval }),
});
const protocolSchema = z.looseObject({
  leaky: z.boolean(),
  targets: z.record(z.string(), targetSchema),
  tracked: z.record(z.string(), z.looseObject({ switchesPerHour: z.number() })),
  baselines: z.record(z.string(), z.record(z.string(), targetSchema)),
});
const trainingSchema = z.object({
  model: z.string(),
  windows: z.int(),
  subjects: z.literal(4),
  protocols: z.object({ loso: protocolSchema, random: protocolSchema }),
});
const evaluationSchema = z.object({ windows: z.int(), targets: z.record(z.string(), targetSchema) });

const quantisedSchema = z.object({
  bytes: z.object({ before: z.int(), after: z.int() }),
  windows: z.int(),
  agreement: z.object({ conversation: share }),
});

describe('alongside train accompany, then evaluate and quantise', () => {
  it('trains on labelled people, compares, reports, scores the model on others, and makes it smaller', async () => {
    await using folder = await temporaryFolder();
    const out = join(folder.path, 'mine');
    const trained = await runCli([
      ...['train', 'accompany', '--data', 'simulation:people=4,seconds=400', '--out', out],
      ...[
        '--targets',
        'conversation',
        '--protocol',
        'loso,random',
        '--folds',
        '2',
        '--baselines',
        'svm',
        '--json',
      ],
      ...SMALL,
    ]);
    expect(trained.code, trained.stderr).toBe(0);
    const { loso, random } = lastJson(trained, trainingSchema).protocols;
    expect([loso.leaky, random.leaky]).toEqual([false, true]);
    for (const { targets, baselines } of [loso, random]) {
      expect(Object.keys(targets)).toEqual(['conversation']);
      expect(Object.keys(baselines)).toEqual(['svm']);
    }

    const report = z
      .looseObject({ protocols: z.object({ loso: protocolSchema, random: protocolSchema }) })
      .parse(JSON.parse(await readFile(join(out, 'report.json'), 'utf8')));
    expect(report.protocols.loso.targets).toEqual(loso.targets);
    const page = await readFile(join(out, 'report.html'), 'utf8');
    expect(page).toContain('leave-one-subject-out');
    expect(page).toContain('Leaky.');
    expect(page).toContain('aria-label="conversation: ROC"');
    const card = await readFile(join(out, 'README.md'), 'utf8');
    expect(card).toMatch(/\| leave-one-subject-out \| \*\*CNN-LSTM\*\* \|/);
    expect(card).toMatch(/\| leave-one-subject-out \| SVM on window features \|/);
    expect(card).toMatch(/As a status, .*: right for/);

    const others = 'simulation:people=2,seconds=300,first=100';
    const evaluation = ['evaluate', '--model', out, '--data', others, '--json'];
    const scored = await runCli(evaluation);
    expect(scored.code, scored.stderr).toBe(0);
    const { windows, targets } = lastJson(scored, evaluationSchema);
    const counted = targets['conversation']?.confusion.flat().reduce((sum, count) => sum + count, 0);
    expect(counted).toBe(windows);
    const clear = await runCli([...evaluation, '--label-share', '0.99']);
    expect(clear.code, clear.stderr).toBe(0);
    expect(lastJson(clear, evaluationSchema).windows).toBeLessThan(windows);

    const int8 = join(folder.path, 'mine-int8');
    const words = ['models', 'quantise', out, '--data', others, '--out', int8, '--json'];
    const quantised = await runCli([...words, '--min-agreement', '0.95']);
    expect(quantised.code, quantised.stderr).toBe(0);
    const { bytes, agreement, ...compared } = lastJson(quantised, quantisedSchema);
    expect(bytes.after).toBeLessThan(bytes.before);
    expect(compared.windows).toBe(windows);
    const { manifest } = await readModelFolder(int8);
    expect(manifest).toMatchObject({
      name: 'mine-int8',
      version: expect.stringMatching(/.\+int8$/),
      provenance: { metrics: { 'conversation.int8Agreement': agreement.conversation } },
    });
    const int8Card = await readFile(join(int8, 'README.md'), 'utf8');
    expect(int8Card).toMatch(/^# mine-int8 \S+\+int8\n/);
    expect(int8Card).toContain('## 8-bit weights');
    const again = await runCli(['evaluate', '--model', int8, '--data', others, '--json']);
    expect(lastJson(again, evaluationSchema).windows).toBe(windows);
  });
});
