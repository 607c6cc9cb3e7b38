import { lookup as systemLookup } from 'node:dns';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { Notification } from '../../domain/notification.js';
import type { Clock } from '../../shared/clock.js';
import type { AddressGuard } from './address-guard.js';

/** What is sent of an event: the body, and what signs it. */
export interface Message {
  /** The same at every attempt, so that receivers can tell what they have. */
  readonly id: string;
  readonly body: string;
}

export function eventMessage({ id, type, device, atMs, data }: Notification): Message {
  return { id, body: JSON.stringify({ type, timestamp: isoOf(atMs), data: { device, ...data } }) };
}

export function testMessage(id: string, atMs: number): Message {
  const data = { text: 'Alongside reaches this endpoint' };
  return { id, body: JSON.stringify({ type: 'webhook.test', timestamp: isoOf(atMs), data }) };
}

/**
 * Headers of one attempt after Standard Webhooks 1.0.0.
 *
 * @param secrets one signature each, the newest first
 */
export function signedHeaders(
  { id, body }: Message,
  secrets: readonly string[],
  nowMs: number,
): Record<string, string> {
  const now = new Date(nowMs);
  return {
    'content-type': 'application/json',
    'user-agent': 'Alongside-Webhooks',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(nowMs / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(' '),
  };
}

function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** An address was looked up to which nothing may be sent. */
class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

/**
 * Looks names up for a connection that is about to be made, and refuses the connection if any of the addresses may not be
 * used: what was looked up earlier says nothing, since a name can be pointed elsewhere in between.
 */
export function guardedLookup(
  guard: AddressGuard,
  isEncrypted: boolean,
  lookup = systemLookup,
): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) {
        callback(error ?? new Error(`${hostname} has no address`), '', 0);
        return;
      }
      const refusals = addresses.flatMap(({ address }) => guard.refusal(address, isEncrypted) ?? []);
      const [refusal] = refusals;
      if (refusal !== undefined) callback(new AddressRefused(refusal), '', 0);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

const MS_PER_SECOND = 1000;

/**
 * Reads a `retry-after` header (RFC 9110, 10.2.3): seconds, or a date.
 *
 * @returns milliseconds from now, at least 0; `undefined` when there is none or it is neither
 */
export function parseRetryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d{1,10}\s*$/.test(header)) return Number(header) * MS_PER_SECOND;
  // Without a word of letters it would be taken for a year.
  const atMs = /[a-z]/i.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

/** What an endpoint said, or why nothing was heard of it. */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs: number | undefined }
  | { readonly kind: 'failed'; readonly detail: string };

export interface Posting {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Posts once; never rejects. */
export type Send = (posting: Posting, signal: AbortSignal) => Promise<Answer>;

export interface SenderOptions {
  readonly guard: AddressGuard;
  readonly clock: Clock;
  /** Longest time from looking up the name to the head of the answer, and again to its end, milliseconds. */
  readonly timeoutMs: number;
  /** Authorities trusted besides those of the system, PEM. */
  readonly ca?: readonly string[] | undefined;
}

/** More of an answer than anybody needs; the connection is cut there. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Posts over connections of their own, to allowed addresses only, following no redirects. */
export function createSender(options: SenderOptions): Send {
  return async (posting, signal) => {
    const refusal = refusalOfLiteral(posting.url, options.guard);
    if (refusal !== undefined) return { kind: 'failed', detail: refusal };
    return await post(posting, options, signal);
  };
}

/** Hosts written as addresses are not looked up, so they are judged here. */
export function refusalOfLiteral(url: URL, guard: AddressGuard): string | undefined {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 ? undefined : guard.refusal(host, url.protocol === 'https:');
}

function post(posting: Posting, options: SenderOptions, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const request = open(posting, options, signal);
    const timer = setTimeout(() => {
      resolve({ kind: 'failed', detail: `no answer within ${options.timeoutMs} ms` });
      request.destroy();
    }, options.timeoutMs);
    request.once('close', () => {
      clearTimeout(timer);
      resolve({ kind: 'failed', detail: 'the connection was closed without an answer' });
    });
    request.on('error', (error) => resolve({ kind: 'failed', detail: describeFailure(error) }));
    request.once('response', (response) => {
      resolve(answerOf(response, options.clock));
      drain(response, request);
    });
    request.end(posting.body);
  });
}

function open({ url, headers, body }: Posting, options: SenderOptions, signal: AbortSignal): ClientRequest {
  const isEncrypted = url.protocol === 'https:';
  const common = {
    method: 'POST',
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    lookup: guardedLookup(options.guard, isEncrypted),
    // A connection of its own: one that is kept open would pass the guard by.
    agent: false,
    signal,
  } as const;
  if (!isEncrypted) return httpRequest(url, common);
  return httpsRequest(url, { ...common, ...(options.ca === undefined ? {} : { ca: [...options.ca] }) });
}

function answerOf({ statusCode = 0, headers }: IncomingMessage, clock: Clock): Answer {
  const retryAfterMs = parseRetryAfterMs(headers['retry-after'], clock.nowMs());
  return { kind: 'answered', status: statusCode, retryAfterMs };
}

/** Lets the answer end, which nobody reads. */
function drain(response: IncomingMessage, request: ClientRequest): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) request.destroy();
  });
  response.on('error', () => request.destroy());
}

const TLS_CODES =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_|ERR_SSL_|EPROTO$|HOSTNAME_MISMATCH|INVALID_CA)/;

function describeFailure(error: Error): string {
  if (error instanceof AddressRefused) return error.message;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  if (TLS_CODES.test(code)) return `TLS failed (${code}); webhooks.caFile names an authority of your own`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `its name could not be looked up (${code})`;
  return `no connection (${code})`;
}
