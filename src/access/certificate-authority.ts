// tsyringe, below the X.509 library, needs it; nothing else in the gateway does.
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

export interface CertificateWish {
  /** Names and addresses by which phones and browsers reach the gateway. */
  readonly hosts: readonly string[];
  readonly nowMs: number;
}

/** PEM texts. */
export interface LocalCertificates {
  /** To be installed on phones and in browsers. */
  readonly authority: string;
  /** The server's certificate. */
  readonly certificate: string;
  readonly key: string;
  readonly expiresAtMs: number;
}

const DAY_MS = 86_400_000;
/** iOS and macOS take no server certificate that counts for longer: https://support.apple.com/en-us/102028 */
const SERVER_DAYS = 820;
const AUTHORITY_DAYS = 3650;
/** Clocks of phones may be behind. */
const BACKDATED_MS = DAY_MS;
const SERIAL_BYTES = 16;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/**
 * Makes a small authority and a server certificate of it, for a network without public names: browsers give web pages
 * the motion sensors of a phone over HTTPS only.
 *
 * The authority's key is thrown away: what is installed on phones cannot be used to make other certificates. For other
 * host names, or when the certificate runs out, both are made again.
 */
export async function createLocalCertificates({ hosts, nowMs }: CertificateWish): Promise<LocalCertificates> {
  const authorityKeys = await generateKeys();
  const serverKeys = await generateKeys();
  const notBefore = new Date(nowMs - BACKDATED_MS);
  const expiresAtMs = nowMs + SERVER_DAYS * DAY_MS;
  const name = `CN=Alongside local authority ${new Date(nowMs).toISOString().slice(0, 10)}`;
  const authority = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name,
    notBefore,
    notAfter: new Date(nowMs + AUTHORITY_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys: authorityKeys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const server = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [hosts[0] ?? 'alongside'] }],
    issuer: name,
    notBefore,
    notAfter: new Date(expiresAtMs),
    signingAlgorithm: ALGORITHM,
    publicKey: serverKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        hosts.map((host) => ({ type: isIP(host) === 0 ? ('dns' as const) : ('ip' as const), value: host })),
      ),
      await SubjectKeyIdentifierExtension.create(serverKeys.publicKey),
      await AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  return {
    authority: `${authority.toString('pem')}\n`,
    certificate: `${server.toString('pem')}\n`,
    key: await privateKeyPem(serverKeys.privateKey),
    expiresAtMs,
  };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

/** Positive, as RFC 5280 wants it: the first bit is not set. */
function serialNumber(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString('hex');
}
