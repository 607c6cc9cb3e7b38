import fastifyRateLimit from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import { addressKey } from '../shared/network.js';
import { type Caller, callerOf, FairShare, principalKey, shareProblem } from './fair-share.js';
import type { HttpApp, HttpOptions } from './options.js';
import { HttpProblem } from './problem.js';

interface RequestLimits {
  /** @throws HttpProblem 429 when its address asks too often */
  countAddress(request: FastifyRequest): Promise<void>;
  /** @throws HttpProblem 429 when its token or device asks too often */
  countPrincipal(request: FastifyRequest): Promise<void>;
}

export const TOO_MANY_REQUESTS = 'Too many requests; wait';

const MINUTE_MS = 60_000;
/** Addresses and tokens counted apart; beyond it those not heard of for longest are forgotten. */
const MAX_KEYS = 10_000;

type RateLimit = ReturnType<HttpApp['createRateLimit']>;

/** Limits how often one address and one token may ask. Many phones behind one address share its limit. */
export async function createRequestLimits(
  app: HttpApp,
  { perAddress, perToken }: HttpOptions['requestsPerMinute'],
): Promise<RequestLimits> {
  await app.register(fastifyRateLimit, { global: false, cache: MAX_KEYS });
  const byAddress = app.createRateLimit({
    max: perAddress,
    timeWindow: MINUTE_MS,
    keyGenerator: ({ ip }) => addressKey(ip),
  });
  const byPrincipal = app.createRateLimit({
    max: perToken,
    timeWindow: MINUTE_MS,
    keyGenerator: ({ principal }) => (principal && principalKey(principal)) ?? 'anonymous',
  });
  return {
    countAddress: (request) => count(byAddress, request),
    countPrincipal: async (request) => {
      const kind = request.principal?.kind ?? 'anonymous';
      if (kind !== 'anonymous') await count(byPrincipal, request);
    },
  };
}

async function count(limit: RateLimit, request: FastifyRequest): Promise<void> {
  const outcome = await limit(request);
  if (outcome.isAllowed || !outcome.isExceeded) return;
  throw new HttpProblem(429, TOO_MANY_REQUESTS, {
    headers: { 'retry-after': String(Math.max(1, outcome.ttlInSeconds)) },
  });
}

const RETRY_AFTER_SECONDS = 1;
/** A body up to so much too long is read to its end and thrown away: most clients read no answer before that. */
const MAX_DRAINED_BYTES = 64 * 1024 * 1024;

/** Answers a body that says it is too long with 413, in a way that the client gets to see. */
export function refuseLongBodies(scope: HttpApp, bodyLimitBytes: number): void {
  scope.addHook('onRequest', (request, _reply, next) => {
    const bytes = Number(request.headers['content-length'] ?? 0);
    if (bytes <= bodyLimitBytes) {
      next();
      return;
    }
    const refuse = (): void =>
      next(
        new HttpProblem(
          413,
          `The body is larger than ${bodyLimitBytes} bytes; send smaller pictures, or fewer`,
        ),
      );
    if (bytes > MAX_DRAINED_BYTES) refuse();
    else request.raw.once('end', refuse).resume();
  });
}

/**
 * Limits what the bodies of a scope's requests take of memory together: a request whose body does not fit any more, or exceeds
 * the share of its caller, is answered 503 before it is read.
 *
 * @param bodyLimitBytes what is counted for a body that does not say how long it is
 */
export function limitBodies(scope: HttpApp, budgetBytes: number, bodyLimitBytes: number): void {
  const budget = new FairShare(budgetBytes, bodyLimitBytes);
  const taken = new WeakMap<FastifyRequest, { readonly caller: Caller; readonly bytes: number }>();
  scope.addHook('onRequest', (request, _reply, next) => {
    const bytes = Math.min(Number(request.headers['content-length'] ?? bodyLimitBytes), bodyLimitBytes);
    const caller = callerOf(request);
    const reason = budget.take(caller, bytes);
    if (reason === undefined) taken.set(request, { caller, bytes });
    next(reason === undefined ? undefined : shareProblem(reason, 'uploads', RETRY_AFTER_SECONDS));
  });
  scope.addHook('onResponse', (request, _reply, next) => {
    const held = taken.get(request);
    if (held !== undefined) budget.give(held.caller, held.bytes);
    taken.delete(request);
    next();
  });
}
