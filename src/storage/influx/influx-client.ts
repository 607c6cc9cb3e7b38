import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type IClusterConfig, InfluxDB, type IPoolOptions } from 'influx';
import { GatewayError } from '../../shared/errors.js';

export interface InfluxAddress {
  /** `http://host:8086` or `https://…`, with a path where a proxy wants one. */
  readonly url: string;
  readonly database: string;
  readonly username?: string;
  readonly password?: string;
  /** Of InfluxDB 2 or 3, in place of user and password. */
  readonly token?: string;
  /** Of InfluxDB 2: whose bucket it is. */
  readonly organization?: string;
  /** A request without an answer is given up after this long, milliseconds. */
  readonly requestTimeoutMs: number;
}

export interface InfluxClient {
  readonly influx: InfluxDB;
  /** Host and database, for messages. */
  readonly where: string;
  /** Closes the connections. */
  close(): void;
}

/**
 * The library would set a failing host aside for up to 10 s and meanwhile answer "No host available" without asking it, in
 * addition to whatever its caller waits. With no delay it never does, so there is one retry rule: the sink's.
 */
const NEVER_SET_ASIDE: NonNullable<IPoolOptions['backoff']> = {
  getDelay: () => 0,
  next: () => NEVER_SET_ASIDE,
  reset: () => NEVER_SET_ASIDE,
};

/** @throws GatewayError `CONFIG_INVALID` when the address is not one of http or https */
export function createInfluxClient(address: InfluxAddress): InfluxClient {
  const url = parseHttpUrl(address.url);
  const isTls = url.protocol === 'https:';
  const agent = isTls ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const influx = new InfluxDB({
    hosts: [
      {
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: Number(url.port || (isTls ? 443 : 80)),
        path: url.pathname.replace(/\/$/, ''),
        protocol: isTls ? 'https' : 'http',
        options: { agent, ...tokenHeader(address) },
      },
    ],
    database: address.database,
    ...loginOf(address),
    pool: { maxRetries: 0, backoff: NEVER_SET_ASIDE, requestTimeout: address.requestTimeoutMs },
  });
  return {
    influx,
    where: `${url.host}, database ${JSON.stringify(address.database)}`,
    close: () => agent.destroy(),
  };
}

/** Without a user the library would log in as root, and that over the token's header. */
function loginOf({
  token,
  username,
  password,
}: InfluxAddress): Pick<IClusterConfig, 'username' | 'password'> {
  // Only a user that is no text keeps the library from it; its types know of texts alone.
  if (token !== undefined) return { username: null as unknown as string };
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}

function tokenHeader({ token }: InfluxAddress): { headers?: Record<string, string> } {
  return token === undefined ? {} : { headers: { Authorization: `Token ${token}` } };
}

/** Gives an answer up after a time: the library waits for ever when a server dies in the middle of one. */
export async function withinMs<T>(limitMs: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no complete answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function parseHttpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new GatewayError('CONFIG_INVALID', 'store.influxdb.url must be like http://localhost:8086');
}
