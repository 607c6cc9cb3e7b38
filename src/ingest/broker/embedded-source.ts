import { GatewayError } from '../../shared/errors.js';
import { atMost } from '../../shared/lifetime.js';
import { createReceiver, type SourceOptions } from '../receive.js';
import { AVAILABILITY_TOPIC, type MessageSource } from '../source.js';
import { createTopicResolver, matchesTopic, OUTPUT_TOPICS, topicLevels } from '../topics.js';
import type { BrokerAccess, TakeIn } from './broker-types.js';
import { type EmbeddedBroker, type EmbeddedBrokerOptions, startEmbeddedBroker } from './embedded-broker.js';

export interface EmbeddedSourceOptions extends SourceOptions {
  readonly broker: Omit<EmbeddedBrokerOptions, 'takeIn'>;
  /** Longest an acknowledgement is withheld; never more than half the sender's keepalive. Default 30 s. */
  readonly maxHoldMs?: number | undefined;
  /** Longest time for messages that are being delivered when it ends; default 1 s. */
  readonly closeTimeoutMs?: number | undefined;
}

/** A source that is a broker itself. */
export interface EmbeddedSource extends MessageSource {
  readonly broker: EmbeddedBroker;
}

const DEFAULT_MAX_HOLD_MS = 30_000;
const DEFAULT_CLOSE_TIMEOUT_MS = 1000;
const ANNOUNCE_WITHIN_MS = 300;

/**
 * Starts a broker and takes what phones publish from it without a connection in between.
 *
 * At least once from the phone on: aedes asks whether a client may publish before it acknowledges the message, and that
 * question is answered when `deliver` has taken the message over. A subscriber over a socket would get it after the phone
 * was told that it arrived, and would cost a second pass through MQTT. While the answer waits, no more is read from that
 * client, which slows it down; others go on.
 *
 * @throws GatewayError `SOURCE_FAILED` when a port cannot be listened on; `CONFIG_INVALID` for wrong subscriptions
 */
export async function startEmbeddedSource(options: EmbeddedSourceOptions): Promise<EmbeddedSource> {
  const work = new OpenWork();
  const broker = await startEmbeddedBroker({
    ...options.broker,
    access: { ...options.broker.access, authorizePublish: protectOutputs(options.broker) },
    takeIn: createTakeIn(options, work),
  });
  const announce = (payload: string): Promise<void> =>
    broker.publish({ topic: AVAILABILITY_TOPIC, payload, retain: true, qos: 1 });
  await announce('online');
  options.hooks?.onConnected?.();
  const close = async (): Promise<void> => {
    await atMost(options.closeTimeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS, work.close());
    await atMost(ANNOUNCE_WITHIN_MS, announce('offline'));
    await broker[Symbol.asyncDispose]();
  };
  let closing: Promise<void> | undefined;
  return {
    broker,
    ready: Promise.resolve(),
    publish: async (topic, payload, { retain = false, qos = 1 } = {}) => {
      if (closing !== undefined) throw new GatewayError('CLOSED', 'the MQTT broker was closed');
      await broker.publish({ topic, payload, retain, qos });
    },
    health: () => ({
      name: 'mqtt',
      ok: closing === undefined,
      detail: closing === undefined ? '' : 'closed',
    }),
    [Symbol.asyncDispose]: () => {
      closing ??= close();
      return closing;
    },
  };
}

function createTakeIn(options: EmbeddedSourceOptions, work: OpenWork): TakeIn {
  const { hooks = {}, maxHoldMs = DEFAULT_MAX_HOLD_MS } = options;
  const receive = createReceiver({ ...options, topics: createTopicResolver(options.subscriptions), hooks });
  return ({ topic, payload, keepaliveMs }, settle) => {
    if (work.isClosed) return;
    const holdMs = keepaliveMs === 0 ? maxHoldMs : Math.min(maxHoldMs, keepaliveMs / 2);
    const done = work.begin();
    receive({ topic, payload }, holdMs, (verdict) => {
      settle(verdict);
      done();
    });
  };
}

/** Nobody but the gateway says what the gateway says. */
function protectOutputs({ access }: Pick<EmbeddedBrokerOptions, 'access'>): BrokerAccess['authorizePublish'] {
  const outputs = OUTPUT_TOPICS.map(topicLevels);
  return (client, topic) =>
    !outputs.some((output) => matchesTopic(output, topicLevels(topic))) &&
    access?.authorizePublish?.(client, topic) !== false;
}

/** Messages that are being delivered. */
class OpenWork {
  #open = 0;
  #isClosed = false;
  #onIdle: () => void = () => undefined;

  /** After this, messages are neither delivered nor acknowledged: their senders send them again. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  begin(): () => void {
    this.#open += 1;
    return () => {
      this.#open -= 1;
      if (this.#open === 0) this.#onIdle();
    };
  }

  /** Resolves when nothing is being delivered. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#open === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }
}
