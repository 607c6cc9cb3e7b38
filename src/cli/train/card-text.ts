import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { parseJson } from '../../shared/utf8.js';
import type { CardText } from '../../training/motion/model-card.js';

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
