import { dirname, join } from 'node:path';
import { refreshModelTable } from '../../inference/models/model-table.js';
import { METHOD_NAMES } from '../../training/motion/baselines/baseline.js';
import type { DataSet } from '../../training/motion/data/data-set.js';
import { type ChannelChoice, selectChannels } from '../../training/motion/data/select-channels.js';
import { verdictOn } from '../../training/motion/figures/verdict.js';
import { checkpointKey, openCheckpoint } from '../../training/motion/run/checkpoint-folder.js';
import { type Measurement, type ModelProgress, trainModel } from '../../training/motion/train-model.js';
import { writeTrainedModel } from '../../training/motion/write-model.js';
import { measurementJson } from '../../training/report/report.js';
import { type CliContext, createProgressLine } from '../context.js';
import { modelNameOf, readCard } from './model-flags.js';
import { trainAdapted } from './train-adapted.js';
import { commandLineOf, outOf, parseHyperSettings, type TrainFlags } from './train-flags.js';
import { labelledTargets, makeDataSet, trackingOf } from './training-data.js';
import { loadTrainingRecordings } from './training-recordings.js';

/** Trains, measures, writes the model folder, and reports; or adapts a model that there is. */
export async function trainAccompany(context: CliContext, flags: TrainFlags): Promise<void> {
  if (flags.from !== undefined) return await trainAdapted(context, flags, flags.from);
  const hyper = parseHyperSettings(flags.set);
  const out = outOf(flags);
  const name = modelNameOf(out);
  const card = await readCard({ ...flags, out });
  const { recordings, nameOf, unreadable, description: data } = await loadTrainingRecordings(flags.data);
  const { sensors, gravity, placement } = flags;
  const choice = selectChannels(recordings, { sensors, gravity, placement, nameOf });
  for (const line of [...unreadable, ...choice.skipped]) context.note(`left out: ${line}`);
  notePlacement(context, placement, choice);
  const targets = flags.targets ?? labelledTargets(choice.usable);
  const dataSet = makeDataSet(context, nameOf, choice, targets, hyper);
  const request = {
    dataSet,
    targets,
    hyper,
    protocols: flags.protocol,
    protocolOptions: { folds: flags.folds, testShare: flags.testShare, seed: hyper.seed },
    baselines: flags.baselines.filter((baseline) => baseline !== 'none'),
    engine: flags.engine,
    workers: flags.workers,
    tracking: trackingOf(hyper),
  };
  const { protocolOptions, engine } = request;
  const key = checkpointKey(dataSet, { hyper, targets, protocolOptions, engine });
  const checkpoint = await openCheckpoint(`${out}.checkpoint`, key, flags.resume === true);
  const progress = createProgressLine(context);
  const trained = await trainModel(request, {
    signal: context.signal,
    onProgress: (step) => progress.update(...progressText(step)),
    checkpoint,
  });
  const trainedAt = new Date(context.clock.nowMs()).toISOString();
  const description = {
    name,
    version: flags.modelVersion ?? trainedAt.replace(/\.\d+Z$/, 'Z').replaceAll(':', '-'),
    gravity: choice.gravity,
    placement: choice.placement,
    targets,
    text: { ...card, data: card.data ?? data },
    trainedAt,
    command: commandLineOf(flags),
  };
  await writeTrainedModel(out, trained, dataSet, hyper, description);
  await refreshModelTable(dirname(out));
  const reportFolder = flags.report ?? out;
  // Plots take a while to load, and other commands need none.
  const { writeReport } = await import('../../training/report/write-report.js');
  await writeReport(reportFolder, { ...description, model: trained, dataSet, hyper });
  if (context.signal.aborted) context.note('stopped; the same command with --resume goes on');
  else await checkpoint.remove();
  context.note(`model: ${out}, report: ${join(reportFolder, 'report.html')}`);
  reportTraining(context, { ...flags, out }, dataSet, trained.measurements);
}

/** A model that speaks of every place, or of a place that only its maker named, is said to be one. */
function notePlacement(
  context: CliContext,
  asked: TrainFlags['placement'],
  { usable, placement }: Pick<ChannelChoice, 'usable' | 'placement'>,
): void {
  const silent = usable.filter((recording) => recording.placement === undefined).length;
  if (silent === 0) return;
  const who = `${silent} of ${usable.length} recordings do not say where the sensor was worn`;
  if (asked === undefined) {
    context.note(`${who}; the model says ${placement}. --placement names the place`);
  } else {
    context.note(`${who}; taken for ${asked}`);
  }
}

function progressText(step: ModelProgress): [phase: string, done: number, detail: string] {
  const { phase, method = 'network', done, loss } = step;
  if (method === 'filter') return [`learning the filter of statuses (${phase})`, done, ''];
  if (phase !== 'train') return [`measuring (${phase}, ${METHOD_NAMES[method]})`, done, ''];
  return ['training', done, loss === undefined ? '' : `loss ${loss.toFixed(3)}`];
}

/** Tells how good the model is: in words, and with `--json` as one object. */
export function reportTraining(
  context: CliContext,
  flags: { readonly out: string; readonly json?: boolean },
  dataSet: DataSet,
  measurements: readonly Measurement[],
): void {
  for (const line of measurements.flatMap(linesOf)) context.note(line);
  if (flags.json !== true) return;
  context.print(
    JSON.stringify({
      model: flags.out,
      windows: dataSet.count,
      subjects: dataSet.subjects.length,
      protocols: Object.fromEntries(
        measurements.map((measurement) => [measurement.name, measurementJson(measurement)]),
      ),
    }),
  );
}

function linesOf(measurement: Measurement): string[] {
  const { description, folds, completedFolds, figures, baselines, leaky } = measurement;
  const stopped = completedFolds < folds ? `; stopped after ${completedFolds} of ${folds} folds` : '';
  return [...figures].flatMap(([target, { pooled, majority }]) => {
    const others = [...baselines].map(([name, byTarget]) => {
      const balanced = byTarget.get(target)?.pooled.balancedAccuracy;
      return `, ${METHOD_NAMES[name]} ${balanced?.toFixed(3)}`;
    });
    const verdict = leaky ? undefined : verdictOn(target, measurement);
    return [
      `${target}, ${description}: balanced accuracy ${pooled.balancedAccuracy.toFixed(3)} ` +
        `(${METHOD_NAMES.majority} ${majority.balancedAccuracy.toFixed(3)}${others.join('')}), ` +
        `accuracy ${pooled.accuracy.toFixed(3)}${stopped}`,
      ...(verdict === undefined ? [] : [`  ${verdict.text}`]),
    ];
  });
}
