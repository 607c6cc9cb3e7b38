import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { GatewayError, messageOf } from '../../errors.js';

/** Contents of PEM files, with which a broker proves who it is. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
  /** Clients must have a certificate of this authority. */
  readonly clientCa?: string | undefined;
}

export interface ListenOptions {
  readonly host: string;
  /** MQTT over TCP; 0 is any free port. */
  readonly port: number;
  /** MQTT over WebSocket; 0 is any free port, `undefined` none. */
  readonly webSocketPort: number | undefined;
  readonly certificate: ServerCertificate | undefined;
  readonly maxPacketBytes: number;
  /** On each port, those included that did not say who they are yet. */
  readonly maxConnections: number;
  /** For TLS handshakes and WebSocket requests. */
  readonly connectTimeoutMs: number;
  /** Hosts whose web pages may connect, besides the host that is connected to. */
  readonly allowedOrigins: readonly string[];
  readonly accept: (stream: Duplex, address: string | undefined) => void;
  readonly onTooMany: (address: string | undefined) => void;
  readonly onWrongOrigin: (origin: string, address: string | undefined) => void;
}

export interface Listeners extends AsyncDisposable {
  readonly port: number;
  readonly webSocketPort: number | undefined;
}

interface TrackedServer {
  readonly server: Server;
  close(): Promise<void>;
}

const MQTT_SUBPROTOCOL = /^mqtt(v3\.1)?$/;
/** A WebSocket frame may hold more than one packet, but hardly much more than the largest. */
const FRAME_SLACK_BYTES = 65_536;
/** Finds peers that are gone without a word and promised no MQTT keepalive. */
const KEEPALIVE_AFTER_MS = 60_000;

/**
 * Listens for MQTT over TCP and WebSocket, with TLS when there is a certificate.
 *
 * @throws GatewayError `SOURCE_FAILED` when a port cannot be listened on, with what to do
 */
export async function listen(options: ListenOptions): Promise<Listeners> {
  const tcp = track(createMqttServer(options), options);
  const port = await bind(tcp.server, options.host, options.port, 'mqtt.port');
  if (options.webSocketPort === undefined) {
    return { port, webSocketPort: undefined, [Symbol.asyncDispose]: tcp.close };
  }
  const web = track(createWebServer(options), options);
  try {
    const webSocketPort = await bind(web.server, options.host, options.webSocketPort, 'mqtt.webSocketPort');
    const close = async (): Promise<void> => void (await Promise.all([tcp.close(), web.close()]));
    return { port, webSocketPort, [Symbol.asyncDispose]: close };
  } catch (error) {
    await tcp.close();
    throw error;
  }
}

function createMqttServer({ accept, certificate, connectTimeoutMs }: ListenOptions): Server {
  const onSocket = (socket: Socket): void => accept(socket, socket.remoteAddress);
  const socketOptions = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_AFTER_MS };
  return certificate === undefined
    ? createTcpServer(socketOptions, onSocket)
    : createTlsServer(
        { ...tlsOptions(certificate), ...socketOptions, handshakeTimeout: connectTimeoutMs },
        onSocket,
      );
}

function createWebServer(options: ListenOptions): HttpServer {
  const { certificate, connectTimeoutMs } = options;
  const timeouts = { headersTimeout: connectTimeoutMs, requestTimeout: connectTimeoutMs };
  const answer = (_request: IncomingMessage, response: { writeHead(status: number): { end(): void } }) =>
    void response.writeHead(426).end();
  const server =
    certificate === undefined
      ? createHttpServer(timeouts, answer)
      : createHttpsServer(
          { ...tlsOptions(certificate), ...timeouts, handshakeTimeout: connectTimeoutMs },
          answer,
        );
  const sockets = new WebSocketServer({
    server,
    maxPayload: options.maxPacketBytes + FRAME_SLACK_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => [...offered].find((name) => MQTT_SUBPROTOCOL.test(name)) ?? false,
    verifyClient: ({ req }: { req: IncomingMessage }) => isAllowed(req, options),
  });
  // It repeats the server's errors, which are seen there.
  sockets.on('error', () => undefined);
  sockets.on('connection', (socket, request) => {
    options.accept(createWebSocketStream(socket), request.socket.remoteAddress);
  });
  return server;
}

/** Without this, any web page opened on this machine could read presence from a broker that listens to it alone. */
function isAllowed({ headers, socket }: IncomingMessage, options: ListenOptions): boolean {
  const { origin, host = '' } = headers;
  if (origin === undefined) return true;
  const from = URL.canParse(origin) ? new URL(origin).hostname : '';
  const to = URL.canParse(`ws://${host}`) ? new URL(`ws://${host}`).hostname : '';
  if (from !== '' && (from === to || options.allowedOrigins.includes(from))) return true;
  options.onWrongOrigin(origin, socket.remoteAddress);
  return false;
}

function tlsOptions({ cert, key, clientCa }: ServerCertificate) {
  return clientCa === undefined
    ? { cert, key }
    : { cert, key, ca: clientCa, requestCert: true, rejectUnauthorized: true };
}

async function bind(server: Server, host: string, port: number, setting: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port, setting)));
    server.listen({ host, port }, resolve);
  });
  server.on('error', () => undefined);
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function listenError(error: Error, host: string, port: number, setting: string): GatewayError {
  const code = 'code' in error ? error.code : undefined;
  const help =
    code === 'EADDRINUSE'
      ? `another program listens there: stop it (often mosquitto), choose another ${setting}, or use that broker with mqtt.embedded=false and mqtt.url`
      : code === 'EACCES'
        ? `this user may not listen there: choose a ${setting} above 1023`
        : code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND'
          ? 'this machine has no such address: correct mqtt.host'
          : messageOf(error);
  const text = `the MQTT broker cannot listen on port ${port} of ${host}: ${help}`;
  return new GatewayError('SOURCE_FAILED', text, { cause: error });
}

/** A server that accepts only so many connections and can be closed at once, whatever they wait for. */
function track(server: Server, { maxConnections, onTooMany }: ListenOptions): TrackedServer {
  server.maxConnections = maxConnections;
  server.on('drop', (dropped) => onTooMany(dropped?.remoteAddress));
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { server, close };
}
