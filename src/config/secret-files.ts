import { readFile } from 'node:fs/promises';
import { createSecureContext, rootCertificates } from 'node:tls';
import { GatewayError, messageOf } from '../shared/errors.js';
import { textOf } from '../shared/text.js';

interface ServerTlsSettings {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile?: string | undefined;
}

/** Contents of PEM files. */
interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string | undefined;
}

/**
 * Reads the certificate that a listener shows, and tries whether it can be used.
 *
 * @param section where the settings stand, for messages
 * @throws GatewayError `CONFIG_INVALID` when a file cannot be read, or key and certificate do not belong together
 */
export async function readServerCertificate(
  section: string,
  { certFile, keyFile, clientCaFile }: ServerTlsSettings,
): Promise<ServerCertificate> {
  // One after the other, so that of several that cannot be read always the first is named.
  const cert = await readPem(`${section}.certFile`, certFile);
  const key = await readPem(`${section}.keyFile`, keyFile);
  const clientCa =
    clientCaFile === undefined ? undefined : await readPem(`${section}.clientCaFile`, clientCaFile);
  try {
    createSecureContext({ cert, key, ...(clientCa === undefined ? {} : { ca: clientCa }) });
  } catch (error) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `${section}: ${certFile} and ${keyFile} cannot be used: ${messageOf(error)}`,
      { cause: error },
    );
  }
  return { cert, key, clientCa };
}

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
