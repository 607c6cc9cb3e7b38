import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Manifest } from '../../inference/models/manifest.js';
import { readManifest } from '../../inference/models/model-folder.js';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { parseJson } from '../../shared/text.js';
import { nodesTowards } from '../onnx/cut-points.js';
import { decodeModel } from '../onnx/decode-model.js';
import type { OnnxGraph, OnnxModel, OnnxNode } from '../onnx/model.js';

/** Name of the file that says how a backbone wants to be fed. */
export const BACKBONE_FILE = 'backbone.json';
/** Side of the picture that the finder of people takes. */
export const FINDER_SIZE_PIXELS = 300;

export const backboneSpecSchema = z
  .object({
    name: z.string().min(1).describe('What to call it in model cards'),
    licence: z.string().min(1).default('not stated').describe('Licence of its weights'),
    origin: z.string().min(1).default('not stated').describe('Where its weights come from'),
    file: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\.onnx$/)
      .describe('ONNX file beside this one'),
    input: z.string().min(1).describe('Name of the input tensor'),
    layout: z.enum(['nchw', 'nhwc']),
    widthPixels: z.int().positive().max(1024),
    heightPixels: z.int().positive().max(1024),
    channelOrder: z.enum(['rgb', 'bgr']).default('rgb'),
    mean: z.array(z.number()).length(3).describe('Subtracted from R, G, B (0..255)'),
    std: z.array(z.number().positive()).length(3).describe('Then divided by'),
    feature: z.string().min(1).describe('Tensor before the classifier: [batch, n] or [batch, n, 1, 1]'),
  })
  .strict();

/** How a network that was trained on many images wants to be fed, and where its features are. */
export type BackboneSpec = Readonly<z.infer<typeof backboneSpecSchema>>;

/** How the GoogLeNet of the ONNX model zoo wants its images: as Caffe does, blue first, ImageNet's mean subtracted. */
export const GOOGLENET: Pick<
  BackboneSpec,
  'layout' | 'channelOrder' | 'mean' | 'std' | 'licence' | 'origin'
> = {
  layout: 'nchw',
  channelOrder: 'bgr',
  mean: [123.68, 116.779, 103.939],
  std: [1, 1, 1],
  licence: 'BSD-3-Clause',
  origin: 'GoogLeNet of the ONNX model zoo (BVLC GoogLeNet of Caffe)',
};

export interface Backbone {
  readonly spec: BackboneSpec;
  readonly model: OnnxModel;
}

/**
 * Reads a backbone from a folder: the ONNX file that `backbone.json` describes, an image model with its manifest, or a
 * single ONNX file of a kind that is known by its graph.
 *
 * @throws GatewayError `MODEL_INVALID` saying what is missing
 */
export async function readBackbone(folder: string): Promise<Backbone> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new GatewayError('MODEL_INVALID', `${folder} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  });
  const described = names.includes(BACKBONE_FILE)
    ? await readSpec(join(folder, BACKBONE_FILE))
    : names.includes('manifest.json')
      ? specOfModel(folder, await readManifest(folder))
      : undefined;
  const file = described?.file ?? onlyOnnxFile(folder, names);
  const model = decodeModel(await readFile(join(folder, file)));
  const spec = described ?? recogniseBackbone(model, file);
  if (spec === undefined) {
    throw new GatewayError(
      'MODEL_INVALID',
      `${join(folder, file)} is of an unknown kind; describe how it takes its images in ${BACKBONE_FILE} ` +
        `beside it (${Object.keys(backboneSpecSchema.shape).join(', ')})`,
    );
  }
  return { spec, model: withFreeBatch(model, spec.input) };
}

async function readSpec(path: string): Promise<BackboneSpec> {
  try {
    return backboneSpecSchema.parse(parseJson(await readFile(path)));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new GatewayError('MODEL_INVALID', `${path}: ${reason}`, { cause: error });
  }
}

/** A trained image model is a backbone for another. */
function specOfModel(folder: string, manifest: Manifest): BackboneSpec {
  if (manifest.kind !== 'image' || manifest.feature === undefined) {
    throw new GatewayError('MODEL_INVALID', `${folder} is no image model whose manifest names its features`);
  }
  const { name, version, provenance, file, feature } = manifest;
  const { input, layout, widthPixels, heightPixels, channelOrder, mean, std } = manifest;
  return {
    name: `${name} ${version}`,
    licence: provenance.licence,
    origin: 'a model of this project',
    file,
    input,
    layout,
    widthPixels,
    heightPixels,
    channelOrder,
    mean,
    std,
    feature,
  };
}

function onlyOnnxFile(folder: string, names: readonly string[]): string {
  const found = names.filter((name) => name.endsWith('.onnx'));
  const [file] = found;
  if (file !== undefined && found.length === 1) return file;
  throw new GatewayError(
    'MODEL_INVALID',
    `${folder} has ${found.length} ONNX files and no ${BACKBONE_FILE}; a backbone is one ONNX file in a folder`,
  );
}

/** Files are often written for one image at a time; convolutions do not mind more. */
function withFreeBatch(model: OnnxModel, input: string): OnnxModel {
  const inputs = model.graph.inputs
    .filter(({ name }) => !model.graph.initialisers.has(name))
    .map((info) => (info.name === input ? { ...info, dims: ['batch', ...info.dims.slice(1)] } : info));
  return { ...model, graph: { ...model.graph, inputs } };
}

/** A network that can be told by its graph. */
interface KnownNetwork {
  readonly name: string;
  readonly matches: (graph: OnnxGraph) => boolean;
  readonly feeding: Pick<BackboneSpec, 'layout' | 'channelOrder' | 'mean' | 'std' | 'licence' | 'origin'>;
}

const KNOWN: readonly KnownNetwork[] = [
  {
    name: 'GoogLeNet',
    // Nine inception modules join four branches each; no other network of the model zoo takes `data_0` and has them.
    matches: (graph) =>
      graph.inputs.some(({ name }) => name === 'data_0') &&
      graph.nodes.filter(({ opType, inputs }) => opType === 'Concat' && inputs.length === 4).length === 9,
    feeding: GOOGLENET,
  },
];

/** Operators between features and classifier that change no value. */
const PASSING = new Set(['Dropout', 'Identity', 'Reshape', 'Flatten']);

/** Tells how a network wants to be fed by its graph, where that is known. */
function recogniseBackbone({ graph }: OnnxModel, file: string): BackboneSpec | undefined {
  const known = KNOWN.find(({ matches }) => matches(graph));
  const input = graph.inputs.find(({ name }) => !graph.initialisers.has(name));
  const feature = findFeature(graph);
  const [, , height, width] = input?.dims ?? [];
  if (!known || !input || feature === undefined || typeof height !== 'number' || typeof width !== 'number') {
    return undefined;
  }
  const { name, feeding } = known;
  return { ...feeding, name, file, input: input.name, widthPixels: width, heightPixels: height, feature };
}

/** The tensor that the last matrix product, the classifier, is made of. */
function findFeature(graph: OnnxGraph): string | undefined {
  const nodes = nodesTowards(
    graph,
    graph.outputs.slice(0, 1).map(({ name }) => name),
  );
  const classifier = nodes.findLast(({ opType }) => opType === 'Gemm' || opType === 'MatMul');
  const producerOf = (tensor: string | undefined): OnnxNode | undefined =>
    nodes.find(({ outputs }) => tensor !== undefined && outputs.includes(tensor));
  let [feature] = classifier?.inputs ?? [];
  for (let node = producerOf(feature); node && PASSING.has(node.opType); node = producerOf(feature)) {
    [feature] = node.inputs;
  }
  return feature;
}
