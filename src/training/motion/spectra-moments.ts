import { Tensor } from 'onnxruntime-node';
import { encodeModel } from '../onnx/encode-model.js';
import { GraphBuilder } from '../onnx/graph-builder.js';
import { createSession, floatsOf } from '../onnx-session.js';
import type { DataSet } from './data-set.js';
import { type Normalisation, normalisedWindows } from './normalisation.js';
import { type SpectraSizes, spectraFeatureCount, spectraFeatures } from './spectra.js';

/** Windows whose features are computed at once. */
const BATCH = 64;
/** Features that hardly change are divided by this instead. */
const SMALLEST_STD = 1e-3;

/** Mean and inverse standard deviation of each feature of spectra over some windows, `[features]` each. */
export async function spectraMoments(
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
