import { randomBytes } from 'node:crypto';
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import type { Erasable } from '../../domain/erasable.js';
import type { Notification, NotificationTaker } from '../../domain/notification.js';
import type { SharedRecords } from '../../domain/shared-records.js';
import type {
  DeliveryAttempt,
  EndpointChange,
  NewEndpoint,
  SecretRotation,
  WaitingEvent,
  WebhookEndpoint,
  WebhookService,
} from '../../domain/webhooks.js';
import type { Clock } from '../../shared/clock.js';
import { GatewayError } from '../../shared/errors.js';
import type { Outbox } from '../../storage/outbox/outbox.js';
import type { AddressGuard } from './address-guard.js';
import { checkDevices, checkSecret, checkUrl, makeSecret } from './check-endpoint.js';
import { type EndpointLimits, EndpointQueue, erasableDeliveries, tellsOf } from './delivery-queue.js';
import { EndpointWorker } from './delivery-worker.js';
import {
  changed,
  EndpointRecords,
  isWanted,
  newRecord,
  publicPart,
  readEndpoints,
  rotated,
} from './endpoints.js';
import { NotificationSpool, RecentIds } from './notification-spool.js';
import type { RetryOptions } from './retry-policy.js';
import type { Send } from './send.js';

export interface WebhookHooks {
  readonly onAttempted: (delivery: DeliveryAttempt) => void;
  readonly onDisabled: (endpoint: string) => void;
  /** Events went without having been delivered: too many waited for the disk, or on it. */
  readonly onDropped: (reason: 'disk' | 'too-much', events: number) => void;
  readonly onFailed: (error: unknown) => void;
}

export interface WebhookDependencies {
  /** File of the endpoints. */
  readonly path: string;
  /** Disposed of with the webhooks. */
  readonly outbox: Outbox;
  readonly guard: AddressGuard;
  readonly send: Send;
  readonly retry: RetryOptions;
  readonly limits: EndpointLimits;
  readonly clock: Clock;
  readonly hooks: WebhookHooks;
  /** Time, for tests. */
  readonly scheduler?: SchedulerLike;
}

interface Endpoint {
  readonly queue: EndpointQueue;
  readonly worker: EndpointWorker;
  readonly recent: RecentIds;
}

/** Happenings that are found out again after a crash are not older than this many. */
const RECENT_IDS = 2000;

/** Starts delivering to the endpoints of a file. */
export async function startWebhooks(dependencies: WebhookDependencies): Promise<Webhooks> {
  const records = new EndpointRecords(dependencies.path, await readEndpoints(dependencies.path));
  const webhooks = new Webhooks(dependencies, records);
  await webhooks.start();
  return webhooks;
}

/**
 * Signed HTTP messages to endpoints: each event at least once and in its order, an endpoint at a time, from a queue on
 * the disk.
 */
export class Webhooks implements WebhookService, NotificationTaker, AsyncDisposable {
  readonly #dependencies: WebhookDependencies;
  readonly #scheduler: SchedulerLike;
  readonly #records: EndpointRecords;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #spool: NotificationSpool;

  constructor(dependencies: WebhookDependencies, records: EndpointRecords) {
    this.#dependencies = dependencies;
    this.#scheduler = dependencies.scheduler ?? asyncScheduler;
    this.#records = records;
    this.#spool = new NotificationSpool({
      scheduler: this.#scheduler,
      keep: (endpoint, notifications) => this.#keep(endpoint, notifications),
      onFailed: dependencies.hooks.onFailed,
      onDropped: (events) => dependencies.hooks.onDropped('disk', events),
    });
  }

  /** Whether an event that was accepted is not on the disk yet. */
  get isPending(): boolean {
    return this.#spool.isPending;
  }

  async start(): Promise<void> {
    const { outbox, limits } = this.#dependencies;
    await outbox.open();
    // A crash may have come between the end of an endpoint and that of its events.
    for (const id of EndpointQueue.endpointsIn(outbox)) {
      if (!this.#records.has(id)) await new EndpointQueue(outbox, id, limits).purge();
    }
    for (const { id } of this.#records.all()) await this.#open(id);
  }

  accept(notification: Notification): void {
    for (const record of this.#records.all()) {
      if (!isWanted(record, notification)) continue;
      const { id } = record;
      if (this.#endpoints.get(id)?.recent.add(notification.id) === true) this.#spool.add(id, notification);
    }
  }

  /** Resolves when every event that was accepted is on the disk. */
  flush(): Promise<void> {
    return this.#spool.flush();
  }

  list(): readonly WebhookEndpoint[] {
    return this.#records.all().flatMap(({ id }) => (this.#endpoints.has(id) ? [this.get(id)] : []));
  }

  get(id: string): WebhookEndpoint {
    const { queue, worker } = this.#endpointOf(id);
    return {
      ...publicPart(this.#records.get(id), this.#dependencies.clock.nowMs()),
      waiting: queue.size,
      nextAttemptMs: worker.nextAttemptMs,
      lastDelivery: worker.lastDelivery,
    };
  }

  async create(wanted: NewEndpoint): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
    const { guard, clock } = this.#dependencies;
    if (wanted.devices !== undefined) checkDevices(wanted.devices);
    if (wanted.secret !== undefined) checkSecret(wanted.secret);
    const url = await checkUrl(wanted.url, guard);
    const secret = wanted.secret ?? makeSecret();
    const record = newRecord(wanted, url, secret, clock.nowMs());
    await this.#records.add(record);
    await this.#open(record.id);
    return { endpoint: this.get(record.id), secret };
  }

  async change(id: string, change: EndpointChange): Promise<WebhookEndpoint> {
    if (change.devices !== undefined && change.devices !== null) checkDevices(change.devices);
    const url = change.url === undefined ? undefined : await checkUrl(change.url, this.#dependencies.guard);
    const nowMs = this.#dependencies.clock.nowMs();
    await this.#records.replace(id, (record) => changed(record, { ...change, url }, nowMs));
    this.#endpoints.get(id)?.worker.retryNow();
    return this.get(id);
  }

  async remove(id: string): Promise<void> {
    await this.#records.remove(id);
    await this.#close(id);
  }

  async rotate(
    id: string,
    { secret = makeSecret(), overlapHours }: SecretRotation,
  ): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
    checkSecret(secret);
    const nowMs = this.#dependencies.clock.nowMs();
    await this.#records.replace(id, (record) => rotated(record, secret, overlapHours, nowMs));
    return { endpoint: this.get(id), secret };
  }

  test(id: string): Promise<DeliveryAttempt> {
    return this.#endpointOf(id).worker.test(`evt_test_${randomBytes(12).toString('base64url')}`);
  }

  async deliveries(id: string, limit: number): Promise<readonly DeliveryAttempt[]> {
    return (await this.#endpointOf(id).queue.log(limit)).map(({ delivery }) => delivery);
  }

  async waiting(id: string, limit: number): Promise<readonly WaitingEvent[]> {
    const notifications = await this.#endpointOf(id).queue.waiting(limit);
    return notifications.map(({ id: eventId, type, device, atMs }) => ({
      eventId,
      type,
      device,
      eventAtMs: atMs,
    }));
  }

  async resend(id: string, eventId: string): Promise<void> {
    if (this.#records.get(id).disabled !== undefined) {
      throw new GatewayError('INPUT_REFUSED', 'this webhook is disabled; enable it first');
    }
    const { queue } = this.#endpointOf(id);
    const logged = (await queue.log(RECENT_IDS)).find(({ notification }) => notification?.id === eventId);
    if (logged?.notification === undefined)
      throw new GatewayError('NOT_FOUND', `the log has no event ${eventId}`);
    await this.#keep(id, [logged.notification]);
  }

  /** The endpoints, the same at all gateways. */
  get shared(): SharedRecords {
    return {
      name: 'webhooks',
      outliveRestart: true,
      changes$: this.#records.changes$,
      all: () => new Map(this.#records.all().map((record) => [record.id, record])),
      take: async (changes) => {
        await this.#records.take(changes);
        for (const id of changes.keys()) {
          const endpoint = this.#endpoints.get(id);
          if (!this.#records.has(id)) await this.#close(id);
          else if (endpoint === undefined) await this.#open(id);
          else endpoint.worker.retryNow();
        }
      },
    };
  }

  get erasable(): Erasable {
    const queues = () => Array.from(this.#endpoints.values(), ({ queue }) => queue);
    return erasableDeliveries(queues, async (device) => {
      this.#spool.drop((_, notification) => tellsOf(device, notification));
      await this.#spool.flush();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#spool[Symbol.asyncDispose]();
    await Promise.all(Array.from(this.#endpoints.values(), ({ worker }) => worker[Symbol.asyncDispose]()));
    await this.#records.settled();
    await this.#dependencies.outbox[Symbol.asyncDispose]();
  }

  async #keep(id: string, notifications: readonly Notification[]): Promise<void> {
    const endpoint = this.#endpoints.get(id);
    if (endpoint === undefined) return;
    const dropped = await endpoint.queue.append(notifications, this.#dependencies.clock.nowMs());
    if (dropped > 0) this.#dependencies.hooks.onDropped('too-much', dropped);
    endpoint.worker.wake();
  }

  async #open(id: string): Promise<void> {
    const { outbox, limits, hooks } = this.#dependencies;
    const queue = new EndpointQueue(outbox, id, limits);
    const recent = new RecentIds(RECENT_IDS);
    for (const { notification } of (await queue.log(RECENT_IDS)).reverse())
      if (notification !== undefined) recent.add(notification.id);
    for (const notification of (await queue.waiting(RECENT_IDS, 'newest')).reverse())
      recent.add(notification.id);
    const worker = new EndpointWorker({
      ...this.#dependencies,
      scheduler: this.#scheduler,
      queue,
      record: () => this.#records.get(id),
      onAttempted: hooks.onAttempted,
      onFailed: hooks.onFailed,
      onGone: () => this.#disableGone(id),
    });
    this.#endpoints.set(id, { queue, worker, recent });
  }

  async #close(id: string): Promise<void> {
    const endpoint = this.#endpoints.get(id);
    this.#endpoints.delete(id);
    this.#spool.drop((other) => other === id);
    await this.#spool.flush();
    await endpoint?.worker[Symbol.asyncDispose]();
    await endpoint?.queue.purge();
  }

  async #disableGone(id: string): Promise<void> {
    const disabled = { reason: 'gone', atMs: this.#dependencies.clock.nowMs() } as const;
    await this.#records.replace(id, (record) => ({ ...record, disabled }));
    this.#dependencies.hooks.onDisabled(id);
  }

  #endpointOf(id: string): Endpoint {
    const endpoint = this.#endpoints.get(id);
    if (endpoint === undefined) throw new GatewayError('NOT_FOUND', `there is no webhook ${id}`);
    return endpoint;
  }
}
