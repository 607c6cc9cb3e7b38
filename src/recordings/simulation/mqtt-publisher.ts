import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { GatewayError, messageOf } from '../../shared/errors.js';

export interface MqttPublisherOptions {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** One connection for each, with these client ids; or one connection for all. */
  readonly clientIds: readonly string[] | undefined;
}

/** Connections that publish with QoS 1 and know what the broker has not acknowledged. */
export interface MqttPublisher extends AsyncDisposable {
  /** Hands a message over; `connection` counts from 0 and is ignored where all share one. */
  publish(connection: number, topic: string, payload: string | Buffer): void;
  /** Messages the broker has acknowledged. */
  readonly acknowledged: number;
  /** Messages that failed for good: not taken by the client, or given up at the end. */
  readonly failed: number;
  /** Messages without an answer so far; those of a lost connection are sent again after it is back. */
  readonly pending: number;
  /** Resolves when at most `limit` messages are pending. */
  settled(limit: number): Promise<void>;
}

/** Connections opened at a time. */
const CONNECT_BATCH = 50;
const RECONNECT_MS = 500;
/**
 * What the client says of a message that it had not begun to send when the connection ended. It repeats only what it had
 * begun, and while it does so after a reconnection, all else waits in a queue that the next end empties.
 */
const NOT_BEGUN = 'Connection closed';

/**
 * Connects; a connection that is lost later is made again, and nothing handed over is forgotten.
 *
 * @throws GatewayError `SOURCE_FAILED` (retryable) when the broker cannot be reached or refuses
 */
export async function connectMqttPublisher(options: MqttPublisherOptions): Promise<MqttPublisher> {
  const clients: MqttClient[] = [];
  try {
    const ids = options.clientIds ?? [undefined];
    for (let from = 0; from < ids.length; from += CONNECT_BATCH) {
      const batch = await Promise.allSettled(
        ids.slice(from, from + CONNECT_BATCH).map((id) => connect(options, id)),
      );
      for (const result of batch) if (result.status === 'fulfilled') clients.push(result.value);
      const failure = batch.find((result) => result.status === 'rejected');
      if (failure !== undefined) throw failure.reason;
    }
  } catch (error) {
    await Promise.all(clients.map((client) => client.endAsync(true)));
    throw new GatewayError('SOURCE_FAILED', `cannot connect to ${options.url}: ${messageOf(error)}`, {
      retryable: true,
      cause: error,
    });
  }
  return new ConnectedPublisher(clients);
}

async function connect(
  { url, username, password }: MqttPublisherOptions,
  id: string | undefined,
): Promise<MqttClient> {
  const settings: IClientOptions = {
    reconnectPeriod: RECONNECT_MS,
    ...(id === undefined ? {} : { clientId: id }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
  const client = await connectAsync(url, settings, false);
  // Without a listener a connection refused while reconnecting would end the process.
  client.on('error', () => undefined);
  return client;
}

class ConnectedPublisher implements MqttPublisher {
  acknowledged = 0;
  failed = 0;
  pending = 0;
  readonly #clients: readonly MqttClient[];
  #waiting: { readonly limit: number; readonly resolve: () => void }[] = [];
  #isClosing = false;

  constructor(clients: readonly MqttClient[]) {
    this.#clients = clients;
  }

  publish(connection: number, topic: string, payload: string | Buffer): void {
    const client = this.#clients[connection % this.#clients.length];
    if (client === undefined) return;
    this.pending += 1;
    this.#send(client, topic, payload);
  }

  settled(limit: number): Promise<void> {
    if (this.pending <= limit) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ limit, resolve }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    await Promise.all(this.#clients.map((client) => client.endAsync(this.pending > 0)));
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #send(client: MqttClient, topic: string, payload: string | Buffer): void {
    client.publish(topic, payload, { qos: 1 }, (error) => {
      if (error?.message === NOT_BEGUN && !this.#isClosing) {
        // After the queue is empty: what is added while it is emptied would go with it.
        setImmediate(() => this.#send(client, topic, payload));
        return;
      }
      if (error === undefined || error === null) this.acknowledged += 1;
      else this.failed += 1;
      this.pending -= 1;
      this.#wake();
    });
  }

  #wake(): void {
    const ready = this.#waiting.filter(({ limit }) => this.pending <= limit);
    if (ready.length === 0) return;
    this.#waiting = this.#waiting.filter(({ limit }) => this.pending > limit);
    for (const { resolve } of ready) resolve();
  }
}
