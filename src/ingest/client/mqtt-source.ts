import { connect } from 'mqtt';
import { atMost } from '../../shared/lifetime.js';
import { createReceiver, type SourceOptions } from '../receive.js';
import type { MessageSource } from '../source.js';
import { createTopicResolver } from '../topics.js';
import {
  type BrokerAddress,
  clientOptions,
  DEFAULT_KEEPALIVE_SECONDS,
  displayUrl,
} from './mqtt-client-options.js';
import { MqttIncoming } from './mqtt-incoming.js';
import { MqttLink } from './mqtt-link.js';
import { paceReconnects } from './reconnect-pace.js';

export interface MqttSourceOptions extends SourceOptions {
  readonly broker: BrokerAddress;
  /** Longest an acknowledgement is withheld; never more, and by default, half the keepalive. */
  readonly maxHoldMs?: number | undefined;
  /** Messages that may wait to be taken over before no more is read from the broker; default 500. */
  readonly maxUnacknowledged?: number | undefined;
  /** Their payloads together; default 64 MiB. */
  readonly maxUnacknowledgedBytes?: number | undefined;
  /** Messages to publish that may wait; default 1,000. */
  readonly maxQueuedPublishes?: number | undefined;
  /** Wait before the first further attempt to connect; default 1 s. */
  readonly reconnectInitialMs?: number | undefined;
  /** Longest wait between attempts; default 30 s. */
  readonly reconnectMaxMs?: number | undefined;
  /** Longest time for a graceful end; default 2 s. */
  readonly closeTimeoutMs?: number | undefined;
  /** Uniform in [0, 1); spreads the attempts of several clients. */
  readonly random?: (() => number) | undefined;
}

const DEFAULTS = {
  maxUnacknowledged: 500,
  maxUnacknowledgedBytes: 64 * 2 ** 20,
  maxQueuedPublishes: 1000,
  reconnectInitialMs: 1000,
  reconnectMaxMs: 30_000,
  closeTimeoutMs: 2000,
} as const;

/**
 * Connects to an external broker and stays connected. Does not wait for the connection: a broker that is down must not
 * keep the gateway from starting; see {@link MessageSource.ready}.
 *
 * At least once from the broker on: messages are subscribed at QoS 1 in a session that the broker keeps while the
 * gateway is away, and each is acknowledged only when `deliver` has taken it over. An end leaves what was not taken over
 * to the broker.
 *
 * @throws GatewayError `CONFIG_INVALID` for a URL that is none, or wrong subscriptions
 */
export function startMqttSource(options: MqttSourceOptions): MessageSource {
  const { link, incoming, client } = assemble(options);
  const close = async (): Promise<void> => {
    incoming.stop();
    link.close();
    const gracefully = incoming.idle().then(() => link.end());
    await atMost(options.closeTimeoutMs ?? DEFAULTS.closeTimeoutMs, gracefully);
    await client.endAsync(true);
    client.stream.destroy();
  };
  let closing: Promise<void> | undefined;
  return {
    ready: link.ready,
    publish: (topic, payload, { retain = false, qos = 1 } = {}) =>
      link.outgoing.add({ topic, payload, retain, qos }),
    health: () => ({
      name: 'mqtt',
      ...(closing === undefined ? link.state() : { ok: false, detail: 'closed' }),
    }),
    [Symbol.asyncDispose]: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** Connects the parts with each other and with mqtt.js, which begins to connect at once. */
function assemble(options: MqttSourceOptions) {
  const { broker, clock, hooks = {} } = options;
  const topics = createTopicResolver(options.subscriptions);
  const { keepaliveSeconds = DEFAULT_KEEPALIVE_SECONDS, clientId, username } = broker;
  const target = { url: displayUrl(broker.url), username, clientId, keepaliveSeconds };
  const watched = (options.watches ?? []).map(({ topic }) => topic);
  const maxUnacknowledged = options.maxUnacknowledged ?? DEFAULTS.maxUnacknowledged;
  const client = connect(
    broker.url,
    clientOptions(broker, maxUnacknowledged, (error) => link.failed(error)),
  );
  const link = new MqttLink(client, {
    target,
    clock,
    hooks,
    filters: [...topics.filters, ...watched],
    maxQueuedPublishes: options.maxQueuedPublishes ?? DEFAULTS.maxQueuedPublishes,
  });
  const incoming = new MqttIncoming({
    client,
    clock,
    maxUnacknowledged,
    receive: createReceiver({ ...options, topics, hooks }),
    maxHoldMs: options.maxHoldMs ?? Number.POSITIVE_INFINITY,
    maxUnacknowledgedBytes: options.maxUnacknowledgedBytes ?? DEFAULTS.maxUnacknowledgedBytes,
    onGivenUp: () => link.failed(new Error('a message could not be taken over and will be sent again')),
  });
  client.handleMessage = (packet, next) => incoming.handle(packet, next);
  paceReconnects(client, {
    initialMs: options.reconnectInitialMs ?? DEFAULTS.reconnectInitialMs,
    maxMs: options.reconnectMaxMs ?? DEFAULTS.reconnectMaxMs,
    random: options.random ?? Math.random,
  });
  link.follow();
  return { link, incoming, client };
}
