import { basename, join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { sequenceManifestSchema } from '../../inference/models/manifest.js';
import { GatewayError } from '../../shared/errors.js';
import { modelsFolder } from '../../shared/package.js';

/** A model is given by its name below the models folder, or by the path of its own folder. */
export function modelPath(model: string, modelsDirectory: string): string {
  return model.includes('/') || model.includes('\\') ? model : join(modelsFolder(modelsDirectory), model);
}

/**
 * The name of a model by the folder it will be written to. Checked before training, which would otherwise be in vain.
 *
 * @throws GatewayError `USAGE`
 */
export function modelNameOf(out: string): string {
  const result = sequenceManifestSchema.shape.name.safeParse(basename(out));
  if (result.success) return result.data;
  throw new GatewayError(
    'USAGE',
    `--out ${out}: its last part names the model: ${z.prettifyError(result.error)}`,
  );
}

/** The option `--model-version`, checked before training as the name is. */
export function parseModelVersion(text: string): string {
  const result = sequenceManifestSchema.shape.version.safeParse(text);
  if (result.success) return result.data;
  throw new InvalidArgumentError('must have 1 to 64 characters.');
}
