import { dirname, join } from 'node:path';
import { MODEL_SENSORS, type SequenceManifest } from '../../inference/models/manifest.js';
import { refreshModelTable } from '../../inference/models/model-table.js';
import { GatewayError } from '../../shared/errors.js';
import {
  type Adaptation,
  adaptNetwork,
  type SourceModel,
  splitNew,
} from '../../training/motion/adaptation/adapt-network.js';
import { adaptationJson, adaptationRows } from '../../training/motion/adaptation/adaptation-text.js';
import { writeAdaptedModel } from '../../training/motion/adaptation/write-adapted.js';
import { buildDataSet, type DataSet, type HeadRequest } from '../../training/motion/data/data-set.js';
import { selectChannels } from '../../training/motion/data/select-channels.js';
import { LABEL_KINDS } from '../../training/motion/data/window-labels.js';
import type { CardText } from '../../training/motion/model-card.js';
import { createEngineOf } from '../../training/motion/network/engines.js';
import type { HyperParameters } from '../../training/motion/network/hyper-parameters.js';
import { type Block, isTrained, parameterSpecs } from '../../training/motion/network/network.js';
import { type CliContext, createProgressLine } from '../context.js';
import { modelNameOf, modelPath, readCard } from './model-flags.js';
import { adaptationHyper, readSourceModel } from './source-model.js';
import { commandLineOf, outOf, type TrainFlags } from './train-flags.js';
import { leftOutWindows, trainingWindows } from './training-data.js';
import { loadTrainingRecordings } from './training-recordings.js';

/** Goes on training a model with recordings of new people, places or devices, and tells what it gained and lost. */
export async function trainAdapted(context: CliContext, flags: TrainFlags, from: string): Promise<void> {
  refuseWhatTheModelSays(flags);
  const out = outOf(flags);
  const name = modelNameOf(out);
  const source = await readSourceModel(modelPath(from, 'models'));
  const frozen = frozenBlocks(flags, source);
  const { manifest } = source;
  const hyper = adaptationHyper(flags.set, source);
  const card = await readCard({ ...flags, out }, cardOf(manifest));
  const { dataSet, description: data } = await recordedWindows(context, flags.data, manifest, hyper);
  const targets = learnableTargets(dataSet, flags.data);
  const base =
    flags.baseData === undefined
      ? undefined
      : await recordedWindows(context, flags.baseData, manifest, hyper);
  const { folds, testShare, engine, workers } = flags;
  const split = splitNew(dataSet, { folds, testShare, seed: hyper.seed });
  const progress = createProgressLine(context);
  const adapted = await adaptNetwork(
    {
      source,
      dataSet,
      split,
      base: base?.dataSet,
      targets,
      hyper,
      frozen,
      renormalise: flags.renormalise === true,
    },
    {
      createEngine: createEngineOf(engine),
      threads: workers,
      signal: context.signal,
      onProgress: ({ done, loss }) => progress.update('adapting', done, `loss ${loss.toFixed(3)}`),
    },
  );
  const { network, adaptation } = adapted;
  const trainedAt = new Date(context.clock.nowMs()).toISOString();
  const description = {
    name,
    gravity: manifest.gravity,
    placement: manifest.placement,
    trainedAt,
    command: commandLineOf(flags),
    targets,
    version: flags.modelVersion ?? trainedAt.replace(/\.\d+Z$/, 'Z').replaceAll(':', '-'),
    text: { ...card, data: card.data ?? dataText(data, base?.description, manifest) },
  };
  await writeAdaptedModel(out, { source: manifest, network, adaptation }, dataSet, hyper, description);
  await refreshModelTable(dirname(out));
  const reportFolder = flags.report ?? out;
  // Plots take a while to load, and other commands need none.
  const { writeReport } = await import('../../training/report/write-report.js');
  const model = { network, measurements: [] };
  await writeReport(reportFolder, { ...description, model, dataSet, hyper, adaptation });
  if (context.signal.aborted) context.note(`stopped; the model is that of epoch ${network.bestEpoch}`);
  context.note(`model: ${out}, report: ${join(reportFolder, 'report.html')}`);
  reportAdaptation(context, flags, out, adaptation);
}

function refuseWhatTheModelSays(flags: TrainFlags): void {
  for (const option of ['targets', 'sensors', 'gravity', 'placement', 'resume'] as const) {
    if (flags[option] === undefined) continue;
    const why =
      option === 'resume' ? 'an adaptation cannot be resumed' : `the model given by --from has its own`;
    throw new GatewayError('USAGE', `--${option} cannot be used with --from: ${why}`);
  }
}

/** @throws GatewayError `USAGE` when nothing would be left to learn */
function frozenBlocks({ freeze }: TrainFlags, { spec }: SourceModel): Block[] {
  const frozen = freeze.filter((block) => block !== 'none');
  if (parameterSpecs(spec).some((parameter) => isTrained(parameter, frozen))) return frozen;
  throw new GatewayError('USAGE', `--freeze ${freeze.join(',')}: nothing is left to learn`);
}

/** Recordings cut as the model wants them, with its classes. */
async function recordedWindows(
  context: CliContext,
  data: string,
  manifest: SequenceManifest,
  { labelShare, minCoverage }: HyperParameters,
): Promise<{ readonly dataSet: DataSet; readonly description: string }> {
  const { recordings, nameOf, unreadable, description } = await loadTrainingRecordings(data);
  const { channels, accelerometerUnit, placement } = manifest;
  const sensors = MODEL_SENSORS.filter((sensor) => channels.some((name) => name.startsWith(`${sensor}.`)));
  const { usable, skipped } = selectChannels(recordings, { sensors, accelerometerUnit, placement, nameOf });
  const heads = manifest.targets.map(({ name, classes }): HeadRequest => {
    const kind = LABEL_KINDS.find((label) => label === name);
    if (kind !== undefined) return { name: kind, classes };
    throw new GatewayError('MODEL_INVALID', `recordings have no label for the model's target "${name}"`);
  });
  const spec = { ...manifest, labelShare, minCoverage, heads };
  const { dataSet, report } = buildDataSet(usable, trainingWindows(manifest), spec);
  for (const line of [...unreadable, ...skipped]) context.note(`left out: ${line}`);
  for (const line of leftOutWindows(report, nameOf)) context.note(line);
  if (dataSet.count === 0) {
    const names = manifest.targets.map(({ name }) => `"${name}"`).join(' or ');
    throw new GatewayError(
      'TRAINING_FAILED',
      `${data}: no window has a label for ${names}, which the model tells`,
    );
  }
  context.note(`${data}: ${dataSet.count} windows of ${dataSet.subjects.length} subjects`);
  return { dataSet, description };
}

/** Targets with labels. One of which only one answer occurs would be unlearnt. */
function learnableTargets(dataSet: DataSet, data: string): string[] {
  return dataSet.heads.flatMap(({ name, classes }) => {
    const found = new Set(dataSet.labels.get(name));
    const [only, ...others] = classes.filter((_, at) => found.has(at));
    if (only === undefined) return [];
    if (others.length > 0) return [name];
    throw new GatewayError(
      'TRAINING_FAILED',
      `${data}: only "${only}" occurs for "${name}", and the model would learn to say nothing else; ` +
        'record other answers too, or leave this label out of the recordings',
    );
  });
}

/** Whatever binds the source binds what is made of it. */
function cardOf({ name, version, provenance }: SequenceManifest): Omit<CardText, 'data'> {
  return {
    summary: `${name} ${version}, adapted by \`alongside train accompany --from\`.`,
    licence: `${provenance.licence} (of ${name}); beyond that it depends on the new recordings`,
    limits: [
      'Figures hold for people, places and devices like those of the recordings.',
      'Do not base decisions about people on it.',
    ],
  };
}

function dataText(
  data: string,
  base: string | undefined,
  { name, version, provenance }: SequenceManifest,
): string {
  const measured = base === undefined ? '' : ` Measured on as base: ${base}`;
  return `Adapted from ${name} ${version} with: ${data}${measured} ${name} ${version} had learnt from: ${provenance.data}`;
}

function reportAdaptation(context: CliContext, flags: TrainFlags, out: string, adaptation: Adaptation): void {
  for (const [data, target, when, windows, accuracy, balanced, macroF1] of adaptationRows(adaptation)) {
    context.note(
      `${target}, ${data}, ${when}: balanced accuracy ${balanced}, accuracy ${accuracy}, macro F1 ${macroF1} (${windows} windows)`,
    );
  }
  if (flags.json !== true) return;
  context.print(JSON.stringify({ model: out, adaptation: adaptationJson(adaptation) }));
}
