import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../shared/files.js';
import type { TargetMetrics } from '../metrics.js';
import type { Adaptation } from '../motion/adaptation/adapt-network.js';
import {
  ADAPTATION_COLUMNS,
  adaptationRows,
  adaptationSentence,
  BASE_NOTE,
} from '../motion/adaptation/adaptation-text.js';
import { METHOD_NAMES } from '../motion/baselines/baseline.js';
import type { Interval } from '../motion/figures/subject-intervals.js';
import type { TrackedRecording } from '../motion/figures/tracked.js';
import { trackedFigures } from '../motion/figures/tracked-figures.js';
import { verdictOn } from '../motion/figures/verdict.js';
import type { ProtocolFigures } from '../motion/folds/cross-validate.js';
import { LEAKY_WARNING } from '../motion/folds/protocols.js';
import type { Measurement } from '../motion/train-model.js';
import {
  confusionChart,
  type FiguresByMethod,
  learningChart,
  methodsOf,
  rocChart,
  subjectChart,
} from './figure-charts.js';
import { STYLE, table, trackedTable } from './page-parts.js';
import { type Chart, escapeHtml, renderChart } from './render-chart.js';
import { honestFirst, type ReportInput, reportJson } from './report.js';
import { timelineChart } from './timeline-chart.js';

/** Writes `report.html` and `report.json`. */
export async function writeReport(folder: string, input: ReportInput): Promise<void> {
  await makeFolder(folder);
  await writeFile(join(folder, 'report.json'), `${JSON.stringify(reportJson(input), undefined, 2)}\n`);
  await writeFile(join(folder, 'report.html'), reportPage(input));
}

/** Which recordings are shown at once, from the worst to the best. */
const EXAMPLES = [0, 0.5, 1];

/** The report for people: one HTML page without scripts or anything from elsewhere. */
export function reportPage(input: ReportInput): string {
  const { name, version, text, dataSet, model, trainedAt } = input;
  const measurements = honestFirst(model.measurements);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(name)}: training report</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escapeHtml(name)} <small>${escapeHtml(version)}</small></h1>
<p>${escapeHtml(text.summary)}</p>
<p class="facts">${dataSet.count} windows of ${dataSet.subjects.length} people · ${dataSet.channels.length} channels ·
${input.hyper.sizeSamples} samples at ${input.hyper.samplingRateHz} Hz · trained ${escapeHtml(trainedAt.slice(0, 10))}</p>
</header>
<main>
${headlines(input, measurements)}
${measurements.map((measurement) => measurementSection(input, measurement)).join('\n')}
${trainingSection(input)}
</main>
</body>
</html>
`;
}

function headlines({ adaptation, targets }: ReportInput, measurements: readonly Measurement[]): string {
  if (adaptation !== undefined) return adaptationSection(adaptation);
  if (measurements.length === 0) return '<p class="note">It was not measured.</p>';
  return targets.map((target) => headline(target, measurements)).join('\n');
}

function adaptationSection(adaptation: Adaptation): string {
  const hasBase = adaptation.figures.some(({ distribution }) => distribution === 'base');
  return `<section>
<h2>Before and after</h2>
<p>${escapeHtml(adaptationSentence(adaptation))}</p>
${table(
  ADAPTATION_COLUMNS,
  adaptationRows(adaptation).map((row) => row.map(escapeHtml)),
)}
${hasBase ? `<p class="note">${escapeHtml(BASE_NOTE)}</p>` : ''}
</section>`;
}

/** The figure a model is known by, and what it has to be compared with. */
function headline(target: string, measurements: readonly Measurement[]): string {
  const [first] = measurements;
  const methods = first === undefined ? [] : methodsOf(target, first.figures, first.baselines);
  const [network, ...others] = methods;
  if (network === undefined || first === undefined) return '';
  const { pooled, intervals, majority } = network[1];
  const verdict = verdictOn(target, first);
  const best = others.toSorted((a, b) => b[1].pooled.balancedAccuracy - a[1].pooled.balancedAccuracy)[0];
  return `<section class="headline">
<h2>${escapeHtml(target)}</h2>
<p><strong>${share(pooled.balancedAccuracy)}</strong> balanced accuracy${range(intervals?.balancedAccuracy)} over
${pooled.windows} windows, ${escapeHtml(first.description)}.
${best === undefined ? '' : `Best of the others: ${escapeHtml(best[0])} ${share(best[1].pooled.balancedAccuracy)}. `}Majority vote:
${share(majority.balancedAccuracy)}.</p>
${verdict === undefined ? '' : `<p>Verdict: ${escapeHtml(verdict.text)}.</p>`}
</section>`;
}

function measurementSection(input: ReportInput, measurement: Measurement): string {
  const { description, leaky, folds, completedFolds } = measurement;
  const stopped =
    completedFolds < folds ? `<p class="note">Stopped after ${completedFolds} of ${folds} folds.</p>` : '';
  const warning = leaky ? `<p class="warning"><strong>Leaky.</strong> ${LEAKY_WARNING}</p>` : '';
  return `<section>
<h2>${escapeHtml(description)}</h2>
${warning}${stopped}
${input.targets.map((target) => targetPart(target, measurement)).join('\n')}
${plots([
  learningChart(
    'Learning, by fold',
    measurement.histories.map(({ name, history }) => ({ name, history })),
  ),
])}
</section>`;
}

function targetPart(target: string, measurement: Measurement): string {
  const methods = methodsOf(target, measurement.figures, measurement.baselines);
  const [network] = methods;
  if (network === undefined) return '';
  const tracked = measurement.tracked.get(target);
  // Two colours are for yes and no.
  const recordings = network[1].pooled.classes.length === 2 ? worstFirst(tracked?.recordings ?? []) : [];
  const examples = EXAMPLES.flatMap((at) => recordings.at(Math.floor(at * (recordings.length - 1))) ?? []);
  const timelines = (shown: readonly TrackedRecording[]): string =>
    plots(shown.map((recording) => timelineChart(target, recording)));
  return `<h3>${escapeHtml(target)}</h3>
${figureTable(methods)}
${classTable(network[1])}
${tracked === undefined ? '' : trackedTable(tracked.figures, tracked.filtered)}
${plots([confusionChart(target, network[1]), rocChart(target, methods), subjectChart(target, methods)])}
${recordings.length === 0 ? '' : `<p class="note">Truth beside status in the recording with the fewest right statuses, one in the middle, and the best (dark: yes, light: no, white: unknown; line: probability).</p>`}
${timelines([...new Set(examples)])}
${recordings.length <= EXAMPLES.length ? '' : `<details><summary>The other recordings</summary>${timelines(recordings.filter((recording) => !examples.includes(recording)))}</details>`}`;
}

/** Recordings by the share of time with the right status. */
function worstFirst(recordings: readonly TrackedRecording[]): TrackedRecording[] {
  const rightShare = (recording: TrackedRecording): number => trackedFigures([recording]).accuracy ?? 0;
  return recordings.toSorted((a, b) => rightShare(a) - rightShare(b));
}

function figureTable(methods: FiguresByMethod): string {
  const row = (
    name: string,
    { pooled, intervals }: Pick<ProtocolFigures, 'pooled' | 'intervals'>,
  ): string[] => [
    name,
    cell(pooled.accuracy, intervals?.accuracy),
    cell(pooled.balancedAccuracy, intervals?.balancedAccuracy),
    cell(pooled.macroF1, intervals?.macroF1),
    cell(pooled.rocAuc, intervals?.rocAuc),
    cell(pooled.calibrationError, intervals?.calibrationError),
  ];
  const majority = methods[0]?.[1].majority;
  return table(
    ['method', 'accuracy', 'balanced accuracy', 'macro F1', 'ROC AUC', 'calibration error'],
    [
      ...methods.map(([name, figures], at) => row(at === 0 ? strong(name) : escapeHtml(name), figures)),
      ...(majority === undefined ? [] : [row(METHOD_NAMES.majority, { pooled: majority, intervals: null })]),
    ],
    'In brackets: 95 % interval over people (subjects drawn again with replacement).',
  );
}

function strong(name: string): string {
  return `<strong>${escapeHtml(name)}</strong>`;
}

function classTable({ pooled, intervals }: ProtocolFigures): string {
  return table(
    ['class', 'windows', 'precision', 'recall'],
    pooled.classes.map((name, at) => [
      escapeHtml(name),
      String(windowsOf(pooled, at)),
      cell(pooled.precision[at], intervals?.precision[at]),
      cell(pooled.recall[at], intervals?.recall[at]),
    ]),
  );
}

function windowsOf({ confusion }: TargetMetrics, at: number): number {
  return (confusion[at] ?? []).reduce((sum, count) => sum + count, 0);
}

function trainingSection({ model, text, hyper, command }: ReportInput): string {
  const { history, bestEpoch } = model.network;
  const settings = Object.entries(hyper).map(([name, value]) => [
    escapeHtml(name),
    escapeHtml(String(value)),
  ]);
  return `<section>
<h2>How it was trained</h2>
<p>${escapeHtml(text.data)} Weights are those of epoch ${bestEpoch} of ${history.length}.</p>
${plots([learningChart('Training of the model itself', [{ name: 'model', history }])])}
${command === undefined ? '' : `<pre>${escapeHtml(command)}</pre>`}
<details><summary>Hyper-parameters</summary>${table(['name', 'value'], settings)}</details>
<h3>Limits</h3>
<ul>${text.limits.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>
</section>`;
}

function plots(charts: readonly (Chart | undefined)[]): string {
  const drawn = charts.filter((chart) => chart !== undefined).map(renderChart);
  return drawn.length === 0 ? '' : `<div class="plots">${drawn.join('\n')}</div>`;
}

function cell(value: number | null | undefined, interval: Interval | null | undefined): string {
  return `${share(value)}${range(interval)}`;
}

function share(value: number | null | undefined): string {
  return typeof value === 'number' ? value.toFixed(3) : '–';
}

function range(interval: Interval | null | undefined): string {
  return interval ? ` <small>[${interval[0].toFixed(2)}, ${interval[1].toFixed(2)}]</small>` : '';
}
