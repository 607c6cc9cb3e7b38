import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { FastifyServerFactoryHandler } from 'fastify';
import { capConnections } from './connection-cap.js';
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
