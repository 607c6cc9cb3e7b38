// The models that a gateway is measured with.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
const DEFAULT_MODEL = join(ROOT, 'models/accompany-demo');

const CHANNELS = ['accelerometer', 'gyroscope', 'magnetometer'].flatMap((sensor) =>
  ['x', 'y', 'z'].map((axis) => `${sensor}.${axis}`),
);
const TARGETS = ['accompanied', 'conversation'];

/**
 * A model folder, as the gateway is told of it.
 *
 * @typedef {object} Model
 * @property {string} directory folder of model folders
 * @property {string} name
 * @property {any} manifest
 */

/** @returns {Model} */
export function readModel(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  return { directory: dirname(folder), name: basename(folder), manifest };
}

/**
 * The model named, by folder or by its name below `models`; without a name the one that is shipped, or else the paper's
 * network with random weights.
 *
 * @param {string | undefined} name
 * @param {string} folder for what has to be made
 */
export async function findModel(name, folder) {
  const candidates = name === undefined ? [DEFAULT_MODEL] : [name, join(ROOT, 'models', name)];
  const found = candidates.find((candidate) => existsSync(join(candidate, 'manifest.json')));
  if (found !== undefined) return readModel(found);
  if (name !== undefined) throw new Error(`there is no model ${name}: no ${candidates.join(' nor ')}`);
  return await makeRandomModel(folder);
}

/** Wraps an ONNX file of the paper's input and outputs, and a file with means and deviations, into a model folder. */
export function wrapModel(folder, onnxFile, normFile) {
  const path = join(folder, 'peers-cnn-lstm');
  mkdirSync(path, { recursive: true });
  copyFileSync(onnxFile, join(path, 'model.onnx'));
  return writeManifest(path, JSON.parse(readFileSync(normFile, 'utf8')));
}

async function makeRandomModel(folder) {
  const [{ initialParameters }, { createRandom }, { buildInferenceModel }, { encodeModel }] =
    await Promise.all(
      [
        'training/motion/initial-parameters',
        'training/random',
        'training/motion/inference-graph',
        'training/onnx/encode-model',
      ].map((module) => import(join(ROOT, 'build', `${module}.js`))),
    );
  const spec = {
    sizeSamples: 128,
    channels: CHANNELS.length,
    convolutions: 3,
    filters: 64,
    kernelSamples: 5,
    lstmLayers: 2,
    cells: 128,
    heads: TARGETS.map((name) => ({ name, classes: ['no', 'yes'] })),
  };
  const parameters = initialParameters(spec, { initialStd: 0.1, forgetBias: 0 }, createRandom(1));
  const path = join(folder, 'random-cnn-lstm');
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'model.onnx'), encodeModel(buildInferenceModel(spec, parameters, TARGETS)));
  return writeManifest(path, { mean: CHANNELS.map(() => 0), std: CHANNELS.map(() => 1) });
}

function writeManifest(path, { mean, std }) {
  const manifest = {
    name: basename(path),
    version: '1',
    kind: 'sequence',
    file: 'model.onnx',
    sha256: createHash('sha256')
      .update(readFileSync(join(path, 'model.onnx')))
      .digest('hex'),
    input: 'window',
    channels: CHANNELS,
    gravity: 'any',
    samplingRateHz: 50,
    sizeSamples: 128,
    strideSamples: 64,
    mean,
    std,
    targets: TARGETS.map((name) => ({ name, output: name, classes: ['no', 'yes'], threshold: 0.5 })),
    provenance: { data: 'random weights', licence: 'Apache-2.0', protocol: 'none', metrics: {} },
  };
  writeFileSync(join(path, 'manifest.json'), JSON.stringify(manifest));
  return readModel(path);
}
