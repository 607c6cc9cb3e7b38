import { createRandom } from '../random.js';
import type { DataSet } from './data-set.js';
import type { HyperParameters } from './hyper-parameters.js';
import { initialParameters } from './initial-parameters.js';
import { type NetworkSpec, parameterSpecs, viewOf } from './network.js';
import { fitNormalisation, type Normalisation } from './normalisation.js';
import { spectraMoments } from './spectra-moments.js';
import type { TrainDependencies, TrainedNetwork, TrainRequest } from './train-request.js';
import { TrainingRun } from './training-run.js';

/**
 * Trains the network on some windows of a data set.
 *
 * @throws GatewayError `TRAINING_FAILED` when the loss is no longer a number
 */
export async function trainNetwork(
  request: TrainRequest,
  dependencies: TrainDependencies,
): Promise<TrainedNetwork> {
  const { dataSet, hyper, train } = request;
  const spec = networkSpecOf(dataSet, hyper);
  const normalisation = request.start?.normalisation ?? fitNormalisation(dataSet, train, hyper);
  await using engine = await dependencies.createEngine({
    spec,
    batchSize: hyper.batchSize,
    dropout: hyper.dropout > 0,
    frozen: request.start?.frozen ?? [],
    threads: dependencies.threads,
  });
  const parameters =
    request.start?.parameters.slice() ??
    (await firstParameters(spec, request, normalisation, dependencies.threads));
  return await new TrainingRun(request, dependencies, engine, spec, normalisation, parameters).toEnd();
}

async function firstParameters(
  spec: NetworkSpec,
  { dataSet, train, hyper }: TrainRequest,
  normalisation: Normalisation,
  threads: number,
): Promise<Float32Array> {
  const parameters = initialParameters(spec, hyper, createRandom(hyper.seed, 10));
  const { spectra } = spec;
  if (spectra === undefined) return parameters;
  const sizes = { ...spec, spectra };
  const moments = await spectraMoments(sizes, dataSet, train, normalisation, threads);
  for (const parameter of parameterSpecs(spec)) {
    if (parameter.name === 'spectra.mean') viewOf(parameters, parameter).set(moments.mean);
    if (parameter.name === 'spectra.scale') viewOf(parameters, parameter).set(moments.scale);
  }
  return parameters;
}

/** The network that fits a data set. */
export function networkSpecOf(dataSet: DataSet, hyper: HyperParameters): NetworkSpec {
  const { convolutions, filters, kernelSamples, poolSamples, lstmLayers, cells, readout } = hyper;
  const { spectraSamples, spectraUnits } = hyper;
  const { sizeSamples, channels, heads } = dataSet;
  return {
    sizeSamples,
    channels: channels.length,
    convolutions,
    filters,
    kernelSamples,
    poolSamples,
    lstmLayers,
    cells,
    readout,
    ...(spectraSamples > 0 && { spectra: { segmentSamples: spectraSamples, units: spectraUnits } }),
    heads,
  };
}
