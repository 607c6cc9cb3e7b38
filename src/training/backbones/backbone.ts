import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Manifest } from '../../inference/models/manifest.js';
import { readManifest } from '../../inference/models/model-folder.js';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { parseJson } from '../../shared/utf8.js';
import { decodeModel } from '../onnx/decode-model.js';
import type { OnnxModel } from '../onnx/model.js';
import { BACKBONE_FILE, type BackboneSpec, backboneSpecSchema } from './backbone-spec.js';
import { recogniseBackbone } from './recognise-backbone.js';

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
