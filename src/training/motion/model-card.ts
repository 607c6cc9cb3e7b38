import type { SequenceManifest } from '../../inference/models/manifest.js';
import type { Adaptation } from './adaptation/adapt-network.js';
import {
  ADAPTATION_COLUMNS,
  adaptationRows,
  adaptationSentence,
  BASE_NOTE,
} from './adaptation/adaptation-text.js';
import { METHOD_NAMES } from './baselines/baseline.js';
import type { DataSet } from './data/data-set.js';
import type { TrackedFigures } from './figures/tracked-figures.js';
import { verdictOn } from './figures/verdict.js';
import type { ProtocolFigures } from './folds/cross-validate.js';
import { LEAKY_WARNING } from './folds/protocols.js';
import { type HyperParameters, hyperParametersSchema } from './network/hyper-parameters.js';
import type { Measurement, TrackedTargetFigures } from './train-model.js';

/** What a card says that cannot be computed. */
export interface CardText {
  /** One line: what the model recognises, on whom. */
  readonly summary: string;
  /** Where the data comes from and under which terms. */
  readonly data: string;
  readonly licence: string;
  /** What it must not be used for, and where it fails; one a line. */
  readonly limits: readonly string[];
}

export interface CardInput {
  readonly manifest: Pick<
    SequenceManifest,
    | 'name'
    | 'version'
    | 'channels'
    | 'samplingRateHz'
    | 'sizeSamples'
    | 'strideSamples'
    | 'gravity'
    | 'placement'
    | 'targets'
  >;
  readonly text: CardText;
  readonly dataSet: DataSet;
  readonly hyper: HyperParameters;
  readonly epochs: number;
  readonly measurements: readonly Measurement[];
  readonly command: string | undefined;
  /** Of a model made of another one. */
  readonly adaptation?: Adaptation | undefined;
}

/** The model card, `README.md` of a model folder. */
export function modelCard(input: CardInput): string {
  const { manifest, text, dataSet } = input;
  const seconds = manifest.sizeSamples / manifest.samplingRateHz;
  return `${[
    `# ${manifest.name} ${manifest.version}`,
    text.summary,
    '## What it takes and gives',
    bullets([
      `Channels: ${manifest.channels.join(', ')}; gravity ${manifest.gravity}`,
      `Placement of the sensor: ${manifest.placement}`,
      `Windows of ${manifest.sizeSamples} samples at ${manifest.samplingRateHz} Hz (${round(seconds, 2)} s), one every ${manifest.strideSamples} samples`,
      ...manifest.targets.map((target) => `Target \`${target.name}\`: ${target.classes.join(', ')}`),
    ]),
    '## Data',
    text.data,
    `Trained on ${dataSet.count} windows of ${dataSet.subjects.length} subjects, ${input.epochs} epochs. Licence of the weights: ${text.licence}`,
    '## How good it is',
    ...(input.adaptation ? adaptationText(input.adaptation) : measurementText(input.measurements)),
    '## Limits',
    bullets(text.limits),
    '## How it was trained',
    bullets(hyperText(input.hyper)),
    ...(input.command === undefined ? [] : [`\`\`\`\n${input.command}\n\`\`\``]),
  ].join('\n\n')}\n`;
}

function adaptationText(adaptation: Adaptation): string[] {
  const hasBase = adaptation.figures.some(({ distribution }) => distribution === 'base');
  return [
    adaptationSentence(adaptation),
    table(ADAPTATION_COLUMNS, adaptationRows(adaptation)),
    ...(hasBase ? [BASE_NOTE] : []),
  ];
}

function measurementText(measurements: readonly Measurement[]): string[] {
  if (measurements.length === 0) return ['It was not measured.'];
  const targets = [...(measurements[0]?.figures.keys() ?? [])];
  const leaky = measurements.filter((measurement) => measurement.leaky).map(({ description }) => description);
  return [
    ...targets.flatMap((target) => [
      `### ${target}`,
      figureTable(target, measurements),
      ...measurements.flatMap((measurement) => detailText(target, measurement)),
    ]),
    ...(leaky.length === 0 ? [] : [`**${leaky.join('; ')}**: ${LEAKY_WARNING}`]),
  ];
}

function figureTable(target: string, measurements: readonly Measurement[]): string {
  return table(
    [
      'protocol',
      'method',
      'accuracy [95 % interval over people]',
      'balanced accuracy [95 %]',
      'balanced accuracy by subject, mean ± std',
      'macro F1',
      'ROC AUC',
      'calibration error',
    ],
    measurements.flatMap((measurement) => figureRows(target, measurement)),
  );
}

/** The network first, then what it is compared with. */
function figureRows(target: string, measurement: Measurement): string[][] {
  const figures = measurement.figures.get(target);
  if (figures === undefined) return [];
  const row = (
    method: string,
    { pooled, intervals, bySubject }: Pick<ProtocolFigures, 'pooled' | 'intervals' | 'bySubject'>,
  ): string[] => [
    nameOf(measurement),
    method,
    `${share(pooled.accuracy)}${range(intervals?.accuracy)}`,
    `${share(pooled.balancedAccuracy)}${range(intervals?.balancedAccuracy)}`,
    overSubjects(bySubject),
    share(pooled.macroF1),
    share(pooled.rocAuc),
    share(pooled.calibrationError),
  ];
  return [
    row(`**${METHOD_NAMES.network}**`, figures),
    ...[...measurement.baselines].flatMap(([baseline, byTarget]) => {
      const others = byTarget.get(target);
      return others === undefined ? [] : [row(METHOD_NAMES[baseline], others)];
    }),
    row(METHOD_NAMES.majority, { pooled: figures.majority, intervals: null, bySubject: new Map() }),
  ];
}

function detailText(target: string, measurement: Measurement): string[] {
  const figures = measurement.figures.get(target);
  if (figures === undefined || measurement.leaky) return [];
  const { classes, confusion, precision, recall } = figures.pooled;
  return [
    `Windows by class, ${measurement.description}:`,
    table(
      ['truth', ...classes.map((name) => `predicted ${name}`), 'precision', 'recall'],
      classes.map((name, at) => [
        name,
        ...(confusion[at] ?? []).map(String),
        share(precision[at]),
        share(recall[at]),
      ]),
    ),
    ...verdictText(target, measurement),
    ...statusText(measurement.tracked.get(target)),
    `Balanced accuracy by subject: ${[...figures.bySubject].map(([subject, metrics]) => `${subject} ${share(metrics.balancedAccuracy)}`).join(', ')}.`,
  ];
}

function verdictText(target: string, measurement: Measurement): string[] {
  const verdict = verdictOn(target, measurement);
  return verdict === undefined ? [] : [`Verdict: ${verdict.text}.`];
}

function statusText(tracked: TrackedTargetFigures | undefined): string[] {
  if (tracked === undefined) return [];
  const { figures, filtered } = tracked;
  const smoothing = `after smoothing, hysteresis and dwell: ${statusFigures(figures)}`;
  if (filtered === undefined) return [`As a status, ${smoothing}.`];
  return [
    `As a status, by the model's own filter (each person's learnt from the others): ${statusFigures(filtered)}.`,
    `Without it, ${smoothing}.`,
  ];
}

function statusFigures(figures: TrackedFigures): string {
  const { accuracy, balancedAccuracy, unknown, switchesPerHour, trueSwitchesPerHour, delayMs } = figures;
  const { changes, missedChanges } = figures;
  const delay = delayMs === null ? '' : ` ${Math.round(delayMs / 1000)} s after them (median)`;
  return (
    `right for ${share(accuracy)} of the labelled time (balanced ${share(balancedAccuracy)}), unknown for ` +
    `${share(unknown)}; ${switchesPerHour?.toFixed(1) ?? '–'} switches an hour where there truly were ` +
    `${trueSwitchesPerHour?.toFixed(1) ?? '–'}; ${changes - missedChanges} of ${changes} changes were noticed${delay}`
  );
}

function nameOf(measurement: Measurement): string {
  const { description, completedFolds, folds } = measurement;
  return completedFolds === folds
    ? description
    : `${description}, stopped after ${completedFolds} of ${folds}`;
}

function overSubjects(bySubject: ProtocolFigures['bySubject']): string {
  const values = [...bySubject.values()].map((metrics) => metrics.balancedAccuracy);
  if (values.length === 0) return '–';
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return `${share(mean)} ± ${share(Math.sqrt(variance))}`;
}

/** Those that differ from the defaults come first. */
function hyperText(hyper: HyperParameters): string[] {
  const defaults: Readonly<Record<string, unknown>> = hyperParametersSchema.parse({});
  const entries = Object.entries(hyper);
  const changed = entries.filter(([name, value]) => defaults[name] !== value);
  const kept = entries.filter(([name, value]) => defaults[name] === value);
  const text = (list: [string, unknown][]): string =>
    list.map(([name, value]) => `${name} ${value}`).join(', ');
  return [
    ...(changed.length === 0 ? [] : [`Chosen: ${text(changed)}`]),
    `As in the paper, or by default: ${text(kept)}`,
  ];
}

/** Lines as a list in Markdown. */
export function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function share(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : value.toFixed(3);
}

function range(interval: readonly [number, number] | null | undefined): string {
  return interval ? ` [${interval[0].toFixed(2)}, ${interval[1].toFixed(2)}]` : '';
}

function round(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
