import type { FastifyRequest } from 'fastify';
import { isOwnHost } from '../shared/network.js';
import { HttpProblem } from './problem.js';

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
