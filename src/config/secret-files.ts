import { createSecureContext } from 'node:tls';
import { readPem } from '../gateway/read-pem.js';
import { GatewayError, messageOf } from '../shared/errors.js';

export interface ServerTlsSettings {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile?: string | undefined;
}

/** Contents of PEM files. */
export interface ServerCertificate {
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
  const [cert, key, clientCa] = await Promise.all([
    readPem(`${section}.certFile`, certFile),
    readPem(`${section}.keyFile`, keyFile),
    clientCaFile === undefined ? undefined : readPem(`${section}.clientCaFile`, clientCaFile),
  ]);
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
