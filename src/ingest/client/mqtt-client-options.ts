import type { IClientOptions } from 'mqtt';
import { WebSocket } from 'ws';
import { GatewayError } from '../../shared/errors.js';
import { AVAILABILITY_TOPIC } from '../source.js';

/** Contents of PEM files. */
export interface TlsOptions {
  /** Authorities to trust instead of the well-known ones. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Default true; false accepts any certificate. */
  readonly rejectUnauthorized?: boolean | undefined;
}

/** How to reach a broker and as whom. */
export interface BrokerAddress {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** The same after each restart, so that the broker keeps what was published meanwhile; unique for the broker. */
  readonly clientId: string;
  /** 4 is MQTT 3.1.1, the default. */
  readonly protocolVersion?: 4 | 5 | undefined;
  /** Default 60. */
  readonly keepaliveSeconds?: number | undefined;
  /** How long an MQTT 5 broker keeps the session while the gateway is away; default a day. */
  readonly sessionExpirySeconds?: number | undefined;
  readonly tls?: TlsOptions | undefined;
}

const SCHEMES: ReadonlySet<string> = new Set(['mqtt:', 'mqtts:', 'ws:', 'wss:']);
export const DEFAULT_KEEPALIVE_SECONDS = 60;
const DEFAULT_SESSION_EXPIRY_SECONDS = 86_400;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * A broker's URL without user name and password, for people.
 *
 * @throws GatewayError `CONFIG_INVALID` when it is not a URL of a broker
 */
export function displayUrl(url: string): string {
  if (!URL.canParse(url) || !SCHEMES.has(new URL(url).protocol)) {
    const text =
      'mqtt.url must look like mqtt://host:1883, mqtts://host:8883, ws://host:9001 or wss://host:443';
    throw new GatewayError('CONFIG_INVALID', text);
  }
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

/**
 * The options of mqtt.js for a session that outlives the connection and a Last Will.
 *
 * @param maxUnacknowledged messages an MQTT 5 broker may send ahead of the acknowledgements
 * @param onWebSocketError told what mqtt.js leaves out: why a WebSocket could not be opened
 */
export function clientOptions(
  address: BrokerAddress,
  maxUnacknowledged: number,
  onWebSocketError: (error: Error) => void,
): IClientOptions {
  const { protocolVersion = 4, keepaliveSeconds = DEFAULT_KEEPALIVE_SECONDS } = address;
  const { sessionExpirySeconds = DEFAULT_SESSION_EXPIRY_SECONDS } = address;
  const tls = defined({ ...address.tls });
  return {
    clientId: address.clientId,
    clean: false,
    protocolVersion,
    keepalive: keepaliveSeconds,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectOnConnackError: true,
    // The source subscribes itself: mqtt.js would not after the first connection, whose session may be an old one.
    resubscribe: false,
    will: { topic: AVAILABILITY_TOPIC, payload: Buffer.from('offline'), retain: true, qos: 1 },
    createWebsocket: (url, protocols) => {
      const socket = new WebSocket(url, protocols, tls);
      socket.on('error', onWebSocketError);
      return socket;
    },
    ...defined({ username: address.username, password: address.password }),
    ...tls,
    ...(protocolVersion === 5 && {
      properties: { sessionExpiryInterval: sessionExpirySeconds, receiveMaximum: maxUnacknowledged },
    }),
  };
}

/** mqtt.js tells an option that is `undefined` from one that is left out. */
function defined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  // `fromEntries` forgets which keys there were; what is left of them is as typed.
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
