import type { FastifyRequest } from 'fastify';
import { type Caller, callerOf, FairShare, shareProblem } from './fair-share.js';
import type { HttpApp } from './http-app.js';
import { HttpProblem } from './problem.js';

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
 * the share of whoever asks, is answered 503 before it is read.
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
