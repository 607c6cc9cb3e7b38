import { basename, join } from 'node:path';
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
