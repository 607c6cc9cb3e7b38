import { Buffer } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import type { AccessControl, Identification } from '../access/access-control.js';
import { isOwnHost } from '../shared/network.js';
import { HttpProblem } from './problem.js';

/** What an `Authorization` header says. */
type Credentials =
  | { readonly scheme: 'bearer'; readonly token: string }
  | { readonly scheme: 'basic'; readonly name: string; readonly password: Buffer }
  /** Something else, or a broken one. */
  | { readonly scheme: 'unusable' };

/** A user name ends at the first colon; the password may hold further ones (RFC 7617). */
const COLON = 0x3a;

/** Reads an `Authorization` header; `undefined` without one. */
export function readAuthorization(header: string | undefined): Credentials | undefined {
  if (header === undefined) return undefined;
  const [, scheme = '', value = ''] = /^([A-Za-z]+) +([A-Za-z0-9._~+/=-]+)$/.exec(header) ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return { scheme: 'bearer', token: value };
    case 'basic':
      return readBasic(Buffer.from(value, 'base64'));
    default:
      return { scheme: 'unusable' };
  }
}

/** Finds out who credentials belong to. */
export async function identify(
  access: Pick<AccessControl, 'identifyDevice' | 'identifyToken'>,
  credentials: Credentials,
  address: string,
): Promise<Identification> {
  switch (credentials.scheme) {
    case 'bearer':
      return access.identifyToken(credentials.token, address);
    case 'basic':
      return await access.identifyDevice(credentials.name, credentials.password, address);
    case 'unusable':
      return { kind: 'wrong' };
  }
}

function readBasic(pair: Buffer): Credentials {
  const colon = pair.indexOf(COLON);
  if (colon < 0) return { scheme: 'unusable' };
  return {
    scheme: 'basic',
    name: pair.subarray(0, colon).toString('utf8'),
    password: pair.subarray(colon + 1),
  };
}

/**
 * Refuses requests for a name that is not this gateway's, where nobody has to say who they are.
 *
 * @param allowed names besides `localhost`; `undefined` where any name may be asked for
 * @throws HttpProblem 421
 */
export function requireKnownHost(
  { headers: { host } }: Pick<FastifyRequest, 'headers'>,
  allowed: readonly string[] | undefined,
): void {
  if (isOwnHost(host, allowed)) return;
  throw new HttpProblem(
    421,
    'Without tokens the gateway answers to localhost and to addresses only; add the name to http.allowedHosts',
  );
}
