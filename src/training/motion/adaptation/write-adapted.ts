import type { Provenance, SequenceManifest } from '../../../inference/models/manifest.js';
import { writeModelFolder } from '../../../inference/models/model-folder.js';
import { encodeModel } from '../../onnx/encode-model.js';
import type { DataSet } from '../data/data-set.js';
import { modelCard } from '../model-card.js';
import type { HyperParameters } from '../network/hyper-parameters.js';
import { buildInferenceModel } from '../network/inference-graph.js';
import type { TrainedNetwork } from '../run/train-request.js';
import type { ModelDescription } from '../write-model.js';
import type { Adaptation } from './adapt-network.js';
import { adaptationMetrics } from './adaptation-text.js';

export interface AdaptedModel {
  readonly source: SequenceManifest;
  readonly network: TrainedNetwork;
  readonly adaptation: Adaptation;
}

/** Writes an adapted model as a folder: windows, preparation and targets as its source's, weights and figures its own. */
export async function writeAdaptedModel(
  path: string,
  { source, network, adaptation }: AdaptedModel,
  dataSet: DataSet,
  hyper: HyperParameters,
  description: ModelDescription,
): Promise<void> {
  const { name, version, text, command } = description;
  const { spec, parameters, normalisation, bestEpoch } = network;
  const { sha256: _, ...kept } = source;
  const manifest = {
    ...kept,
    name,
    version,
    file: 'model.onnx',
    // What a filter learnt of the source's probabilities does not hold for these.
    targets: source.targets.map(({ filter: _, ...target }) => target),
    mean: normalisation.mean,
    std: normalisation.std,
    provenance: provenanceOf(adaptation, description),
  };
  const heads = spec.heads.map((head) => head.name);
  const onnx = encodeModel(buildInferenceModel(spec, parameters, heads, { name, version }));
  const rest = { dataSet, hyper, epochs: bestEpoch, measurements: [], command };
  await writeModelFolder(path, manifest, onnx, modelCard({ manifest, text, adaptation, ...rest }));
}

function provenanceOf(adaptation: Adaptation, { text, trainedAt, command }: ModelDescription): Provenance {
  const places = adaptation.figures.map(({ distribution, description }) => `${distribution}: ${description}`);
  return {
    data: text.data,
    licence: text.licence,
    protocol:
      `${places.join('; ')}; names that start with "base.": on the old recordings, ` +
      'with "before.": of the model it was adapted from',
    metrics: adaptationMetrics(adaptation),
    trainedAt,
    ...(command === undefined ? {} : { command }),
  };
}
