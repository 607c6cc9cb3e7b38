import { randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';
const MADE_BYTES = 32;
const MIN_BYTES = 24;
const MAX_BYTES = 64;

/** What a secret looks like, for messages. */
export const SECRET_RULE = `${PREFIX} and ${MIN_BYTES} to ${MAX_BYTES} random bytes in base64`;

/** A new secret for signing, as Standard Webhooks writes it. */
export function makeSecret(): string {
  return `${PREFIX}${randomBytes(MADE_BYTES).toString('base64')}`;
}

/** Whether a text is a secret by {@link SECRET_RULE}. */
export function isSecret(text: string): boolean {
  if (!text.startsWith(PREFIX)) return false;
  const base64 = text.slice(PREFIX.length);
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 && bytes.length >= MIN_BYTES && bytes.length <= MAX_BYTES;
}
