import type { DataSet } from './data-set.js';
import type { HyperParameters } from './hyper-parameters.js';
import type { NetworkSpec } from './network.js';
import { fitNormalisation } from './normalisation.js';
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
  return await new TrainingRun(request, dependencies, engine, spec, normalisation).toEnd();
}

/** The network that fits a data set. */
export function networkSpecOf(dataSet: DataSet, hyper: HyperParameters): NetworkSpec {
  const { convolutions, filters, kernelSamples, poolSamples, lstmLayers, cells, readout } = hyper;
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
    heads,
  };
}
