import { configSchema } from '../../config/schema.js';
import type { Recording } from '../../domain/recording.js';
import {
  MODEL_SENSORS,
  type SequenceManifest,
  targetsWithoutFilter,
} from '../../inference/models/manifest.js';
import type { ModelFolder } from '../../inference/models/model-folder.js';
import { startInferencePool } from '../../inference/workers/inference-pool.js';
import { selectChannels } from '../../training/motion/data/select-channels.js';
import type { UnknownAs } from '../../training/motion/data/window-labels.js';
import {
  type EvaluatedTarget,
  type Evaluation,
  evaluateModel,
} from '../../training/motion/evaluate-model.js';
import type { TrackedFigures } from '../../training/motion/figures/tracked-figures.js';
import { type CliContext, createProgressLine } from '../context.js';
import { leftOutWindows, trackingOf, trainingWindows } from './training-data.js';
import { loadTrainingRecordings } from './training-recordings.js';

/** Options of `alongside evaluate` for recordings. */
export interface RecordingsFlags {
  readonly data: string;
  readonly labelShare: number;
  readonly unknownAs: UnknownAs;
  readonly json?: boolean;
}

const BATCH_WINDOWS = 64;

/** Scores a sequence model on labelled recordings. */
export async function evaluateOnRecordings(
  context: CliContext,
  flags: RecordingsFlags,
  { files }: ModelFolder,
  manifest: SequenceManifest,
): Promise<void> {
  const { usable, nameOf } = await recordingsFor(context, flags.data, manifest);
  const smoothed = targetsWithoutFilter(manifest);
  if (smoothed.length > 0) {
    context.note(
      `no learnt filter, or one without calibration: ${smoothed.join(', ')}; statuses are smoothed`,
    );
  }
  await using pool = startInferencePool({
    workers: 1,
    maxBatch: BATCH_WINDOWS,
    onWorkerLost: ({ message }) => context.note(message),
  });
  await using classifier = await pool.load(manifest, files);
  const progress = createProgressLine(context);
  const evaluation = await evaluateModel(
    manifest,
    usable,
    trainingWindows(manifest),
    (batch, count) => classifier.run(batch, count),
    {
      batchSize: BATCH_WINDOWS,
      labelShare: flags.labelShare,
      unknownAs: flags.unknownAs,
      minCoverage: configSchema.parse({}).infer.minCoverage,
      tracking: trackingOf(manifest, (name) => thresholdOf(manifest, name)),
      signal: context.signal,
      onProgress: (done) => progress.update('evaluating', done),
    },
  );
  for (const line of leftOutWindows(evaluation.report, nameOf)) context.note(line);
  report(context, flags, evaluation);
}

/** Recordings that have what a model takes, and a note of each that has not. */
export async function recordingsFor(
  context: CliContext,
  data: string,
  manifest: SequenceManifest,
): Promise<{ readonly usable: readonly Recording[]; readonly nameOf: (recording: Recording) => string }> {
  const { recordings, nameOf, unreadable } = await loadTrainingRecordings(data);
  const sensors = MODEL_SENSORS.filter((sensor) =>
    manifest.channels.some((channel) => channel.startsWith(`${sensor}.`)),
  );
  const { accelerometerUnit, placement } = manifest;
  const { usable, skipped } = selectChannels(recordings, { sensors, accelerometerUnit, placement, nameOf });
  for (const line of [...unreadable, ...skipped]) context.note(`left out: ${line}`);
  const silent = usable.filter((recording) => recording.placement === undefined).length;
  if (placement !== 'any' && silent > 0) {
    context.note(
      `${silent} of ${usable.length} recordings do not say where the sensor was worn; taken for ${placement}`,
    );
  }
  return { usable, nameOf };
}

function report(
  context: CliContext,
  flags: RecordingsFlags,
  { windows, assumed, targets }: Evaluation,
): void {
  if (flags.json === true) {
    context.print(JSON.stringify({ windows, assumed, targets: Object.fromEntries(targets) }));
    return;
  }
  const also = assumed === 0 ? '' : `, ${assumed} of them taken for “no” because nobody labelled them`;
  context.print(`${windows} windows with a label${also}`);
  for (const [target, figures] of targets) {
    for (const line of linesOf(target, figures)) context.print(line);
  }
}

function linesOf(target: string, figures: EvaluatedTarget): string[] {
  const { accuracy, balancedAccuracy, macroF1, classes, confusion, intervals, verdict } = figures;
  const { tracked, filtered } = figures;
  const range = intervals?.balancedAccuracy;
  return [
    `${target}: balanced accuracy ${balancedAccuracy.toFixed(3)}` +
      `${range ? ` (95 % interval over people: ${range.map((value) => value.toFixed(3)).join(' to ')})` : ''}, ` +
      `accuracy ${accuracy.toFixed(3)}, macro F1 ${macroF1.toFixed(3)}`,
    ...classes.map((name, at) => {
      const cells = (confusion[at] ?? []).map((count, other) => `${count} ${classes[other]}`);
      return `  truth ${name}: predicted ${cells.join(', ')}`;
    }),
    `  verdict: ${verdict.text}`,
    ...(filtered === null ? [] : [`  as a status, by its own filter: ${statusLine(filtered)}`]),
    ...(tracked === null ? [] : [`  as a status, smoothed: ${statusLine(tracked)}`]),
  ];
}

function statusLine({
  accuracy,
  unknown,
  switchesPerHour,
  trueSwitchesPerHour,
  delayMs,
}: TrackedFigures): string {
  const percent = (share: number | null): string => (share === null ? '–' : `${(share * 100).toFixed(1)} %`);
  const delay = delayMs === null ? '' : `, ${Math.round(delayMs / 1000)} s after a change`;
  return (
    `right ${percent(accuracy)} of the time, unknown ${percent(unknown)}, ` +
    `${switchesPerHour?.toFixed(1)} switches an hour (truly ${trueSwitchesPerHour?.toFixed(1)})${delay}`
  );
}

function thresholdOf({ targets }: SequenceManifest, name: string): number {
  return targets.find((target) => target.name === name)?.threshold ?? 0.5;
}
