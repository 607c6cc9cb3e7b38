import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { clientAddress, type ProxyTrust } from '../../shared/network.js';
import type { BrokerAccess, BrokerLimits, Refusal } from './broker-types.js';

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
  readonly limits: Pick<BrokerLimits, 'maxPacketBytes' | 'maxConnections' | 'connectTimeoutMs'>;
  /** Whose word counts on who opens a WebSocket. */
  readonly trustProxy: ProxyTrust;
  /** Hosts whose web pages may connect, besides the host that is connected to. */
  readonly allowedOrigins: readonly string[];
  /** Asked of the broker's own WebSocket port; who hands upgrades over has asked already. */
  readonly authorizeHost: BrokerAccess['authorizeHost'];
  readonly accept: (stream: Duplex, address: string | undefined) => void;
  readonly refuse: (refusal: Refusal) => void;
}

export interface Listeners extends AsyncDisposable {
  readonly port: number;
  readonly webSocketPort: number | undefined;
  /** Takes a connection that somebody else's HTTP server accepted over as MQTT over WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
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
export async function listenForClients(options: ListenOptions): Promise<Listeners> {
  const tcp = track(createMqttServer(options), options);
  const upgrade = createUpgrade(options);
  const port = await bind(tcp.server, options.host, options.port, 'mqtt.port');
  if (options.webSocketPort === undefined) {
    return { port, webSocketPort: undefined, upgrade, [Symbol.asyncDispose]: tcp.close };
  }
  const web = track(createWebServer(options), options);
  try {
    const webSocketPort = await bind(web.server, options.host, options.webSocketPort, 'mqtt.webSocketPort');
    const close = async (): Promise<void> => void (await Promise.all([tcp.close(), web.close()]));
    return { port, webSocketPort, upgrade, [Symbol.asyncDispose]: close };
  } catch (error) {
    await tcp.close();
    throw error;
  }
}

function createMqttServer({ accept, certificate, limits }: ListenOptions): Server {
  const onSocket = (socket: Socket): void => accept(socket, socket.remoteAddress);
  const socketOptions = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_AFTER_MS };
  return certificate === undefined
    ? createTcpServer(socketOptions, onSocket)
    : createTlsServer(
        { ...tlsOptions(certificate), ...socketOptions, handshakeTimeout: limits.connectTimeoutMs },
        onSocket,
      );
}

function createWebServer(options: ListenOptions): HttpServer {
  const { accept, certificate, limits } = options;
  const { connectTimeoutMs } = limits;
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
    ...webSocketOptions(options),
    verifyClient: ({ req }: { req: IncomingMessage }) => isOwnHost(req, options) && isOwnOrigin(req, options),
  });
  // It repeats the server's errors, which are seen there.
  sockets.on('error', () => undefined);
  sockets.on('connection', (socket, request) => {
    accept(createWebSocketStream(socket), addressOf(request, options));
  });
  return server;
}

function createUpgrade(options: ListenOptions): Listeners['upgrade'] {
  const sockets = new WebSocketServer({ noServer: true, ...webSocketOptions(options) });
  return (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      options.accept(createWebSocketStream(webSocket), addressOf(request, options));
    });
  };
}

function webSocketOptions(options: ListenOptions) {
  return {
    maxPayload: options.limits.maxPacketBytes + FRAME_SLACK_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered: Set<string>) =>
      [...offered].find((name) => MQTT_SUBPROTOCOL.test(name)) ?? (false as const),
    verifyClient: ({ req }: { req: IncomingMessage }) => isOwnOrigin(req, options),
  };
}

/** Without this and the next, any web page opened on this machine could read presence from a broker that listens to it alone. */
function isOwnHost(request: IncomingMessage, options: ListenOptions): boolean {
  const { host } = request.headers;
  if (options.authorizeHost?.(host) !== false) return true;
  options.refuse({ reason: 'wrong-host', address: addressOf(request, options), detail: host ?? '' });
  return false;
}

function isOwnOrigin(request: IncomingMessage, options: ListenOptions): boolean {
  const { origin, host = '' } = request.headers;
  if (origin === undefined) return true;
  const from = URL.canParse(origin) ? new URL(origin).hostname : '';
  const to = URL.canParse(`ws://${host}`) ? new URL(`ws://${host}`).hostname : '';
  if (from !== '' && (from === to || options.allowedOrigins.includes(from))) return true;
  options.refuse({ reason: 'wrong-origin', address: addressOf(request, options), detail: origin });
  return false;
}

function addressOf({ headers, socket }: IncomingMessage, { trustProxy }: ListenOptions): string | undefined {
  const forwardedFor = [headers['x-forwarded-for']].flat().join();
  return clientAddress(socket.remoteAddress, forwardedFor, trustProxy);
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
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const help = LISTEN_HELP[code]?.(setting) ?? messageOf(error);
  const text = `the MQTT broker cannot listen on port ${port} of ${host}: ${help}`;
  return new GatewayError('SOURCE_FAILED', text, { cause: error });
}

const NO_SUCH_ADDRESS = (): string => 'this machine has no such address: correct mqtt.host';
const LISTEN_HELP: Readonly<Record<string, (setting: string) => string>> = {
  EADDRINUSE: (setting) =>
    'another program listens there: stop it (often it is mosquitto), ' +
    `choose another ${setting}, or use that broker with mqtt.embedded=false and mqtt.url`,
  EACCES: (setting) => `this user may not listen there: choose a ${setting} above 1023`,
  EADDRNOTAVAIL: NO_SUCH_ADDRESS,
  ENOTFOUND: NO_SUCH_ADDRESS,
};

/** A server that accepts only so many connections and can be closed at once, whatever they wait for. */
function track(server: Server, { limits, refuse }: ListenOptions): TrackedServer {
  server.maxConnections = limits.maxConnections;
  server.on('drop', (dropped) =>
    refuse({ reason: 'too-many-connections', address: dropped?.remoteAddress, detail: '' }),
  );
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
