import createFetchClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './api-types.js';

/** Typed calls of every address that the gateway's OpenAPI document describes: `client.GET('/v1/devices')`. */
export type AlongsideClient = Client<paths>;

type Schemas = components['schemas'];
export type Device = Schemas['Device'];
export type Timeline = Schemas['Timeline'];
export type StatusInterval = Timeline['intervals'][number];
export type Status = StatusInterval['status'];
export type Problem = Schemas['Problem'];

export interface ClientOptions {
  /** Where the gateway answers, for example `http://localhost:8080`. */
  readonly baseUrl: string;
  /** Made by `alongside tokens create`; not needed where the gateway asks nobody. */
  readonly token?: string | undefined;
}

/** An error answer of the gateway, in its own words. */
export class AlongsideProblem extends Error {
  override readonly name = 'AlongsideProblem';
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** What went wrong, for people. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof AlongsideProblem)) return 'The gateway cannot be reached.';
  if (error.status === 403) return `${error.message}. This browser's token does not have it.`;
  return error.message;
}

/** Makes a client of one gateway. */
export function createClient({ baseUrl, token }: ClientOptions): AlongsideClient {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return createFetchClient<paths>({ baseUrl, headers });
}

/** What a call resolves to. */
export interface FetchResult<T> {
  readonly data?: T | undefined;
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * What a call answered: `const { devices } = await answerOf(client.GET('/v1/devices'))`.
 *
 * @throws AlongsideProblem for an error answer; TypeError, as fetch does, when the gateway cannot be reached
 */
export async function answerOf<T>(call: Promise<FetchResult<T>>): Promise<Exclude<T, string>> {
  const { data, error, response } = await call;
  if (response.ok && isAnswer(data)) return data;
  throw new AlongsideProblem(response.status, detailOf(error) ?? response.statusText);
}

/** Addresses that write tables, too, do so only for those who ask for one. */
function isAnswer<T>(data: T | undefined): data is Exclude<T, string> {
  return data !== undefined && typeof data !== 'string';
}

function detailOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('detail' in error)) return undefined;
  return typeof error.detail === 'string' ? error.detail : undefined;
}
