import { Buffer } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import type { AccessControl, Identification } from '../access/access-control.js';
import { ANONYMOUS, hasScope, type Principal, type Scope } from '../access/principal.js';
import type { DeviceId } from '../domain/ids.js';
import { isOwnHost } from '../shared/network.js';
import type { HttpDependencies } from './dependencies.js';
import type { HttpApp, HttpOptions } from './options.js';
import { HttpProblem } from './problem.js';
import { createRequestLimits } from './request-limits.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may ask: everybody (`open`), or those who have this scope. A route that says nothing is for `admin`. */
    readonly scope?: Scope | 'open';
    /** A device may ask too, with its own password; the route sees to it that it asks for itself: {@link requireOwn}. */
    readonly isForOwnerToo?: boolean;
  }
  interface FastifyRequest {
    /** Who asks; `undefined` only before the guard has looked. */
    principal: Principal | undefined;
  }
}

/** What those are told who say nothing of who they are. */
export const HOW_TO_AUTHORIZE =
  'This needs a token: send "Authorization: Bearer TOKEN". ' +
  'The person who runs the gateway makes one with alongside tokens create.';

const MS_PER_SECOND = 1000;
const REALM = 'realm="alongside"';

/** Lets requests pass that may, before anything else is looked at: limits by address, then who asks, then what for. */
export async function guardAccess(
  app: HttpApp,
  options: Pick<HttpOptions, 'requestsPerMinute' | 'allowedHosts'>,
  { access, events }: Pick<HttpDependencies, 'access' | 'events'>,
): Promise<void> {
  const limits = await createRequestLimits(app, options.requestsPerMinute);
  app.decorateRequest('principal');
  app.addHook('onRequest', async (request) => {
    await limits.countAddress(request);
    const scope = scopeOf(request);
    if (scope === undefined) return;
    try {
      request.principal = await authorize(access, request, scope);
    } catch (error) {
      if (error instanceof HttpProblem) {
        events.accessRefused({ status: error.status, scope, address: request.ip });
      }
      throw error;
    }
    if (scope !== 'open' && request.principal.kind === 'anonymous') {
      requireKnownHost(request, options.allowedHosts);
    }
    await limits.countPrincipal(request);
  });
}

/** Whether the caller may see what needs a scope, on a route that is open to all. */
export function mayAlso(
  access: Pick<AccessControl, 'allowsAnonymous'>,
  request: FastifyRequest,
  scope: Scope,
): boolean {
  return access.allowsAnonymous(scope) || hasScope(request.principal ?? ANONYMOUS, scope);
}

/** @throws HttpProblem 403 when one device speaks for another */
export function requireOwn({ principal }: FastifyRequest, device: DeviceId, what: string): void {
  if (principal?.kind !== 'device' || principal.device === device) return;
  throw new HttpProblem(403, `${principal.device} may ${what} only, not those of ${device}`);
}

/** `undefined` for an address that does not exist: nothing is there to be guarded. */
function scopeOf(request: FastifyRequest): Scope | 'open' | undefined {
  if (request.is404) return undefined;
  return request.routeOptions.config.scope ?? 'admin';
}

/** @throws HttpProblem 401, 403 or 429 */
async function authorize(
  access: AccessControl,
  request: FastifyRequest,
  scope: Scope | 'open',
): Promise<Principal> {
  const credentials = access.hasCredentials ? readAuthorization(request.headers.authorization) : undefined;
  if (scope === 'open') {
    // Only what costs nothing to check is looked at where nothing depends on it.
    const known =
      credentials?.scheme === 'bearer' ? await identify(access, credentials, request.ip) : undefined;
    return known?.kind === 'known' ? known.principal : ANONYMOUS;
  }
  if (credentials === undefined) {
    if (access.allowsAnonymous(scope)) return ANONYMOUS;
    throw unauthorized(scope, '', HOW_TO_AUTHORIZE);
  }
  const principal = principalOf(await identify(access, credentials, request.ip), scope);
  const isOwner = principal.kind === 'device' && request.routeOptions.config.isForOwnerToo === true;
  if (isOwner || hasScope(principal, scope)) return principal;
  throw new HttpProblem(403, `This needs the scope ${scope}`, {
    headers: { 'www-authenticate': `Bearer ${REALM}, error="insufficient_scope", scope="${scope}"` },
  });
}

function principalOf(identification: Identification, scope: Scope): Principal {
  switch (identification.kind) {
    case 'known':
      return identification.principal;
    case 'wrong':
      throw unauthorized(scope, ', error="invalid_token"', 'The token or the password is wrong');
    case 'expired':
      throw unauthorized(
        scope,
        ', error="invalid_token", error_description="expired"',
        'The token has expired',
      );
    case 'limited': {
      const seconds = Math.max(1, Math.ceil(identification.waitMs / MS_PER_SECOND));
      throw new HttpProblem(429, 'Too many wrong tokens or passwords came from this address; wait', {
        headers: { 'retry-after': String(seconds) },
      });
    }
  }
}

/** Devices may use their password where they push data; a browser must not ask people for it elsewhere. */
function unauthorized(scope: Scope, error: string, detail: string): HttpProblem {
  const basic = scope === 'ingest' ? `, Basic ${REALM}` : '';
  return new HttpProblem(401, detail, {
    headers: { 'www-authenticate': `Bearer ${REALM}${error}${basic}` },
  });
}

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
async function identify(
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
