import { rootCertificates } from 'node:tls';
import { readPem } from './read-pem.js';

/**
 * The authorities of the system together with those of a file; `undefined`, which means the system's, without one.
 *
 * @throws GatewayError `CONFIG_INVALID` when the file cannot be read
 */
export async function trustedAuthorities(
  setting: string,
  file: string | undefined,
): Promise<readonly string[] | undefined> {
  return file === undefined ? undefined : [...rootCertificates, await readPem(setting, file)];
}
