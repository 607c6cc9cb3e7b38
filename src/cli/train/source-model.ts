import { readModelFolder } from '../../inference/models/model-folder.js';
import { isTfLayersFile } from '../../inference/tensor-plan.js';
import { GatewayError } from '../../shared/errors.js';
import type { SourceModel } from '../../training/motion/adaptation/adapt-network.js';
import { readNetwork } from '../../training/motion/adaptation/read-network.js';
import type { HyperParameters } from '../../training/motion/network/hyper-parameters.js';
import type { NetworkSpec } from '../../training/motion/network/network.js';
import { decodeModel } from '../../training/onnx/decode-model.js';
import { parseHyperSettings } from './train-flags.js';

/** Where fine-tuning begins unless told otherwise: gently, so that little is forgotten. */
const GENTLE = ['hyper.learningRate=0.0003', 'hyper.gradientClip=1', 'hyper.dropout=0.2'];

/**
 * Reads a model that can be trained further.
 *
 * @throws GatewayError `MODEL_INVALID` when there is none, or it is another kind of model
 */
export async function readSourceModel(path: string): Promise<SourceModel> {
  const { manifest, files } = await readModelFolder(path);
  if (manifest.kind !== 'sequence') {
    throw new GatewayError('MODEL_INVALID', `${path} is an image model; see alongside train apparel`);
  }
  if (isTfLayersFile(manifest.file)) {
    throw new GatewayError(
      'MODEL_INVALID',
      `${path} is a tf.layers model (${manifest.file}); only ONNX models written by "alongside train accompany" can be adapted`,
    );
  }
  const { sizeSamples, channels, targets } = manifest;
  const heads = targets.map(({ name, classes }) => ({ name, classes }));
  try {
    const model = decodeModel(files.get(manifest.file) ?? new Uint8Array());
    return { manifest, ...readNetwork(model, { sizeSamples, channels: channels.length, heads }) };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new GatewayError(error.code, `${path}/${manifest.file}: ${error.message}`, { cause: error });
  }
}

/**
 * Hyper-parameters of an adaptation: what shapes windows and network is the model's.
 *
 * @throws GatewayError `USAGE` when a setting would change it
 */
export function adaptationHyper(
  settings: readonly string[],
  { manifest, spec }: SourceModel,
): HyperParameters {
  const hyper = parseHyperSettings([...GENTLE, ...settings]);
  const fixed = fixedBy(manifest, spec);
  for (const [name, value] of Object.entries(fixed)) {
    const given = settings.filter((setting) => setting.startsWith(`hyper.${name}=`)).at(-1);
    if (given === undefined || given === `hyper.${name}=${value}`) continue;
    throw new GatewayError(
      'USAGE',
      `--set ${given}: the model given by --from has ${name} ${value}, which stays`,
    );
  }
  return { ...hyper, ...fixed };
}

function fixedBy(manifest: SourceModel['manifest'], spec: NetworkSpec): Partial<HyperParameters> {
  const { samplingRateHz, sizeSamples, strideSamples, centre } = manifest;
  const { convolutions, filters, kernelSamples, lstmLayers, cells, spectra } = spec;
  return {
    samplingRateHz,
    sizeSamples,
    strideSamples,
    centre,
    activityWeight: 0,
    detailWeight: 0,
    convolutions,
    filters,
    kernelSamples,
    lstmLayers,
    cells,
    poolSamples: spec.poolSamples ?? 1,
    readout: spec.readout ?? 'last',
    spectraSamples: spectra?.segmentSamples ?? 0,
    ...(spectra && { spectraUnits: spectra.units }),
  };
}
