import type { SchedulerLike } from 'rxjs';
import type { DeviceId } from '../../domain/ids.js';
import type { Notification } from '../../domain/notification.js';
import type { DeliveryAttempt } from '../../domain/webhooks.js';
import type { Clock } from '../../shared/clock.js';
import type { EntryId, Outbox } from '../../storage/outbox/outbox.js';
import {
  type DeliveryQueue,
  type DeliveryQueues,
  decodeAttempt,
  decodeNotification,
  encodeAttempt,
  encodeNotification,
  type LoggedAttempt,
  payloadTellsOf,
  type QueuedNotification,
  type QueueHooks,
  type QueueOwner,
} from './delivery-queue.js';
import { NotificationSpool, RecentIds } from './notification-spool.js';

export interface EndpointLimits {
  /** Events that may wait, bytes; beyond that the oldest are deleted. */
  readonly maxWaitingBytes: number;
  /** What the log may hold. */
  readonly maxLogBytes: number;
  /** How long the log remembers, milliseconds. */
  readonly logForMs: number;
}

/** Attempts looked through for the one before a restart. */
const LOG_LOOKED_AT = 50;
const QUEUE_NAME = /^webhook(?:-log)?\/(.+)$/;

/** What waits for an endpoint, and what became of it: two queues of the outbox. */
export class DiskQueue implements DeliveryQueue {
  readonly #outbox: Outbox;
  readonly #waiting: string;
  readonly #log: string;
  readonly #limits: EndpointLimits;
  #last: DeliveryAttempt | undefined;
  #isResumed = false;

  constructor(outbox: Outbox, endpoint: string, limits: EndpointLimits) {
    this.#outbox = outbox;
    this.#waiting = `webhook/${endpoint}`;
    this.#log = `webhook-log/${endpoint}`;
    this.#limits = limits;
  }

  /** Endpoints of which an outbox holds something. */
  static endpointsIn(outbox: Outbox): string[] {
    const ids = outbox.names().flatMap((name) => QUEUE_NAME.exec(name)?.[1] ?? []);
    return [...new Set(ids)];
  }

  async summary(): ReturnType<DeliveryQueue['summary']> {
    this.#last ??= (await this.log(1))[0]?.delivery;
    return { waiting: this.#outbox.size(this.#waiting).entries, lastDelivery: this.#last };
  }

  /** Resolves when the notifications are on the disk, to how many older ones had to go for them. */
  async append(notifications: readonly Notification[], nowMs: number): Promise<number> {
    await this.#outbox.append(this.#waiting, notifications.map(encodeNotification), nowMs);
    const maxBytes = this.#limits.maxWaitingBytes;
    if (this.#outbox.size(this.#waiting).bytes <= maxBytes) return 0;
    const keepFromMs = Number.NEGATIVE_INFINITY;
    return (await this.#outbox.trim(this.#waiting, { maxBytes, keepFromMs })).tooMuch;
  }

  async head(): Promise<QueuedNotification | undefined> {
    for (;;) {
      const { entries, damaged } = await this.#outbox.peek(this.#waiting, { entries: 1 });
      const [first] = entries;
      const notification = first === undefined ? undefined : decodeNotification(first.payload);
      if (first !== undefined && notification !== undefined)
        return { entry: first.id, notification, before: await this.#before(notification) };
      const unreadable = first === undefined ? damaged : [...damaged, first.id];
      if (unreadable.length === 0) return undefined;
      await this.#outbox.settle(this.#waiting, unreadable);
    }
  }

  /** What an earlier run has tried. */
  async #before({ id }: Notification): Promise<DeliveryAttempt | undefined> {
    if (this.#isResumed) return undefined;
    const attempts = await this.log(LOG_LOOKED_AT);
    this.#isResumed = true;
    return attempts.find(({ delivery }) => delivery.eventId === id)?.delivery;
  }

  async waiting(limit: number, from: 'oldest' | 'newest' = 'oldest'): Promise<Notification[]> {
    const { entries } = await this.#outbox.peek(this.#waiting, { entries: limit, from });
    return entries.flatMap(({ payload }) => decodeNotification(payload) ?? []);
  }

  async log(limit: number): Promise<LoggedAttempt[]> {
    const { entries } = await this.#outbox.peek(this.#log, { entries: limit, from: 'newest' });
    return entries.flatMap(({ payload }) => decodeAttempt(payload) ?? []);
  }

  async record(attempt: LoggedAttempt, done?: EntryId): Promise<void> {
    const nowMs = attempt.delivery.attemptedAtMs;
    this.#last = attempt.delivery;
    await Promise.all([
      this.#outbox.append(this.#log, [encodeAttempt(attempt)], nowMs),
      ...(done === undefined ? [] : [this.#outbox.settle(this.#waiting, [done])]),
    ]);
    const { maxLogBytes, logForMs } = this.#limits;
    await this.#outbox.trim(this.#log, { maxBytes: maxLogBytes, keepFromMs: nowMs - logForMs });
  }

  async purge(device?: DeviceId): Promise<void> {
    const isUnwanted = (payload: Uint8Array): boolean =>
      device === undefined || payloadTellsOf(device, payload);
    for (const queue of [this.#waiting, this.#log]) {
      await this.#outbox.purge(queue, isUnwanted, () => undefined);
    }
  }

  async holds(device: DeviceId): Promise<boolean> {
    const isWanted = (payload: Uint8Array): boolean => payloadTellsOf(device, payload);
    return (await this.#outbox.has(this.#waiting, isWanted)) || (await this.#outbox.has(this.#log, isWanted));
  }
}

interface DiskQueuesParts {
  /** Disposed of with the queues. */
  readonly outbox: Outbox;
  readonly limits: EndpointLimits;
  readonly clock: Clock;
  readonly scheduler: SchedulerLike;
  readonly hooks: QueueHooks;
}

interface OpenQueue {
  readonly queue: DiskQueue;
  readonly owner: QueueOwner;
  readonly recent: RecentIds;
}

/** Happenings that are found out again after a crash are not older than this many. */
const RECENT_IDS = 2000;

/** Events that wait on the disk of this gateway. */
export class DiskQueues implements DeliveryQueues {
  readonly #parts: DiskQueuesParts;
  readonly #open = new Map<string, OpenQueue>();
  readonly #spool: NotificationSpool;

  constructor(parts: DiskQueuesParts) {
    this.#parts = parts;
    this.#spool = new NotificationSpool({
      scheduler: parts.scheduler,
      keep: (endpoint, notifications) => this.#keep(endpoint, notifications),
      onFailed: parts.hooks.onFailed,
      onDropped: (events) => parts.hooks.onDropped('disk', events),
    });
  }

  get isPending(): boolean {
    return this.#spool.isPending;
  }

  flush(): Promise<void> {
    return this.#spool.flush();
  }

  add(notification: Notification, endpoints: readonly string[]): void {
    for (const endpoint of endpoints)
      if (this.#open.get(endpoint)?.recent.add(notification.id) === true)
        this.#spool.add(endpoint, notification);
  }

  drop(isUnwanted: (notification: Notification) => boolean): void {
    this.#spool.drop((_, notification) => isUnwanted(notification));
  }

  async start(endpoints: ReadonlySet<string>): Promise<void> {
    const { outbox, limits } = this.#parts;
    await outbox.open();
    // A crash may have come between the end of an endpoint and that of its events.
    for (const id of DiskQueue.endpointsIn(outbox))
      if (!endpoints.has(id)) await new DiskQueue(outbox, id, limits).purge();
  }

  async open(endpoint: string, owner: QueueOwner): Promise<DeliveryQueue> {
    const { outbox, limits } = this.#parts;
    const queue = new DiskQueue(outbox, endpoint, limits);
    const recent = new RecentIds(RECENT_IDS);
    for (const { notification } of (await queue.log(RECENT_IDS)).reverse())
      if (notification !== undefined) recent.add(notification.id);
    for (const notification of (await queue.waiting(RECENT_IDS, 'newest')).reverse())
      recent.add(notification.id);
    this.#open.set(endpoint, { queue, owner, recent });
    return queue;
  }

  async again(endpoint: string, notification: Notification): Promise<void> {
    await this.#keep(endpoint, [notification]);
  }

  changed(): Promise<void> {
    return Promise.resolve();
  }

  async remove(endpoint: string): Promise<void> {
    const open = this.#open.get(endpoint);
    this.#open.delete(endpoint);
    this.#spool.drop((other) => other === endpoint);
    await this.#spool.flush();
    await open?.queue.purge();
  }

  async end(): Promise<void> {
    await this.#spool[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.outbox[Symbol.asyncDispose]();
  }

  async #keep(endpoint: string, notifications: readonly Notification[]): Promise<void> {
    const { clock, hooks } = this.#parts;
    const open = this.#open.get(endpoint);
    if (open === undefined) return;
    const dropped = await open.queue.append(notifications, clock.nowMs());
    if (dropped > 0) hooks.onDropped('too-much', dropped);
    open.owner.onNews();
  }
}
