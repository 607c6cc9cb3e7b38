import { io, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { GatewayError } from '../../../shared/errors.js';
import { startTfjs } from '../../tfjs-start.js';
import { type NetworkSpec, type ParameterSpec, parameterSpecs, viewOf } from './network.js';

/** Any of tf.layers' layers; the package does not export their base class. */
export type AnyLayer = LayersModel['layers'][number];

/**
 * The network in TensorFlow.js: input `window`, outputs named by head, layers named as the parameters are.
 *
 * @throws GatewayError `TRAINING_FAILED` for a network that looks at spectra
 */
export function buildLayersModel(spec: NetworkSpec, heads: readonly string[]): LayersModel {
  if (spec.spectra !== undefined) {
    throw new GatewayError(
      'TRAINING_FAILED',
      'tf.layers has no spectra: leave hyper.spectraSamples at 0, or use the engine and the format onnx',
    );
  }
  const window = input({ shape: [spec.sizeSamples, spec.channels], name: 'window' });
  let features = window;
  for (let n = 1; n <= spec.convolutions; n++) {
    features = applySymbolic(
      layers.conv1d({
        name: `conv${n}`,
        filters: spec.filters,
        kernelSize: spec.kernelSamples,
        padding: 'same',
        activation: 'relu',
      }),
      features,
    );
  }
  if (spec.poolSamples !== undefined && spec.poolSamples > 1) {
    const pool = layers.averagePooling1d({ name: 'pool', poolSize: spec.poolSamples });
    features = applySymbolic(pool, features);
  }
  for (let n = 1; n <= spec.lstmLayers; n++) {
    const isLast = n === spec.lstmLayers;
    const { cells: units } = spec;
    // All weights are set afterwards; the usual start of recurrent ones, orthogonal, is slow to make.
    const start = { kernelInitializer: 'zeros', recurrentInitializer: 'zeros' } as const;
    const layer = layers.lstm({
      name: `lstm${n}`,
      units,
      returnSequences: !isLast || spec.readout === 'mean',
      recurrentActivation: 'sigmoid',
      ...start,
    });
    features = applySymbolic(layer, features);
  }
  if (spec.readout === 'mean') {
    features = applySymbolic(layers.globalAveragePooling1d({ name: 'readout' }), features);
  }
  const outputs = heads.map((name) => {
    const units = spec.heads.find((head) => head.name === name)?.classes.length ?? 0;
    return applySymbolic(layers.dense({ name, units, activation: 'softmax' }), features);
  });
  return model({ inputs: window, outputs, name: 'cnn_lstm' });
}

/** Writes the network's weights into the model of {@link buildLayersModel}. */
export function setLayersWeights(target: LayersModel, spec: NetworkSpec, parameters: Float32Array): void {
  for (const { name } of target.layers) {
    const own = parametersOf(spec, name);
    if (own.length === 0) continue;
    tidy(() => {
      target.getLayer(name).setWeights(own.map((parameter) => toLayers(parameter, parameters)));
    });
  }
}

/** The network's parameters that a layer holds, in the layer's order. */
export function parametersOf(spec: NetworkSpec, layer: string): ParameterSpec[] {
  const isHead = spec.heads.some((head) => head.name === layer);
  const prefix = `${isHead ? 'head.' : ''}${layer}.`;
  return parameterSpecs(spec).filter((parameter) => parameter.name.startsWith(prefix));
}

/** Gates in TensorFlow.js's order (input, forget, candidate, output), as positions in this project's. */
const LAYERS_GATES = [0, 2, 3, 1] as const;
/** Gates in this project's order (input, output, forget, candidate), as positions in TensorFlow.js's. */
const OWN_GATES = [0, 3, 1, 2] as const;

/** A gradient from TensorFlow.js, in this project's layout. */
export function fromLayers(parameter: ParameterSpec, values: Float32Array): Float32Array {
  return parameter.name.startsWith('lstm') ? reorderGates(parameter, values, OWN_GATES) : values;
}

function toLayers(parameter: ParameterSpec, parameters: Float32Array): Tensor {
  const values = viewOf(parameters, parameter);
  const isLstm = parameter.name.startsWith('lstm');
  return tensor(isLstm ? reorderGates(parameter, values, LAYERS_GATES) : values.slice(), [...parameter.dims]);
}

/** Moves the four blocks of columns of a gate matrix or bias. */
function reorderGates(
  { dims }: ParameterSpec,
  values: Float32Array,
  order: readonly [number, number, number, number],
): Float32Array {
  const columns = dims.at(-1) ?? 4;
  const cells = columns / 4;
  const result = new Float32Array(values.length);
  for (let row = 0; row < values.length; row += columns) {
    order.forEach((from, to) => {
      const start = row + from * cells;
      result.set(values.subarray(start, start + cells), row + to * cells);
    });
  }
  return result;
}

function applySymbolic(layer: AnyLayer, x: SymbolicTensor): SymbolicTensor {
  const result = layer.apply(x);
  if (Array.isArray(result) || !('sourceLayer' in result))
    throw new Error(`${layer.name} gave no symbolic tensor`);
  return result;
}

/** A tf.layers model on disk: `model.json` and the one file of weights that it names. */
interface LayersFiles {
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
