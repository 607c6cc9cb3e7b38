import {
  type FilterSpec,
  type Provenance,
  type SequenceManifest,
  SIMULATED_DATA,
} from '../../inference/models/manifest.js';
import { type UnhashedManifest, writeModelFolder } from '../../inference/models/model-folder.js';
import { encodeModel } from '../onnx/encode-model.js';
import type { DataSet } from './data/data-set.js';
import { type CardText, modelCard } from './model-card.js';
import type { HyperParameters } from './network/hyper-parameters.js';
import { buildInferenceModel } from './network/inference-graph.js';
import type { Measurement, TrainedModel } from './train-model.js';

export interface ModelDescription {
  readonly name: string;
  readonly version: string;
  readonly gravity: SequenceManifest['gravity'];
  readonly placement: SequenceManifest['placement'];
  readonly targets: readonly string[];
  readonly text: CardText;
  /** ISO 8601. */
  readonly trainedAt: string;
  /** Command line that trains it again. */
  readonly command: string | undefined;
}

/** Writes a trained model as a folder that a gateway can serve: ONNX file, manifest, card. */
export async function writeTrainedModel(
  path: string,
  model: TrainedModel,
  dataSet: DataSet,
  hyper: HyperParameters,
  description: ModelDescription,
): Promise<void> {
  const manifest = manifestOf(model, dataSet, hyper, description);
  const { spec, parameters, bestEpoch } = model.network;
  const onnx = encodeModel(
    buildInferenceModel(spec, parameters, description.targets, {
      name: description.name,
      version: description.version,
    }),
  );
  const card = modelCard({
    manifest,
    text: description.text,
    dataSet,
    hyper,
    epochs: bestEpoch,
    measurements: model.measurements,
    command: description.command,
  });
  await writeModelFolder(path, manifest, onnx, card);
}

function manifestOf(
  model: TrainedModel,
  dataSet: DataSet,
  hyper: HyperParameters,
  description: ModelDescription,
): Extract<UnhashedManifest, { kind: 'sequence' }> {
  const { normalisation } = model.network;
  return {
    name: description.name,
    version: description.version,
    kind: 'sequence',
    file: 'model.onnx',
    provenance: provenanceOf(model.measurements, description),
    input: 'window',
    channels: [...dataSet.channels],
    placement: description.placement,
    gravity: description.gravity,
    accelerometerUnit: dataSet.accelerometerUnit,
    samplingRateHz: hyper.samplingRateHz,
    sizeSamples: hyper.sizeSamples,
    strideSamples: hyper.strideSamples,
    centre: normalisation.centre,
    ...(normalisation.knee && { knee: normalisation.knee }),
    mean: normalisation.mean,
    std: normalisation.std,
    targets: description.targets.map((name) => ({
      name,
      output: name,
      classes: [...(dataSet.heads.find((head) => head.name === name)?.classes ?? [])],
      threshold: hyper.threshold,
      filter: filterOf(model.measurements, name),
    })),
  };
}

/** What the first protocol taught that can teach a filter; a leaky one cannot. */
function filterOf(measurements: readonly Measurement[], target: string): FilterSpec | undefined {
  return measurements
    .map(({ tracked }) => tracked.get(target)?.filter)
    .find((filter) => filter !== undefined);
}

/** Figures of the first protocol under plain names, those of the others under the protocol's, and its baselines'. */
function provenanceOf(measurements: readonly Measurement[], description: ModelDescription): Provenance {
  const metrics = measurements.flatMap((measurement, index) =>
    [...measurement.figures].flatMap(([target, { pooled }]): [string, number][] => {
      const prefix = index === 0 ? target : `${measurement.name}.${target}`;
      return [
        [`${prefix}.accuracy`, pooled.accuracy],
        [`${prefix}.balancedAccuracy`, pooled.balancedAccuracy],
        [`${prefix}.macroF1`, pooled.macroF1],
      ];
    }),
  );
  const [first, ...others] = measurements;
  const baselines = [...(first?.baselines ?? [])].flatMap(([baseline, figures]) =>
    [...figures].map(([target, { pooled }]): [string, number] => [
      `baseline.${baseline}.${target}.balancedAccuracy`,
      pooled.balancedAccuracy,
    ]),
  );
  const also = others.map(({ name, description: text }) => `; names that start with "${name}.": ${text}`);
  return {
    data: description.text.data,
    licence: description.text.licence,
    protocol: first === undefined ? 'not measured' : `${first.description}${also.join('')}`,
    metrics: Object.fromEntries(
      [...metrics, ...baselines].map(([name, value]) => [name, Math.round(value * 1e4) / 1e4]),
    ),
    trainedAt: description.trainedAt,
    ...(description.text.data.startsWith(SIMULATED_DATA) ? { simulated: true } : {}),
    ...(description.command === undefined ? {} : { command: description.command }),
  };
}
