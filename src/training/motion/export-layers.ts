import { io } from '@tensorflow/tfjs-core';
import { startTfjs } from '../tfjs-start.js';
import { buildLayersModel, setLayersWeights } from './layers-model.js';
import type { NetworkSpec } from './network.js';

/** A tf.layers model on disk: `model.json` and the one file of weights that it names. */
export interface LayersFiles {
  readonly modelJson: Uint8Array;
  readonly weights: ReadonlyMap<string, Uint8Array>;
}

const WEIGHTS_FILE = 'weights.bin';

/** The trained network as a tf.layers model with the same input and outputs as the ONNX model. */
export async function exportLayers(
  spec: NetworkSpec,
  parameters: Float32Array,
  heads: readonly string[],
): Promise<LayersFiles> {
  await startTfjs('cpu');
  const model = buildLayersModel(spec, heads);
  setLayersWeights(model, spec, parameters);
  const artifacts = await new Promise<io.ModelArtifacts>((resolve, reject) => {
    const handler = io.withSaveHandler((saved) => {
      resolve(saved);
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    });
    model.save(handler).catch(reject);
  });
  model.dispose();
  const json = {
    format: 'layers-model',
    generatedBy: 'alongside',
    modelTopology: artifacts.modelTopology,
    weightsManifest: [{ paths: [WEIGHTS_FILE], weights: artifacts.weightSpecs }],
  };
  const data = artifacts.weightData;
  const shards = data === undefined ? [] : [data].flat();
  return {
    modelJson: Buffer.from(`${JSON.stringify(json)}\n`),
    weights: new Map([[WEIGHTS_FILE, Buffer.concat(shards.map((shard) => new Uint8Array(shard)))]]),
  };
}
