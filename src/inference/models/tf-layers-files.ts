import { z } from 'zod';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { parseJson } from '../../shared/text.js';

/** `model.json` as `tf.LayersModel.save` writes it; only what is needed to load it again. */
const modelJsonSchema = z.object({
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'a file name without a path')),
      weights: z.array(
        z.looseObject({ name: z.string(), shape: z.array(z.int()), dtype: z.literal('float32') }),
      ),
    }),
  ),
});

export type TfLayersModelJson = z.infer<typeof modelJsonSchema>;

/**
 * Reads the text of a tf.layers model's `model.json`.
 *
 * @param where names the file in errors
 * @throws GatewayError `MODEL_INVALID`
 */
export function parseTfLayersModel(where: string, content: Uint8Array): TfLayersModelJson {
  let json: unknown;
  try {
    json = parseJson(content);
  } catch (error) {
    throw new GatewayError('MODEL_INVALID', `${where} is not JSON: ${messageOf(error)}`, { cause: error });
  }
  const foreign = foreignFormatOf(json);
  if (foreign !== undefined) throw new GatewayError('MODEL_INVALID', `${where} ${foreign}`);
  const result = modelJsonSchema.safeParse(json);
  if (!result.success) {
    throw new GatewayError(
      'MODEL_INVALID',
      `${where} is not a tf.layers model with float32 weights:\n${z.prettifyError(result.error)}`,
    );
  }
  return result.data;
}

const headSchema = z.object({
  format: z.string().optional(),
  modelTopology: z.looseObject({ keras_version: z.string().optional() }),
});

/** What Keras 3 writes and TensorFlow.js cannot read: `batch_shape` of inputs, policies in place of a `dtype`. */
const KERAS_3 = /"(batch_shape|DTypePolicy)"/;

/** Words about a model of a kind that looks alike and cannot be loaded; `undefined` for any other. */
function foreignFormatOf(json: unknown): string | undefined {
  const { data } = headSchema.safeParse(json);
  if (data?.format === 'graph-model') {
    return (
      'is a graph model, made from a SavedModel, not a tf.layers model: convert the SavedModel to ONNX (tf2onnx) and name ' +
      'the .onnx file in manifest.json'
    );
  }
  const version = data?.modelTopology.keras_version ?? '';
  if (!(Number.parseInt(version, 10) >= 3) || !KERAS_3.test(JSON.stringify(data?.modelTopology ?? '')))
    return undefined;
  return (
    `was written by Keras ${version}, which TensorFlow.js cannot read: save the model with tf_keras (Keras 2, ` +
    'TF_USE_LEGACY_KERAS=1) and convert it again, or convert it to ONNX (tf2onnx) and name the .onnx file in manifest.json'
  );
}

/** Names of the weight files, in the order in which their bytes belong together. */
export function weightFilesOf(model: TfLayersModelJson): string[] {
  return model.weightsManifest.flatMap((group) => group.paths);
}
