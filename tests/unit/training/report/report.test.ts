import { describe, expect, it } from 'vitest';
import { fitNormalisation } from '../../../../src/training/motion/data/normalisation.js';
import { statusTruths, trackRecordings } from '../../../../src/training/motion/figures/tracked.js';
import { trackedFigures } from '../../../../src/training/motion/figures/tracked-figures.js';
import { figuresOf } from '../../../../src/training/motion/folds/cross-validate.js';
import { allWindows, splitsOf } from '../../../../src/training/motion/folds/protocols.js';
import { hyperParametersSchema } from '../../../../src/training/motion/network/hyper-parameters.js';
import { networkSpecOf } from '../../../../src/training/motion/run/train-network.js';
import type { Measurement } from '../../../../src/training/motion/train-model.js';
import { type ReportInput, reportJson } from '../../../../src/training/report/report.js';
import { reportPage } from '../../../../src/training/report/write-report.js';
import { toyDataSet } from '../../../helpers/data-sets.js';
import { randomParameters } from '../../../helpers/networks.js';

const dataSet = toyDataSet({ subjects: 3, windowsEach: 20 });
const hyper = hyperParametersSchema.parse({ sizeSamples: 12, filters: 4, cells: 5 });
const history = [
  { epoch: 1, loss: 0.7, validation: null, watched: 0.6 },
  { epoch: 2, loss: 0.5, validation: null, watched: 0.8 },
];

/** Everybody is told with the probability of the truth. */
function measurement(protocol: 'loso' | 'random'): Measurement {
  const folds = splitsOf(dataSet, protocol, { folds: 3, testShare: 0.25, seed: 1 });
  const labels = dataSet.labels.get('conversation') ?? [];
  const results = folds.map(({ name, test }) => {
    const told = test.flatMap((index) => {
      const positive = labels[index] === 1 ? 0.5 + (index % 5) / 10 : 0.6 - (index % 5) / 10;
      return [1 - positive, positive];
    });
    const probabilities = new Map([['conversation', Float32Array.from(told)]]);
    return { name, test, probabilities, history, bestEpoch: 2 };
  });
  const figures = new Map([['conversation', figuresOf(dataSet, 'conversation', folds, results)]]);
  const indices = results.flatMap(({ test }) => test);
  const joined = Float32Array.from(
    results.flatMap((result) => [...(result.probabilities.get('conversation') ?? [])]),
  );
  const truths = statusTruths(dataSet, 'conversation', indices, joined);
  const recordings = trackRecordings(truths, { name: 'conversation', classes: [] }, (_, windows) =>
    windows.slice(2, 3).map(({ startMs, endMs }) => ({ status: 'yes', sinceMs: startMs, saidMs: endMs })),
  );
  return {
    protocol,
    name: protocol,
    description: `the ${protocol} way`,
    leaky: protocol === 'random',
    folds: 3,
    completedFolds: 3,
    figures,
    tracked: new Map([
      [
        'conversation',
        { figures: trackedFigures(recordings), recordings, filtered: undefined, filter: undefined },
      ],
    ]),
    histories: results,
    baselines: new Map([['svm', figures]]),
  };
}

function input(measurements: readonly Measurement[]): ReportInput {
  return {
    name: 'toy',
    version: '1',
    text: { summary: 'Tells <talk> & "quiet".', data: 'Made up.', licence: 'CC0', limits: ['<b>Few</b>.'] },
    model: {
      network: {
        spec: networkSpecOf(dataSet, hyper),
        parameters: randomParameters(networkSpecOf(dataSet, hyper), 1),
        normalisation: fitNormalisation(dataSet, allWindows(dataSet), hyper),
        history,
        bestEpoch: 2,
      },
      measurements,
    },
    dataSet,
    hyper,
    targets: ['conversation'],
    trainedAt: '2026-01-02T03:04:05.000Z',
    command: 'alongside train accompany --data "x"',
  };
}

describe('reportPage', () => {
  const page = reportPage(input([measurement('random'), measurement('loso')]));

  it('draws curves, confusion, people and timelines', () => {
    for (const title of [
      'conversation: confusion, windows',
      'conversation: ROC',
      'conversation: balanced accuracy by person',
      'Learning, by fold',
      'Training of the model itself',
      'conversation: r1 (person s1)',
    ]) {
      expect(page).toContain(`<svg role="img" aria-label="${title}"`);
    }
    expect(page.match(/<svg /g)).toHaveLength(2 * 7 + 1);
  });

  it('needs nothing from elsewhere and runs nothing', () => {
    expect(page).not.toMatch(/<script|<link|<img|@import|javascript:|url\(http/i);
    expect(page.match(/(?:src|href)="(?!#)/g)).toBeNull();
  });

  it('puts honest figures before leaky ones, and warns of these', () => {
    expect(page.indexOf('<h2>the loso way')).toBeLessThan(page.indexOf('<h2>the random way'));
    expect(page.indexOf('Leaky.')).toBeGreaterThan(page.indexOf('<h2>the random way'));
    expect(page).toMatch(
      /balanced accuracy <small>\[0\.\d\d, [01]\.\d\d\]<\/small> over\s+60 windows, the loso way/,
    );
  });

  it('takes names as text', () => {
    expect(page).toMatch(/<p>Verdict: .* the best baseline/);
    expect(page).toContain('Tells &lt;talk&gt; &amp; &quot;quiet&quot;.');
    expect(page).toContain('&lt;b&gt;Few&lt;/b&gt;.');
    expect(page).not.toContain('<b>Few');
  });

  it('says that nothing was measured', () => {
    expect(reportPage(input([]))).toContain('It was not measured.');
  });
});

describe('reportJson', () => {
  it('has the figures of every protocol with intervals, statuses, baselines and epochs', () => {
    const report = JSON.parse(JSON.stringify(reportJson(input([measurement('loso')]))));
    expect(report).toMatchObject({ name: 'toy', windows: 60, subjects: ['s1', 's2', 's3'], bestEpoch: 2 });
    const { targets, tracked, baselines, histories } = report.protocols.loso;
    expect(targets.conversation.intervals.balancedAccuracy).toHaveLength(2);
    expect(Object.keys(targets.conversation.bySubject)).toEqual(['s1', 's2', 's3']);
    expect(tracked.conversation.unknown).toBeGreaterThan(0);
    expect(baselines.svm.conversation.accuracy).toBe(targets.conversation.accuracy);
    expect(histories[0].history).toEqual(history);
  });
});
