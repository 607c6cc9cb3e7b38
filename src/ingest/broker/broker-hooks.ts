import type { AedesOptions, Client, PublishPacket } from 'aedes';
import type { BrokerPeers } from './broker-peers.js';
import type { BrokerAccess, BrokerLimits, LoginAttempt, Refusal, TakeIn } from './broker-types.js';
import type { SessionStore } from './session-store.js';

/** Bounds what clients can make a broker retain. */
export class RetainLimit {
  readonly #maxTopics: number;
  readonly #maxBytes: number;
  readonly #topics = new Set<string>();

  /** @param maxBytes topic and payload of one message */
  constructor(maxTopics: number, maxBytes: number) {
    this.#maxTopics = maxTopics;
    this.#maxBytes = maxBytes;
  }

  /** Whether a message may be retained; an empty one ends the retention of its topic. */
  admit(topic: string, bytes: number): boolean {
    if (bytes === 0) {
      this.#topics.delete(topic);
      return true;
    }
    if (topic.length + bytes > this.#maxBytes) return false;
    if (!this.#topics.has(topic) && this.#topics.size >= this.#maxTopics) return false;
    this.#topics.add(topic);
    return true;
  }
}

interface BrokerHookOptions {
  readonly access: BrokerAccess;
  readonly limits: BrokerLimits;
  readonly peers: BrokerPeers;
  readonly sessions: SessionStore;
  readonly takeIn: TakeIn | undefined;
  readonly refuse: (refusal: Refusal) => void;
}

/** An end of a connection that was reported when it was decided. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** MQTT 3.1.1 return codes. */
const ACCEPTED = 0;
const SERVER_UNAVAILABLE = 3;
const WRONG_LOGIN = 4;
const MS_PER_SECOND = 1000;

type Hooks = Required<
  Pick<
    AedesOptions,
    'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'
  >
>;

/** What aedes asks before it does something for a client. */
export function createBrokerHooks(options: BrokerHookOptions): Hooks {
  const { limits } = options;
  return {
    preConnect: createPreConnect(options),
    authenticate: createAuthenticate(options),
    authorizePublish: createAuthorizePublish(options),
    authorizeSubscribe: createAuthorizeSubscribe(options),
    // A subscriber that does not read misses messages; waiting for it would hold up those who publish.
    authorizeForward: (client, packet) =>
      client.conn.writableLength > limits.maxWaitingBytes ? null : packet,
  };
}

function createPreConnect({ access, peers, sessions, refuse }: BrokerHookOptions): Hooks['preConnect'] {
  return (client, packet, done) => {
    const peer = peers.of(client);
    const { username, password, clientId } = packet;
    const owner = access.ownerOf?.({ username, password });
    if (owner !== undefined && clientId !== '') packet.clientId = `${owner}/${clientId}`;
    peer.keepaliveMs = (packet.keepalive ?? 0) * MS_PER_SECOND;
    if (packet.clean !== false) {
      done(null, true);
      return;
    }
    void sessions.hasRoomFor(packet.clientId).then((hasRoom) => {
      if (!hasRoom) {
        packet.clean = true;
        refuse({ reason: 'session-limit', address: peer.address, detail: packet.clientId });
      }
      done(null, true);
    });
  };
}

function createAuthenticate({ access, peers, refuse }: BrokerHookOptions): Hooks['authenticate'] {
  return (client, username, password, done) => {
    peers.of(client).username = username;
    const who = peers.describe(client);
    void decideLogin(access, { ...who, password }).then((returnCode) => {
      if (returnCode === ACCEPTED) {
        done(null, true);
        return;
      }
      refuse({ reason: 'login-failed', address: who.address, detail: username ?? '' });
      done(Object.assign(new Refused('login failed'), { returnCode }), null);
    });
  };
}

async function decideLogin({ authenticate }: BrokerAccess, attempt: LoginAttempt): Promise<number> {
  if (authenticate === undefined) return ACCEPTED;
  try {
    return (await authenticate(attempt)) ? ACCEPTED : WRONG_LOGIN;
  } catch {
    // Access could not be decided; the client may try again.
    return SERVER_UNAVAILABLE;
  }
}

function createAuthorizeSubscribe(options: BrokerHookOptions): Hooks['authorizeSubscribe'] {
  const { access, limits, peers, refuse } = options;
  return (client, subscription, done) => {
    const { filters, address } = peers.of(client);
    const { topic } = subscription;
    const isAllowed = access.authorizeSubscribe?.(peers.describe(client), topic) !== false;
    if (isAllowed && (filters.has(topic) || filters.size < limits.maxSubscriptions)) {
      filters.add(topic);
      done(null, subscription);
      return;
    }
    refuse({ reason: isAllowed ? 'subscription-limit' : 'subscribe-denied', address, detail: topic });
    done(null, null);
  };
}

function createAuthorizePublish(options: BrokerHookOptions): Hooks['authorizePublish'] {
  const { peers, limits, refuse, takeIn } = options;
  const retained = new RetainLimit(limits.maxRetainedTopics, limits.maxRetainedBytes);
  return (client, packet, done) => {
    // A will of a client that is long gone.
    if (client === null) {
      done(null);
      return;
    }
    const { address } = peers.of(client);
    if (!mayPublish(options, client, packet.topic)) {
      refuse({ reason: 'publish-denied', address, detail: packet.topic });
      done(new Refused('publish denied'));
      return;
    }
    if (packet.retain && !retained.admit(packet.topic, packet.payload.length)) {
      packet.retain = false;
      refuse({ reason: 'retain-limit', address, detail: packet.topic });
    }
    if (takeIn === undefined) done(null);
    else take(takeIn, peers, client, packet, done);
  };
}

/** Topics that begin with `$` are the broker's own. */
function mayPublish({ access, peers }: BrokerHookOptions, client: Client, topic: string): boolean {
  return !topic.startsWith('$') && access.authorizePublish?.(peers.describe(client), topic) !== false;
}

/** aedes sends PUBACK after this hook has answered, so that the answer can wait; answers keep the order of messages. */
function take(
  takeIn: TakeIn,
  peers: BrokerPeers,
  client: Client,
  { topic, payload }: PublishPacket,
  done: (error?: Error | null) => void,
): void {
  const { order, keepaliveMs } = peers.of(client);
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const settle = order.enter(bytes.byteLength, () => done(null));
  takeIn({ topic, payload: bytes, keepaliveMs }, (verdict) => {
    if (verdict === 'acknowledge') settle();
    else done(new Refused('message not taken over'));
  });
}
