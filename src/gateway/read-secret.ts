import { readFile } from 'node:fs/promises';
import { GatewayError, messageOf } from '../shared/errors.js';
import { textOf } from '../shared/utf8.js';

/**
 * A password, given in the configuration or in a file of its own.
 *
 * @param section where the setting stands, for the message
 * @throws GatewayError `CONFIG_INVALID` when the file cannot be read
 */
export async function readSecret(
  section: string,
  settings: { readonly password?: string | undefined; readonly passwordFile?: string | undefined },
): Promise<string | undefined> {
  if (settings.passwordFile === undefined) return settings.password;
  try {
    return textOf(await readFile(settings.passwordFile)).split(/\r?\n/, 1)[0] ?? '';
  } catch (error) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `${section}.passwordFile: ${settings.passwordFile} cannot be read: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
