import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { PartHealth } from '../domain/device.js';
import type { HttpOptions } from './options.js';

export interface WaitingOptions extends Pick<HttpOptions, 'tls'> {
  readonly host: string;
  readonly port: number;
  /** What is waited for now. */
  readonly part: () => Pick<PartHealth, 'name' | 'detail'>;
}

const MOST_CONNECTIONS = 100;
const RETRY_AFTER_SECONDS = '5';

/**
 * Answers in place of the API while a gateway waits for what it cannot start without: it lives, and is not ready, and why. A
 * port that somebody else has is left to the API to fail on.
 */
export async function startWaitingServer({
  host,
  port,
  part,
  tls,
}: WaitingOptions): Promise<AsyncDisposable> {
  const answer = (url: string | undefined, response: ServerResponse): void => {
    if (url === '/health/live') send(response, 200, { live: true });
    else if (url === '/health/ready')
      send(response, 503, { ready: false, parts: [{ ...part(), ok: false }] });
    else
      send(response, 503, {
        type: 'about:blank',
        title: 'Service Unavailable',
        status: 503,
        detail: part().detail,
      });
  };
  const server: Server =
    tls === undefined
      ? createServer(({ url }, response) => answer(url, response))
      : createTlsServer({ cert: tls.cert, key: tls.key }, ({ url }, response) => answer(url, response));
  server.maxConnections = MOST_CONNECTIONS;
  server.listen(port, host);
  const isListening = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  return {
    [Symbol.asyncDispose]: async () => {
      if (!isListening) return;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    'content-type': status === 503 && 'title' in body ? 'application/problem+json' : 'application/json',
    ...(status === 503 && { 'retry-after': RETRY_AFTER_SECONDS }),
    connection: 'close',
  });
  response.end(JSON.stringify(body));
}
