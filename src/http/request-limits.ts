import fastifyRateLimit from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import { addressKey } from '../shared/network.js';
import { principalKey } from './fair-share.js';
import type { HttpApp } from './http-app.js';
import type { HttpOptions } from './options.js';
import { HttpProblem } from './problem.js';

export interface RequestLimits {
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
