import { setTimeout as sleep } from 'node:timers/promises';
import type { DeviceId } from '../domain/ids.js';
import type { Notification } from '../domain/notification.js';
import {
  type DeliveryQueue,
  type DeliveryQueues,
  encodeNotification,
  type QueueHooks,
  type QueueOwner,
} from '../notify/webhooks/delivery-queue.js';
import { againSubject, eventSubject } from './cluster-streams.js';
import type { SharedMemory } from './connect-nats.js';
import { removeEndpoint } from './endpoint-consumer.js';
import { answered, EndpointQueue } from './endpoint-queue.js';
import { escapeName } from './partition.js';

interface EventQueuesParts {
  readonly memory: Pick<SharedMemory, 'log' | 'manager' | 'connection'>;
  /** Whether it is this gateway that sends to an endpoint. */
  readonly isSender: (endpoint: string) => boolean;
  readonly hooks: QueueHooks;
}

interface Unkept {
  /** Rises with each. */
  readonly number: number;
  readonly notification: Notification;
}

const MOST_UNKEPT = 10_000;
const RETRY_MS = 500;

/**
 * Events of all gateways in one stream, of which each endpoint has a consumer. A stream takes an event once, though another
 * gateway finds it out again: its id is that of what happened.
 */
export class EventQueues implements DeliveryQueues {
  readonly #parts: EventQueuesParts;
  readonly #endpoints = new Map<string, EndpointQueue>();
  readonly #ending = new AbortController();
  #unkept: Unkept[] = [];
  #added = 0;
  #keeping: Promise<void> | undefined;

  constructor(parts: EventQueuesParts) {
    this.#parts = parts;
  }

  get isPending(): boolean {
    return this.#unkept.length > 0;
  }

  async flush(): Promise<void> {
    const last = this.#added;
    while ((this.#unkept[0]?.number ?? Number.POSITIVE_INFINITY) <= last && this.#keeping !== undefined)
      await this.#keeping;
  }

  /** For whom it is, their consumers know. */
  add(notification: Notification): void {
    this.#added += 1;
    this.#unkept.push({ number: this.#added, notification });
    if (this.#unkept.length > MOST_UNKEPT) {
      this.#unkept.shift();
      this.#parts.hooks.onDropped('too-much', 1);
    }
    this.#startKeeping();
  }

  drop(isUnwanted: (notification: Notification) => boolean): void {
    this.#unkept = this.#unkept.filter(({ notification }) => !isUnwanted(notification));
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  async open(endpoint: string, owner: QueueOwner): Promise<DeliveryQueue> {
    const { memory, isSender } = this.#parts;
    const queue = await EndpointQueue.open({ endpoint, owner, memory, isSender: () => isSender(endpoint) });
    this.#endpoints.set(endpoint, queue);
    return queue;
  }

  async again(endpoint: string, notification: Notification): Promise<void> {
    const subject = againSubject(endpoint, escapeName(notification.device));
    await answered(this.#parts.memory.log.publish(subject, encodeNotification(notification)));
  }

  async changed(endpoint: string): Promise<void> {
    await this.#endpoints.get(endpoint)?.changed();
  }

  async remove(endpoint: string): Promise<void> {
    const queue = this.#endpoints.get(endpoint);
    this.#endpoints.delete(endpoint);
    await queue?.[Symbol.asyncDispose]();
    await answered(removeEndpoint(this.#parts.memory, endpoint));
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#keeping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Array.from(this.#endpoints.values(), (queue) => queue[Symbol.asyncDispose]()));
  }

  #startKeeping(): void {
    this.#keeping ??= this.#keep().finally(() => {
      this.#keeping = undefined;
      if (this.isPending && !this.#ending.signal.aborted) this.#startKeeping();
    });
  }

  /** Goes through what is there now once, each device's in its order. */
  async #keep(): Promise<void> {
    const devices = new Map<DeviceId, Unkept[]>();
    for (const one of this.#unkept) {
      const { device } = one.notification;
      devices.set(device, [...(devices.get(device) ?? []), one]);
    }
    const kept = new Set<Unkept>();
    const publishing = Array.from(devices.values(), async (unkept) => {
      for (const one of unkept) {
        await this.#publish(one.notification);
        kept.add(one);
      }
    });
    const failure = (await Promise.allSettled(publishing)).find(({ status }) => status === 'rejected');
    this.#unkept = this.#unkept.filter((one) => !kept.has(one));
    if (failure?.status !== 'rejected') return;
    this.#parts.hooks.onFailed(failure.reason);
    await sleep(RETRY_MS, undefined, { signal: this.#ending.signal }).catch(() => undefined);
  }

  async #publish(notification: Notification): Promise<void> {
    const { id, type, device } = notification;
    const subject = eventSubject(escapeName(type), escapeName(device));
    const options = { msgID: id, retries: 0 };
    await this.#parts.memory.log.publish(subject, encodeNotification(notification), options);
  }
}
