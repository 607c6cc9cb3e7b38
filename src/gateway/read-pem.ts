import { readFile } from 'node:fs/promises';
import { GatewayError, messageOf } from '../shared/errors.js';

/**
 * Reads a PEM file.
 *
 * @param setting that names it, for the message
 * @throws GatewayError `CONFIG_INVALID` when it cannot be read
 */
export async function readPem(setting: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new GatewayError('CONFIG_INVALID', `${setting}: ${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
