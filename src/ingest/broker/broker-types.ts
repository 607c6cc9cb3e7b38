import type { AckDecision } from '../source.js';

/** A client of the embedded broker. */
export interface BrokerClient {
  readonly clientId: string;
  readonly username: string | undefined;
  /** IP address it connects from, where known. */
  readonly address: string | undefined;
  /** Stands for its connection: the same object as long as that lasts. */
  readonly connection: object;
}

/** Somebody who wants to connect. */
export interface LoginAttempt extends BrokerClient {
  readonly password: Buffer | undefined;
}

/** A message a client published. */
export interface ClientPublish {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** Silence after which the client takes the broker for dead; 0 when it never does. */
  readonly keepaliveMs: number;
}

/**
 * Why a client was turned away or a wish of its refused.
 *
 * - `not-mqtt`, `protocol-error`: its bytes are not MQTT, or break its rules
 * - `connect-timeout`: it connected and did not say who it is
 * - `too-many-connections`, `packet-too-large`: beyond a limit, and turned away for it
 * - `subscription-limit`, `retain-limit`, `session-limit`, `queue-limit`: beyond a limit, and only the wish refused
 * - `wrong-origin`, `wrong-host`: a web page of another host tried to open a WebSocket, or one for a name that is not ours
 * - `login-failed`, `publish-denied`, `subscribe-denied`: not allowed
 * - `too-slow`: it does not read what it subscribed to
 */
export type RefusalReason =
  | 'not-mqtt'
  | 'protocol-error'
  | 'connect-timeout'
  | 'too-many-connections'
  | 'packet-too-large'
  | 'subscription-limit'
  | 'retain-limit'
  | 'session-limit'
  | 'queue-limit'
  | 'wrong-origin'
  | 'wrong-host'
  | 'login-failed'
  | 'publish-denied'
  | 'subscribe-denied'
  | 'too-slow';

export interface Refusal {
  readonly reason: RefusalReason;
  readonly address: string | undefined;
  /** Topic, filter or client concerned; unchecked text from outside. */
  readonly detail: string;
}

/** Who may do what; everything is allowed by what is left out. */
export interface BrokerAccess {
  /** Whether a WebSocket of the broker's own port may ask for this name, its `Host` header. */
  readonly authorizeHost?: ((host: string | undefined) => boolean) | undefined;
  readonly authenticate?: ((attempt: LoginAttempt) => boolean | Promise<boolean>) | undefined;
  /**
   * Whose a connection would be, asked before `authenticate`. A client id of one owner never takes over the connection or
   * the session of another; `undefined` for the owner that all others share.
   */
  readonly ownerOf?: ((login: Pick<LoginAttempt, 'username' | 'password'>) => string | undefined) | undefined;
  /** Refusing ends the client's connection, as MQTT 3.1.1 knows no other answer. */
  readonly authorizePublish?: ((client: BrokerClient, topic: string) => boolean) | undefined;
  readonly authorizeSubscribe?: ((client: BrokerClient, filter: string) => boolean) | undefined;
}

/** Bounds of everything a client can make the broker keep or wait for. */
export interface BrokerLimits {
  readonly maxPacketBytes: number;
  readonly maxConnections: number;
  /** Connections that have not said anything yet; beyond it the oldest of them is turned away. */
  readonly maxSilentConnections: number;
  /** From connecting to a complete CONNECT. */
  readonly connectTimeoutMs: number;
  /** How long a subscriber may leave its connection full before it is disconnected. */
  readonly drainTimeoutMs: number;
  /** Bytes waiting for a subscriber beyond which it misses messages. */
  readonly maxWaitingBytes: number;
  /** Topic filters of one connection. */
  readonly maxSubscriptions: number;
  readonly maxRetainedTopics: number;
  /** Topic and payload of a retained message. */
  readonly maxRetainedBytes: number;
  /** Sessions that outlive their connections. */
  readonly maxSessions: number;
  /** Messages kept for a session. */
  readonly maxQueuedMessages: number;
  /** Payloads kept for all sessions together. */
  readonly maxQueuedBytes: number;
}

export const DEFAULT_BROKER_LIMITS: BrokerLimits = {
  maxPacketBytes: 10_000_000,
  maxConnections: 5000,
  maxSilentConnections: 2000,
  connectTimeoutMs: 10_000,
  drainTimeoutMs: 5000,
  maxWaitingBytes: 4_000_000,
  maxSubscriptions: 200,
  maxRetainedTopics: 2000,
  maxRetainedBytes: 16_384,
  maxSessions: 1000,
  maxQueuedMessages: 1000,
  maxQueuedBytes: 64_000_000,
};

/** Decides about a message before its sender hears that it arrived. */
export type TakeIn = (publish: ClientPublish, settle: (verdict: AckDecision) => void) => void;
