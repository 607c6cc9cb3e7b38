import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { sequenceManifestSchema } from '../../inference/models/manifest.js';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { modelsFolder } from '../../shared/package.js';
import { parseJson } from '../../shared/text.js';
import type { CardText } from '../../training/motion/model-card.js';

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

const cardSchema = z.strictObject({
  summary: z.string(),
  licence: z.string(),
  limits: z.array(z.string()),
  data: z.string().optional(),
});

/** Words of a card; where nobody says what the data is, the command does. */
type GivenText = Omit<CardText, 'data'> & { readonly data?: string | undefined };

const DEFAULT_CARD: Omit<CardText, 'data'> = {
  summary: 'A CNN-LSTM trained by `alongside train accompany`.',
  licence: 'not stated; it depends on the recordings',
  limits: [
    'Figures hold for people, places and devices like those of the recordings.',
    'Do not base decisions about people on it.',
  ],
};

/**
 * Words of the model card that cannot be computed: those of `--card`, of `card.json` in the model folder, or
 * general ones.
 *
 * @throws GatewayError `USAGE` when the file cannot be read or says something else
 */
export async function readCard(
  flags: { readonly out: string; readonly card?: string },
  fallback = DEFAULT_CARD,
): Promise<GivenText> {
  const file = flags.card ?? join(flags.out, 'card.json');
  let content: Uint8Array;
  try {
    content = await readFile(file);
  } catch (error) {
    if (flags.card === undefined) return fallback;
    throw new GatewayError('USAGE', `--card ${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  try {
    return cardSchema.parse(parseJson(content));
  } catch (error) {
    throw new GatewayError('USAGE', `${file} is no text for a model card: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
