import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { FastifyServerFactoryHandler } from 'fastify';
import type { PartHealth } from '../domain/device.js';
import type { HttpOptions } from './options.js';

/** How often node looks for connections past their time limits. */
const CONNECTION_CHECK_MS = 1000;

/** Makes the server that the app listens with, HTTP or HTTPS, with every limit a slow or greedy client meets. */
export function createHttpServer(
  options: HttpOptions,
): (handler: FastifyServerFactoryHandler<Server>) => Server {
  const { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs, silenceTimeoutMs, tls } = options;
  const timeouts = {
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionsCheckingInterval: CONNECTION_CHECK_MS,
  };
  return (handler) => {
    const server =
      tls === undefined
        ? createServer(timeouts, handler)
        : createTlsServer(
            { ...timeouts, ...secureOptions(tls), handshakeTimeout: headersTimeoutMs },
            handler,
          );
    server.setTimeout(silenceTimeoutMs);
    capConnections(server, options.maxConnections);
    return server;
  };
}

function secureOptions({ cert, key, clientCa }: NonNullable<HttpOptions['tls']>) {
  return clientCa === undefined
    ? { cert, key }
    : { cert, key, ca: clientCa, requestCert: true, rejectUnauthorized: true };
}

/**
 * Bounds the connections of a server. A new one beyond the limit takes the place of the one that has been idle for
 * longest, so that a client that opens connections and leaves them idle keeps nobody else out; only when all are at work is
 * the new one closed.
 */
export function capConnections(server: Server, maxConnections: number): void {
  const open = new Map<string, Socket>();
  /** In the order in which they became idle. */
  const idle = new Set<string>();

  const makeRoom = (): boolean => {
    if (open.size < maxConnections) return true;
    const longest = idle.keys().next();
    if (longest.done === true) return false;
    open.get(longest.value)?.destroy();
    open.delete(longest.value);
    idle.delete(longest.value);
    return true;
  };

  server.on('connection', (socket: Socket) => {
    if (!makeRoom()) {
      socket.destroy();
      return;
    }
    const key = keyOf(socket);
    open.set(key, socket);
    idle.add(key);
    socket.once('close', () => {
      if (open.get(key) !== socket) return;
      open.delete(key);
      idle.delete(key);
    });
  });
  // What was handed on is neither idle nor answered.
  server.on('upgrade', ({ socket }: IncomingMessage) => void idle.delete(keyOf(socket)));
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const key = keyOf(socket);
    idle.delete(key);
    response.once('close', () => {
      if (open.has(key)) idle.add(key);
    });
  });
}

/** The same for a connection and for the TLS that runs over it. */
function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}/${remotePort}`;
}

interface WaitingOptions extends Pick<HttpOptions, 'tls'> {
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
