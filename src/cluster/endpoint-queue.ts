import { setTimeout as sleep } from 'node:timers/promises';
import type { JsMsg } from '@nats-io/jetstream';
import { asyncScheduler } from 'rxjs';
import type { DeviceId } from '../domain/ids.js';
import type { Notification } from '../domain/notification.js';
import {
  type DeliveryQueue,
  decodeNotification,
  type LoggedAttempt,
  type QueuedNotification,
  type QueueOwner,
  tellsOf,
} from '../notify/webhooks/delivery-queue.js';
import { wants } from '../notify/webhooks/endpoints.js';
import { RecentIds } from '../notify/webhooks/notification-spool.js';
import { GatewayError } from '../shared/errors.js';
import { Alarm } from '../shared/wake-up.js';
import { AttemptLog } from './attempt-log.js';
import { ATTEMPTS_KEPT, againSubject, EVENTS_STREAM } from './cluster-streams.js';
import type { SharedMemory } from './connect-nats.js';
import { ACK_WAIT_MS, consumerOf, ensureConsumer } from './endpoint-consumer.js';
import { escapeName } from './partition.js';
import { readStream } from './read-stream.js';

interface EndpointQueueParts {
  readonly endpoint: string;
  readonly owner: QueueOwner;
  readonly memory: Pick<SharedMemory, 'log' | 'manager' | 'connection'>;
  /** Whether it is this gateway that sends. */
  readonly isSender: () => boolean;
}

/** An event that this gateway is to send. */
interface Held extends QueuedNotification {
  readonly message: JsMsg;
  /** When NATS was told last that it is being sent, monotonic milliseconds. */
  saidMs: number;
}

/** Until then it is sure that no other gateway has what this one holds, milliseconds. */
const SURE_MS = ACK_WAIT_MS / 2;
const SAY_MS = 2000;
const PULL_MS = 2000;
const LOOK_MS = 250;

/**
 * What waits for one endpoint: a durable consumer that gives out one event at a time, in order, and the next only when it is done
 * with. One gateway asks for them. Should two believe for a moment that they are it, the consumer still gives an event to one.
 */
export class EndpointQueue implements DeliveryQueue, AsyncDisposable {
  readonly #parts: EndpointQueueParts;
  readonly #attempts: AttemptLog;
  readonly #closing = new AbortController();
  readonly #alarm = new Alarm(asyncScheduler);
  /** Done with, though NATS may give them out again. */
  readonly #done = new RecentIds(ATTEMPTS_KEPT);
  readonly #tests: Disposable;
  readonly #sending: Promise<void>;
  #held: Held | undefined;

  private constructor(parts: EndpointQueueParts) {
    this.#parts = parts;
    this.#attempts = new AttemptLog(parts.memory, parts.endpoint);
    this.#tests = this.#attempts.follow(({ type, outcome }) => {
      if (type === 'webhook.test' && outcome === 'delivered') parts.owner.onReached();
    });
    this.#sending = this.#run();
  }

  static async open(parts: EndpointQueueParts): Promise<EndpointQueue> {
    const record = parts.owner.record();
    if (record !== undefined) await answered(ensureConsumer(parts.memory, record));
    return new EndpointQueue(parts);
  }

  head(): Promise<QueuedNotification | undefined> {
    const held = this.#held;
    const isSure = held !== undefined && performance.now() - held.saidMs < SURE_MS;
    return Promise.resolve(isSure ? held : undefined);
  }

  async record(attempt: LoggedAttempt, done?: number): Promise<void> {
    if (done !== undefined) this.#done.add(attempt.delivery.eventId);
    await this.#attempts.write(attempt, this.#closing.signal);
    if (done !== undefined && this.#held?.entry === done) this.#letGo();
  }

  async summary(): ReturnType<DeliveryQueue['summary']> {
    const { consumers } = this.#parts.memory.manager;
    const { num_pending, num_ack_pending } = await answered(consumers.info(EVENTS_STREAM, this.#consumer));
    return {
      waiting: num_pending + num_ack_pending,
      lastDelivery: await answered(this.#attempts.newest()),
    };
  }

  async waiting(limit: number): Promise<Notification[]> {
    const { memory } = this.#parts;
    const { ack_floor, config } = await answered(
      memory.manager.consumers.info(EVENTS_STREAM, this.#consumer),
    );
    const from = Math.max(ack_floor.stream_seq + 1, config.opt_start_seq ?? 1);
    const range = { stream: EVENTS_STREAM, filters: config.filter_subjects ?? [], from, limit };
    return (await answered(readStream(memory, range))).flatMap(({ data }) => decodeNotification(data) ?? []);
  }

  async log(limit: number): Promise<LoggedAttempt[]> {
    return (await answered(this.#attempts.read())).slice(-limit).reverse();
  }

  /** What waits lies with that of all, and is removed there. */
  async purge(device?: DeviceId): Promise<void> {
    if (device === undefined) return;
    if (this.#held !== undefined && tellsOf(device, this.#held.notification)) this.#letGo();
    await this.#attempts.forget(device);
  }

  holds(device: DeviceId): Promise<boolean> {
    return this.#attempts.holds(device);
  }

  /** The endpoint may want something else now. */
  async changed(): Promise<void> {
    const { memory, owner } = this.#parts;
    const record = owner.record();
    if (record !== undefined) await answered(ensureConsumer(memory, record));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#alarm.ring();
    this.#tests[Symbol.dispose]();
    await this.#sending;
  }

  get #consumer(): string {
    return consumerOf(this.#parts.endpoint);
  }

  get #isSender(): boolean {
    const { owner, isSender } = this.#parts;
    const record = owner.record();
    return (
      !this.#closing.signal.aborted && record !== undefined && record.disabled === undefined && isSender()
    );
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      // What NATS does not give now it gives later.
      if (this.#isSender) await this.#send().catch(() => undefined);
      await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Goes on where the gateway that sent before has left off. */
  async #send(): Promise<void> {
    const attempts = await this.#attempts.read();
    for (const { delivery } of attempts)
      if (delivery.outcome === 'delivered' || delivery.outcome === 'given-up')
        this.#done.add(delivery.eventId);
    const consumer = await this.#parts.memory.log.consumers.get(EVENTS_STREAM, this.#consumer);
    while (this.#isSender) {
      const message = await consumer.next({ expires: PULL_MS });
      if (message === null) continue;
      // It was asked for before the endpoint was disabled, or became another gateway's.
      if (this.#isSender) await this.#hold(message, attempts);
      else message.nak();
    }
  }

  /** Has an event sent; resolves once it is done with, or is another gateway's to send. */
  async #hold(message: JsMsg, attempts: readonly LoggedAttempt[]): Promise<void> {
    const notification = decodeNotification(message.data);
    if (notification === undefined || !this.#isToBeSent(message, notification)) {
      await message.ackAck();
      return;
    }
    const before = attempts.findLast(({ delivery }) => delivery.eventId === notification.id)?.delivery;
    const held: Held = { entry: message.seq, notification, before, message, saidMs: performance.now() };
    this.#held = held;
    this.#parts.owner.onNews();
    while (this.#held === held) {
      await this.#alarm.wait(LOOK_MS);
      const silentMs = performance.now() - held.saidMs;
      if (!this.#isSender || silentMs > SURE_MS) break;
      if (silentMs < SAY_MS) continue;
      message.working();
      held.saidMs = performance.now();
    }
    const isDone = this.#held !== held;
    this.#held = undefined;
    if (isDone) await message.ackAck();
    else message.nak();
  }

  #isToBeSent({ subject, time }: JsMsg, notification: Notification): boolean {
    const { endpoint, owner } = this.#parts;
    const record = owner.record();
    if (record === undefined) return false;
    if (subject === againSubject(endpoint, escapeName(notification.device))) return true;
    const { fromMs, toMs } = record.paused ?? { fromMs: 0, toMs: 0 };
    const isPaused = time.getTime() >= fromMs && time.getTime() < toMs;
    return !isPaused && wants(record, notification) && !this.#done.has(notification.id);
  }

  #letGo(): void {
    this.#held = undefined;
    this.#alarm.ring();
  }
}

/** @throws GatewayError `STORE_UNAVAILABLE` (retryable) when NATS does not answer */
export async function answered<T>(asking: Promise<T>): Promise<T> {
  return await asking.catch((error: unknown) => {
    const words = 'NATS does not answer, which holds the events of webhooks; try again when it does';
    throw new GatewayError('STORE_UNAVAILABLE', words, { cause: error, retryable: true });
  });
}
