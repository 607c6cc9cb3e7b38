import { z } from 'zod';
import { GatewayError, messageOf } from '../errors.js';

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

/** True for the file name of a tf.layers model, false for that of an ONNX model. */
export function isTfLayersFile(file: string): boolean {
  return file.endsWith('.json');
}

/**
 * Reads the text of a tf.layers model's `model.json`.
 *
 * @param where names the file in errors
 * @throws GatewayError `MODEL_INVALID`
 */
export function parseTfLayersModel(where: string, content: Uint8Array): TfLayersModelJson {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(content).toString('utf8'));
  } catch (error) {
    throw new GatewayError('MODEL_INVALID', `${where} is not JSON: ${messageOf(error)}`, { cause: error });
  }
  const result = modelJsonSchema.safeParse(json);
  if (!result.success) {
    throw new GatewayError(
      'MODEL_INVALID',
      `${where} is not a tf.layers model with float32 weights:\n${z.prettifyError(result.error)}`,
    );
  }
  return result.data;
}

/** Names of the weight files, in the order in which their bytes belong together. */
export function weightFilesOf(model: TfLayersModelJson): string[] {
  return model.weightsManifest.flatMap((group) => group.paths);
}
