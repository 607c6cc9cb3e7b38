import { GatewayError } from '../../shared/errors.js';
import type { InfluxAddress } from './influx-client.js';

/** What a server that speaks InfluxDB's 1.x endpoints can do besides writing and reading. */
export interface InfluxServer {
  /** As its header `X-Influxdb-Version` names it; `unknown` where it has none. */
  readonly version: string;
  /** 1 where the version is unknown. */
  readonly major: number;
}

/** What is to be removed: of a device, of the company of one, before a time, or all of it together. */
export interface Removal {
  readonly measurement: string;
  readonly device?: string;
  readonly with?: string;
  readonly beforeMs?: number;
}

const ALWAYS = '9999-01-01T00:00:00Z';
const EVER = '1970-01-01T00:00:00Z';

/** Asks a server which version it is. A server that does not tell counts as 1.x. */
export async function askServer(address: InfluxAddress): Promise<InfluxServer> {
  const answer = await request(address, 'ping', { method: 'GET' });
  const version = answer.headers.get('x-influxdb-version') ?? 'unknown';
  const major = Number(/^v?(\d+)\./.exec(version)?.[1] ?? 1);
  return { version, major };
}

/** What has to be set up at a server on which a gateway cannot make its database; `undefined` where it can. */
export function setUpWords(
  { version, major }: InfluxServer,
  { database, token }: InfluxAddress,
): string | undefined {
  if (major < 2) return undefined;
  const login =
    token === undefined ? ', and set store.influxdb.token to a token that may read and write it' : '';
  const words =
    major === 2
      ? `make the bucket "${database}" there, with a mapping of database "${database}" to it (influx v1 dbrp create)`
      : `make the database "${database}" there (influxdb3 create database)`;
  return `InfluxDB ${version} is used through its 1.x endpoints, where no database can be made: ${words}${login}`;
}

/**
 * Removes points by `/api/v2/delete`, since the 1.x endpoints of these servers take no DROP SERIES.
 *
 * @throws GatewayError `STORE_REFUSED` where the server has no such endpoint, or refuses
 */
export async function removeFromServer(
  address: InfluxAddress,
  { version }: InfluxServer,
  { measurement, device, with: other, beforeMs }: Removal,
): Promise<void> {
  const query = new URLSearchParams({ bucket: address.database });
  if (address.organization !== undefined) query.set('org', address.organization);
  const terms = [
    `_measurement="${measurement}"`,
    ...(device === undefined ? [] : [`device="${device}"`]),
    // Unquoted it is a word of the language.
    ...(other === undefined ? [] : [`"with"="${other}"`]),
  ];
  const body = {
    start: EVER,
    stop: beforeMs === undefined ? ALWAYS : new Date(beforeMs).toISOString(),
    predicate: terms.join(' AND '),
  };
  const answer = await request(address, `api/v2/delete?${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (answer.ok) return;
  const said = answer.status === 404 ? 'it has no way to remove single points' : await answer.text();
  const advice =
    answer.status === 404
      ? 'set a retention period of the database there'
      : 'check store.influxdb.token and store.influxdb.organization';
  throw new GatewayError(
    'STORE_REFUSED',
    `InfluxDB ${version} removed nothing of ${measurement}: ${said}; ${advice}`,
  );
}

async function request(address: InfluxAddress, path: string, init: RequestInit): Promise<Response> {
  const base = new URL(address.url.endsWith('/') ? address.url : `${address.url}/`);
  const headers = { ...init.headers, ...authorizationOf(address) };
  const signal = AbortSignal.timeout(address.requestTimeoutMs);
  try {
    return await fetch(new URL(path, base), { ...init, headers, signal });
  } catch (error) {
    // What fetch throws says only that it failed.
    throw error instanceof TypeError && error.cause !== undefined ? error.cause : error;
  }
}

/** A token as InfluxDB 2 and 3 want it, or user and password as 1.x does. */
function authorizationOf({ token, username, password }: InfluxAddress): Record<string, string> {
  if (token !== undefined) return { authorization: `Token ${token}` };
  if (username === undefined) return {};
  const pair = Buffer.from(`${username}:${password ?? ''}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}
