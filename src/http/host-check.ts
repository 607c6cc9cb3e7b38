import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { HttpProblem } from './problem.js';

/**
 * Refuses requests for a name that is not this gateway's, where nobody has to say who they are: a web page whose name was
 * pointed at this machine after it was loaded (DNS rebinding) would otherwise read presence past the browser's rules.
 *
 * @param allowed names besides `localhost`; `undefined` where any name may be asked for
 * @throws HttpProblem 421
 */
export function requireKnownHost(
  { headers: { host } }: Pick<FastifyRequest, 'headers'>,
  allowed: readonly string[] | undefined,
): void {
  // A request without a name is none of a browser.
  if (allowed === undefined || host === undefined) return;
  const name = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
  const isAddress = isIP(name.replace(/^\[|\]$/g, '')) !== 0;
  if (isAddress || /^(.+\.)?localhost$/.test(name) || allowed.includes(name)) return;
  throw new HttpProblem(
    421,
    'Without tokens the gateway answers to localhost and to addresses only; add the name to http.allowedHosts',
  );
}
