import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { foldStatistics, worstExamples } from '../../../../src/training/images/image-card.js';
import { writeImageReport } from '../../../../src/training/images/image-report.js';
import { scoreTarget, sumOfFolds } from '../../../../src/training/metrics.js';
import { jpegOf, RED } from '../../../helpers/pictures.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';

const CLASSES = ['hat', 'shoe <b>'];

describe('worstExamples', () => {
  it('shows what was most surely taken for something else, the surest first', () => {
    const guesses = Float32Array.of(0.9, 0.1, 0.3, 0.7, 0.05, 0.95, 0.8, 0.2);
    expect(worstExamples(CLASSES, ['a', 'b', 'c', 'd'], [0, 0, 0, 1], guesses, 2)).toEqual([
      { path: 'c', truth: 'hat', told: 'shoe <b>', probability: expect.closeTo(0.95) },
      { path: 'd', truth: 'shoe <b>', told: 'hat', probability: expect.closeTo(0.8) },
    ]);
  });
});

describe('folds', () => {
  it('are added up, and their spread is that of a sample', () => {
    const fold = (...probabilities: number[]) =>
      scoreTarget({ classes: CLASSES, truth: [0, 1], probabilities });
    const total = sumOfFolds([fold(0.9, 0.1, 0.2, 0.8), fold(0.9, 0.1, 0.8, 0.2)]);
    expect(total).toMatchObject({
      windows: 4,
      confusion: [
        [2, 0],
        [1, 1],
      ],
    });
    expect(sumOfFolds([])).toBeUndefined();
    expect(foldStatistics([1, 0.5])).toEqual({ mean: 0.75, deviation: expect.closeTo(0.35355, 4) });
    expect(foldStatistics([0.7])).toEqual({ mean: 0.7, deviation: 0 });
  });
});

describe('writeImageReport', () => {
  it('is one page with a confusion matrix and thumbnails, whatever classes and files are called', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'a"b.jpg');
    await writeFile(path, await jpegOf(RED, 400, 30));
    const metrics = scoreTarget({ classes: CLASSES, truth: [0], probabilities: [0.1, 0.9] });
    await writeImageReport(folder.path, {
      name: 'garments',
      version: '1',
      summary: 'A <test>',
      training: ['one step'],
      measurements: [{ name: 'validation', protocol: 'validation folder', folds: [metrics] }],
      worst: [{ path, truth: 'hat', told: 'shoe <b>', probability: 0.9 }],
    });
    const page = await readFile(join(folder.path, 'report.html'), 'utf8');
    expect(page).toContain('src="data:image/jpeg;base64,');
    expect(page).toContain('hat, told shoe &lt;b&gt; (0.90)');
    expect(page).toContain('A &lt;test&gt;');
    expect(page).toContain('<svg role="img"');
    expect(page).not.toContain('<b>');
    expect(page).not.toContain('<script');
  });
});
