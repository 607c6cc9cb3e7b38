import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { Aedes, type Client } from 'aedes';
import { atMost } from '../../shared/lifetime.js';
import { createProxyTrust, type ProxyTrust } from '../../shared/network.js';
import type { OutgoingMessage } from '../source.js';
import { BrokerEntrance } from './broker-entrance.js';
import { createBrokerHooks, Refused } from './broker-hooks.js';
import {
  type Listeners,
  type ListenOptions,
  listenForClients,
  type ServerCertificate,
} from './broker-listeners.js';
import { BrokerPeers } from './broker-peers.js';
import {
  type BrokerAccess,
  type BrokerClient,
  type BrokerLimits,
  DEFAULT_BROKER_LIMITS,
  type Refusal,
  type RefusalReason,
  type TakeIn,
} from './broker-types.js';
import { createSessionStore } from './session-store.js';

export interface EmbeddedBrokerOptions {
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string | undefined;
  /** MQTT over TCP; 0 is any free port. */
  readonly port: number;
  /** MQTT over WebSocket; 0 is any free port, without it there is none. */
  readonly webSocketPort?: number | undefined;
  /** Makes both TLS. */
  readonly certificate?: ServerCertificate | undefined;
  readonly access?: BrokerAccess | undefined;
  /** Whose word counts on who opens a WebSocket; by default nobody's. */
  readonly trustProxy?: ProxyTrust | undefined;
  /** Hosts whose web pages may connect by WebSocket, besides the host they connect to. */
  readonly allowedOrigins?: readonly string[] | undefined;
  readonly limits?: Partial<BrokerLimits> | undefined;
  /** Takes messages over before their senders hear that they arrived. */
  readonly takeIn?: TakeIn | undefined;
  /** Told of every client that was turned away and every wish that was refused. */
  readonly onRefused?: ((refusal: Refusal) => void) | undefined;
}

/** An MQTT broker inside this process. */
export interface EmbeddedBroker extends AsyncDisposable {
  /** Where it listens: `mqtt://…` or `mqtts://…`. */
  readonly url: string;
  readonly port: number;
  /** `ws://…` or `wss://…`. */
  readonly webSocketUrl: string | undefined;
  /** Connections that are open at the moment. */
  readonly connections: number;
  /** Lets in a connection that somebody else accepted. */
  accept(stream: Duplex, address: string | undefined): void;
  /** Lets in a connection that an HTTP server accepted and that asks for a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends connections that were let in and are no longer wanted. */
  disconnect(isUnwanted: (client: BrokerClient) => boolean): void;
  /** Publishes on behalf of the broker, past all access rules; resolves when subscribers were served. */
  publish(message: OutgoingMessage): Promise<void>;
}

const DEFAULT_HOST = '127.0.0.1';
const CLOSE_WITHIN_MS = 500;
/** Each may be as large as a packet and is kept until its sender has completed it. */
const MAX_QOS2_IN_FLIGHT = 64;

/**
 * Starts an MQTT broker for phones that need no other: aedes, which speaks MQTT 3.1.1, with MQTT 5 translated to it.
 * Retained messages and sessions are in memory and end with the process.
 *
 * @throws GatewayError `SOURCE_FAILED` when a port cannot be listened on, with what to do
 */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const limits = { ...DEFAULT_BROKER_LIMITS, ...options.limits };
  let isClosing = false;
  const refuse = (refusal: Refusal): void => {
    if (!isClosing) options.onRefused?.(refusal);
  };
  const peers = new BrokerPeers();
  const aedes = await createAedes(options, limits, peers, refuse);
  const entrance = new BrokerEntrance({ aedes, limits, peers, refuse });
  const listeners = await listenOrClose(aedes, {
    host: options.host ?? DEFAULT_HOST,
    port: options.port,
    webSocketPort: options.webSocketPort,
    certificate: options.certificate,
    limits,
    trustProxy: options.trustProxy ?? createProxyTrust(false),
    allowedOrigins: options.allowedOrigins ?? [],
    authorizeHost: options.access?.authorizeHost,
    accept: (stream, address) => entrance.accept(stream, address),
    refuse,
  });
  return {
    ...addressesOf(options, listeners),
    get connections() {
      return entrance.connections;
    },
    accept: (stream, address) => entrance.accept(stream, address),
    upgrade: (request, socket, head) => listeners.upgrade(request, socket, head),
    disconnect: (isUnwanted) => disconnect(aedes, peers, isUnwanted),
    publish: (message) => publish(aedes, message),
    [Symbol.asyncDispose]: async () => {
      isClosing = true;
      entrance.close();
      // What was written in this turn of the event loop leaves at its end.
      await setImmediate();
      await atMost(CLOSE_WITHIN_MS, closeAedes(aedes));
      entrance.closeAll();
      await listeners[Symbol.asyncDispose]();
    },
  };
}

async function createAedes(
  { access = {}, takeIn }: EmbeddedBrokerOptions,
  limits: BrokerLimits,
  peers: BrokerPeers,
  refuse: (refusal: Refusal) => void,
): Promise<Aedes> {
  const sessions = createSessionStore(limits, (clientId) =>
    refuse({ reason: 'queue-limit', address: undefined, detail: clientId }),
  );
  const aedes = await Aedes.createBroker({
    ...createBrokerHooks({ access, limits, peers, sessions, takeIn, refuse }),
    persistence: sessions.persistence,
    connectTimeout: limits.connectTimeoutMs,
    drainTimeout: limits.drainTimeoutMs,
    maxInflightInbound: MAX_QOS2_IN_FLIGHT,
  });
  reportErrors(aedes, peers, refuse);
  return aedes;
}

async function listenOrClose(aedes: Aedes, options: ListenOptions): Promise<Listeners> {
  try {
    return await listenForClients(options);
  } catch (error) {
    await closeAedes(aedes);
    throw error;
  }
}

function addressesOf(
  { host = DEFAULT_HOST, certificate }: EmbeddedBrokerOptions,
  { port, webSocketPort }: Listeners,
): Pick<EmbeddedBroker, 'url' | 'port' | 'webSocketUrl'> {
  const tls = certificate === undefined ? '' : 's';
  const reachable = reachableHost(host);
  return {
    url: `mqtt${tls}://${reachable}:${port}`,
    port,
    webSocketUrl: webSocketPort === undefined ? undefined : `ws${tls}://${reachable}:${webSocketPort}`,
  };
}

async function closeAedes(aedes: Aedes): Promise<void> {
  await new Promise<void>((resolve) => {
    aedes.close(resolve);
  });
}

function disconnect(aedes: Aedes, peers: BrokerPeers, isUnwanted: (client: BrokerClient) => boolean): void {
  // Not in its types: its clients by id.
  const { clients } = aedes as unknown as { readonly clients: Readonly<Record<string, Client>> };
  for (const client of Object.values(clients)) if (isUnwanted(peers.describe(client))) client.close();
}

async function publish(aedes: Aedes, message: OutgoingMessage): Promise<void> {
  const { topic, qos, retain } = message;
  const payload = Buffer.from(message.payload);
  await new Promise<void>((resolve, reject) => {
    aedes.publish({ cmd: 'publish', topic, payload, qos, retain, dup: false }, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Reports what ends connections against the client's will; lost networks are daily life. */
function reportErrors(aedes: Aedes, peers: BrokerPeers, refuse: (refusal: Refusal) => void): void {
  const report = (client: Client, error: Error): void => {
    const reason = reasonOf(error);
    if (reason === undefined) return;
    refuse({ reason, address: peers.of(client).address, detail: error.message });
  };
  aedes.on('clientError', report);
  aedes.on('connectionError', report);
  // Not in its types: errors of its store, which is in memory.
  const anyEvents: EventEmitter = aedes;
  anyEvents.on('error', (error: Error) =>
    refuse({ reason: 'protocol-error', address: undefined, detail: error.message }),
  );
}

function reasonOf(error: Error): RefusalReason | undefined {
  if (error instanceof Refused || 'code' in error) return undefined;
  if (/connect did not arrive/.test(error.message)) return 'connect-timeout';
  if (/drain timeout/.test(error.message)) return 'too-slow';
  return /keep alive timeout|connection closed/.test(error.message) ? undefined : 'protocol-error';
}

/** An address to connect to for one to listen on. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
