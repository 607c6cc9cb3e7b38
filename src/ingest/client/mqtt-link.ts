import { Socket } from 'node:net';
import type { IConnackPacket, MqttClient } from 'mqtt';
import type { Clock } from '../../shared/clock.js';
import { GatewayError } from '../../shared/errors.js';
import { AVAILABILITY_TOPIC, type OutgoingMessage, type SourceHooks } from '../source.js';
import { CLOSED_UNANSWERED, type ConnectionTarget, describeConnectionError } from './connection-error.js';
import { ConnectionHealth } from './connection-health.js';
import { PublishQueue } from './publish-queue.js';

const REFUSED = 0x80;

/**
 * Subscribes to topic filters at QoS 1.
 *
 * @returns the filters the broker refused
 * @throws Error when the connection ended meanwhile
 */
async function subscribeAll(client: MqttClient, filters: readonly string[]): Promise<string[]> {
  try {
    await client.subscribeAsync([...filters], { qos: 1 });
    return [];
  } catch (error) {
    const granted = grantedOf(error);
    if (granted === undefined) throw error;
    return filters.filter((_, index) => ((granted[index] ?? 0) & REFUSED) !== 0);
  }
}

/** The answer mqtt.js attaches to its error when a broker refuses some of the filters. */
function grantedOf(error: unknown): readonly number[] | undefined {
  if (!(error instanceof Error) || !('packet' in error)) return undefined;
  const { packet } = error;
  if (typeof packet !== 'object' || packet === null || !('granted' in packet)) return undefined;
  const { granted } = packet;
  return Array.isArray(granted) ? granted.map(Number) : undefined;
}

interface MqttLinkOptions {
  readonly target: ConnectionTarget;
  readonly filters: readonly string[];
  readonly maxQueuedPublishes: number;
  readonly clock: Clock;
  readonly hooks: SourceHooks;
}

/** A broker's own window is usually smaller (mosquitto: 20). */
const MAX_PUBLISHES_IN_FLIGHT = 20;
/** Reason code of an MQTT 5 DISCONNECT. */
const SESSION_TAKEN_OVER = 142;

/** What happens on the connection of an mqtt.js client: subscribing, availability, outgoing messages, health. */
export class MqttLink {
  readonly ready: Promise<void>;
  readonly outgoing: PublishQueue;
  readonly #client: MqttClient;
  readonly #options: MqttLinkOptions;
  readonly #health: ConnectionHealth;
  #resolveReady: () => void = () => undefined;
  #rejectReady: (error: GatewayError) => void = () => undefined;
  /** Why the connection is about to end, where something said so. */
  #reason: unknown;
  #isUp = false;
  #hasSubscribed = false;
  #isClosing = false;

  constructor(client: MqttClient, options: MqttLinkOptions) {
    this.#client = client;
    this.#options = options;
    this.#health = new ConnectionHealth(options.target.url, options.target.clientId);
    this.outgoing = new PublishQueue({
      maxMessages: options.maxQueuedPublishes,
      maxInFlight: MAX_PUBLISHES_IN_FLIGHT,
      send: (message) => this.#send(message),
    });
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    // Nobody has to wait for it.
    this.ready.catch(() => undefined);
  }

  /** Begins to listen to the client's events. */
  follow(): void {
    this.#client.on('connect', (connack) => void this.#connected(connack));
    this.#client.on('error', (error) => this.failed(error));
    this.#client.on('disconnect', ({ reasonCode }) => {
      if (reasonCode === SESSION_TAKEN_OVER) this.#health.takenOver();
      else this.failed({ code: reasonCode });
    });
    this.#client.on('close', () => this.#lost());
  }

  /** Notes why the connection is about to end. */
  failed(reason: unknown): void {
    this.#reason = reason;
  }

  state(): { readonly ok: boolean; readonly detail: string } {
    return this.#health.state(this.#options.clock.nowMs());
  }

  /** Says goodbye; rejects when the broker cannot hear it. */
  async end(): Promise<void> {
    if (!this.#client.connected) return;
    await this.#announce('offline');
    await this.#client.endAsync();
  }

  /** Stops reporting; what waits for this link is told that it is closed. */
  close(): void {
    this.#isClosing = true;
    this.outgoing.close();
    this.#rejectReady(new GatewayError('CLOSED', 'the MQTT source was closed before it was connected'));
  }

  async #connected({ sessionPresent }: IConnackPacket): Promise<void> {
    const { clock, filters, hooks } = this.#options;
    this.#isUp = true;
    this.#health.connected(clock.nowMs());
    // Acknowledgements are small and the broker waits for them.
    if (this.#client.stream instanceof Socket) this.#client.stream.setNoDelay(true);
    // A session of an earlier process may have other subscriptions, one of this process has these.
    const isResumed = sessionPresent && this.#hasSubscribed;
    try {
      const refused = isResumed ? [] : await subscribeAll(this.#client, filters);
      this.#hasSubscribed = refused.length === 0;
      this.#health.subscribed(refused);
    } catch (error) {
      // Usually the connection has ended; if it has not, it is of no use without subscriptions.
      if (this.#client.connected) this.#giveUp(error);
      return;
    }
    // Not waited for: should the connection end, mqtt.js sends it again on the next one.
    this.#announce('online').catch(() => this.#health.silenced(AVAILABILITY_TOPIC));
    this.outgoing.setOnline(true);
    this.#resolveReady();
    hooks.onConnected?.();
  }

  #giveUp(reason: unknown): void {
    this.failed(reason);
    this.#client.stream.destroy();
  }

  #lost(): void {
    const { clock, target, hooks } = this.#options;
    this.outgoing.setOnline(false);
    const reason = this.#reasonOfEnd();
    this.#reason = undefined;
    this.#isUp = false;
    const words = reason === undefined ? undefined : describeConnectionError(reason, target);
    const text = this.#health.lost(clock.nowMs(), words);
    if (this.#isClosing) return;
    hooks.onDisconnected?.(new GatewayError('SOURCE_FAILED', text, { retryable: true, cause: reason }));
  }

  #reasonOfEnd(): unknown {
    if (!this.#isUp) return this.#reason ?? new Error(CLOSED_UNANSWERED);
    // A reset of a connection that stood says no more than its end.
    return isReset(this.#reason) ? undefined : this.#reason;
  }

  #announce(availability: 'online' | 'offline'): Promise<void> {
    return this.#send({ topic: AVAILABILITY_TOPIC, payload: availability, retain: true, qos: 1 });
  }

  async #send({ topic, payload, retain, qos }: OutgoingMessage): Promise<void> {
    const bytes = typeof payload === 'string' ? payload : Buffer.from(payload);
    await this.#client.publishAsync(topic, bytes, { retain, qos });
  }
}

function isReset(reason: unknown): boolean {
  return (
    reason instanceof Error && 'code' in reason && (reason.code === 'ECONNRESET' || reason.code === 'EPIPE')
  );
}
