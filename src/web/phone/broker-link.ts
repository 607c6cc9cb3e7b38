import mqtt, { type MqttClient } from 'mqtt';
import type { Payload, Publish } from './outbox.js';

export interface BrokerAccount {
  /** `ws://…` or `wss://…`. */
  readonly url: string;
  readonly username: string;
  readonly password: string | undefined;
}

export type LinkState = 'connecting' | 'connected' | 'lost' | 'refused';

export interface BrokerLinkOptions extends BrokerAccount {
  /** Heard while connected. */
  readonly statusTopic: string;
  readonly onState: (state: LinkState) => void;
  readonly onStatus: (payload: string) => void;
  readonly onConnected: (publish: Publish) => void;
  readonly onDisconnected: () => void;
}

export interface BrokerLink {
  /** Sends once, if there is a connection; nothing is kept. @returns whether the broker took it */
  tryPublish(topic: string, payload: Uint8Array): Promise<boolean>;
  /** Connects now rather than after the wait. */
  hurry(): void;
  close(): void;
}

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15_000;
const KEEPALIVE_SECONDS = 30;
const CONNECT_TIMEOUT_MS = 10_000;
/** MQTT 3.1.1: bad user name or password, not authorised. */
const REFUSALS: readonly unknown[] = [4, 5];

/**
 * Keeps a connection to the broker. Each attempt is a client of its own: what was not acknowledged is the outbox's
 * business, and is sent once only.
 */
export function openBrokerLink(options: BrokerLinkOptions): BrokerLink {
  let waitMs = FIRST_WAIT_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let current: MqttClient | undefined;
  let isClosed = false;

  const attempt = (): void => {
    options.onState('connecting');
    current = connectOnce(options, {
      onOpen: () => {
        waitMs = FIRST_WAIT_MS;
      },
      onEnd: (isRefused) => {
        current = undefined;
        if (isClosed) return;
        options.onState(isRefused ? 'refused' : 'lost');
        timer = setTimeout(attempt, isRefused ? LONGEST_WAIT_MS : waitMs);
        waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
      },
    });
  };
  attempt();
  return {
    tryPublish: async (topic, payload) => {
      if (current?.connected !== true) return false;
      return await publishOnce(current, topic, payload).then(
        () => true,
        () => false,
      );
    },
    hurry: () => {
      if (current !== undefined || isClosed) return;
      clearTimeout(timer);
      attempt();
    },
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      current?.end();
    },
  };
}

async function publishOnce(client: MqttClient, topic: string, payload: Payload): Promise<void> {
  // The browser's build of the client wants its own kind of bytes.
  await client.publishAsync(topic, payload as never, { qos: 1 });
}

function connectOnce(
  options: BrokerLinkOptions,
  { onOpen, onEnd }: { readonly onOpen: () => void; readonly onEnd: (isRefused: boolean) => void },
): MqttClient {
  const { url, username, password, statusTopic } = options;
  const client = mqtt.connect(url, {
    ...(password === undefined ? {} : { username, password }),
    clientId: `page-${crypto.randomUUID().slice(0, 13)}`,
    clean: true,
    keepalive: KEEPALIVE_SECONDS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectPeriod: 0,
    // By default it keeps time in a worker made of a text, which the page's policy forbids.
    timerVariant: 'native',
  });
  let isRefused = false;
  let hasEnded = false;
  client.on('connect', () => {
    onOpen();
    options.onState('connected');
    client.subscribe(statusTopic, { qos: 1 });
    options.onConnected(async (topic, payload) => {
      await publishOnce(client, topic, payload);
    });
  });
  client.on('message', (_topic, payload) => options.onStatus(payload.toString()));
  client.on('error', (error) => {
    if ('code' in error && REFUSALS.includes(error.code)) isRefused = true;
  });
  client.on('close', () => {
    if (hasEnded) return;
    hasEnded = true;
    options.onDisconnected();
    client.end(true);
    onEnd(isRefused);
  });
  return client;
}
