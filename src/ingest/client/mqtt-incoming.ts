import type { MqttClient } from 'mqtt';
import type { Repeat } from '../../domain/message.js';
import type { Clock } from '../../shared/clock.js';
import { AckOrder, type Receive } from '../receive.js';

type IncomingPacket = Parameters<MqttClient['handleMessage']>[0];
type Next = Parameters<MqttClient['handleMessage']>[1];

export interface IncomingOptions {
  readonly client: MqttClient;
  readonly receive: Receive;
  readonly clock: Clock;
  /** Longest a message is held; never more than half the keepalive. */
  readonly maxHoldMs: number;
  /** Messages and bytes that may wait to be taken over before no more is read from the broker. */
  readonly maxUnacknowledged: number;
  readonly maxUnacknowledgedBytes: number;
  /** A message was not taken over and the connection is given up for it. */
  readonly onGivenUp: () => void;
}

interface Connection {
  readonly stream: MqttClient['stream'];
  readonly order: AckOrder;
  /** Ids of messages to acknowledge in the next turn of the event loop. */
  acknowledged: number[];
  /** Reads on; set while too much waits. */
  readOn: (() => void) | undefined;
}

/** A broker marks what it had kept before the subscription, and what it has sent before. */
function repeatOf({ retain, dup }: IncomingPacket): Repeat | undefined {
  if (retain) return 'retained';
  return dup ? 'redelivered' : undefined;
}

/** Tells mqtt.js to go on without acknowledging. */
const NOT_YET = new Error('acknowledged later');

/**
 * Messages from mqtt.js, each acknowledged on its own once it is taken over.
 *
 * mqtt.js acknowledges a message when its `handleMessage` is over and reads no other before: one journal commit a
 * message, and no answer to pings in between. So `handleMessage` ends at once without acknowledging, and the PUBACK is
 * written here, in order, when the message was taken over. Only when too much waits is `handleMessage` held.
 */
export class MqttIncoming {
  readonly #options: IncomingOptions;
  #connection: Connection | undefined;
  #pingedAtMs = 0;
  #isStopped = false;
  #onIdle: (() => void) | undefined;

  constructor(options: IncomingOptions) {
    this.#options = options;
  }

  handle(packet: IncomingPacket, next: Next): void {
    const readOn = (): void => (packet.qos === 1 ? next(NOT_YET) : next());
    if (this.#isStopped) {
      readOn();
      return;
    }
    const connection = this.#currentConnection();
    const { topic, payload } = packet;
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    const settle = connection.order.enter(bytes.byteLength, () => this.#acknowledge(connection, packet));
    this.#options.receive(
      { topic, payload: bytes, repeat: repeatOf(packet) },
      this.#maxHoldMs(),
      (verdict) => {
        if (verdict === 'redeliver') this.#giveUp(connection);
        else settle();
        this.#afterSettling(connection);
      },
    );
    this.#proveAlive();
    if (this.#isFull(connection)) connection.readOn = readOn;
    else readOn();
  }

  /** Takes no more messages: those that still come are not acknowledged, so that the broker keeps them. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Resolves when nothing waits to be taken over or acknowledged. */
  async idle(): Promise<void> {
    const connection = this.#connection;
    if (connection !== undefined && connection.order.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    if (connection !== undefined) flush(connection, this.#options.client);
  }

  #currentConnection(): Connection {
    const { stream } = this.#options.client;
    if (this.#connection?.stream !== stream) {
      this.#connection = { stream, order: new AckOrder(), acknowledged: [], readOn: undefined };
    }
    return this.#connection;
  }

  #acknowledge(connection: Connection, { qos, messageId }: IncomingPacket): void {
    if (qos !== 1 || messageId === undefined) return;
    if (connection.acknowledged.length === 0) setImmediate(() => flush(connection, this.#options.client));
    connection.acknowledged.push(messageId);
  }

  #afterSettling(connection: Connection): void {
    if (connection.order.size === 0) this.#onIdle?.();
    if (connection.readOn === undefined || this.#isFull(connection)) return;
    const { readOn } = connection;
    connection.readOn = undefined;
    readOn();
  }

  #giveUp(connection: Connection): void {
    if (connection.stream !== this.#options.client.stream || connection.stream.destroyed) return;
    this.#options.onGivenUp();
    connection.stream.destroy();
  }

  #isFull({ order }: Connection): boolean {
    const { maxUnacknowledged, maxUnacknowledgedBytes } = this.#options;
    return order.size >= maxUnacknowledged || order.bytes >= maxUnacknowledgedBytes;
  }

  #maxHoldMs(): number {
    return Math.min(this.#options.maxHoldMs, (this.#options.client.keepalive * 1000) / 2);
  }

  /**
   * The answer to a ping waits behind messages that were sent before it. While there is a backlog, messages prove that
   * the broker is there; without this, mqtt.js would break a connection off that is merely busy.
   */
  #proveAlive(): void {
    const { client, clock } = this.#options;
    const nowMs = clock.nowMs();
    if (nowMs - this.#pingedAtMs < (client.keepalive * 1000) / 2) return;
    this.#pingedAtMs = nowMs;
    client.sendPing();
    client.reschedulePing(true);
  }
}

const PUBACK = 0x40;
const ID_BYTES = 2;

/** Writes PUBACKs: four bytes each in MQTT 3.1.1, and in MQTT 5 the short form that says success. */
function flush(connection: Connection, client: MqttClient): void {
  const ids = connection.acknowledged;
  connection.acknowledged = [];
  if (ids.length === 0 || connection.stream !== client.stream || !connection.stream.writable) return;
  connection.stream.write(Buffer.from(ids.flatMap((id) => [PUBACK, ID_BYTES, id >> 8, id & 0xff])));
}
