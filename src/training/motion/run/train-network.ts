import { Tensor } from 'onnxruntime-node';
import { createSession, floatsOf } from '../../../inference/onnx-session.js';
import { encodeModel } from '../../onnx/encode-model.js';
import { GraphBuilder } from '../../onnx/graph-builder.js';
import { createRandom } from '../../random.js';
import type { DataSet } from '../data/data-set.js';
import { fitNormalisation, type Normalisation, normalisedWindows } from '../data/normalisation.js';
import type { HyperParameters } from '../network/hyper-parameters.js';
import { initialParameters, type NetworkSpec, parameterSpecs, viewOf } from '../network/network.js';
import { type SpectraSizes, spectraFeatureCount, spectraFeatures } from '../network/spectra.js';
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

/** Windows whose features are computed at once. */
const BATCH = 64;
/** Features that hardly change are divided by this instead. */
const SMALLEST_STD = 1e-3;

/** Mean and inverse standard deviation of each feature of spectra over some windows, `[features]` each. */
async function spectraMoments(
  sizes: SpectraSizes,
  dataSet: DataSet,
  indices: readonly number[],
  normalisation: Normalisation,
  threads: number,
): Promise<{ readonly mean: Float32Array; readonly scale: Float32Array }> {
  const graph = new GraphBuilder();
  const window = graph.input('window', ['batch', sizes.sizeSamples, sizes.channels]);
  graph.output('features', spectraFeatures(graph, window, sizes));
  const model = { graph: graph.build('spectra'), opset: 17, producer: 'alongside', metadata: {} };
  const session = await createSession(encodeModel(model), threads);
  const count = spectraFeatureCount(sizes);
  const [sum, squares] = [new Float64Array(count), new Float64Array(count)];
  try {
    for (let from = 0; from < indices.length; from += BATCH) {
      const some = indices.slice(from, from + BATCH);
      const values = normalisedWindows(dataSet, some, normalisation);
      const input = new Tensor('float32', values, [some.length, sizes.sizeSamples, sizes.channels]);
      floatsOf(await session.run({ window: input }), 'features').forEach((value, at) => {
        const feature = at % count;
        sum[feature] = (sum[feature] ?? 0) + value;
        squares[feature] = (squares[feature] ?? 0) + value * value;
      });
    }
  } finally {
    await session.release();
  }
  const mean = Float32Array.from(sum, (total) => total / Math.max(1, indices.length));
  const scale = Float32Array.from(squares, (total, feature) => {
    const variance = total / Math.max(1, indices.length) - (mean[feature] ?? 0) ** 2;
    return 1 / Math.max(Math.sqrt(Math.max(0, variance)), SMALLEST_STD);
  });
  return { mean, scale };
}
