import { randomBytes } from 'node:crypto';
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import type { Erasable } from '../../domain/erasable.js';
import type { DeviceId } from '../../domain/ids.js';
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
import type { AddressGuard } from './address-guard.js';
import { checkDevices, checkSecret, checkUrl, makeSecret } from './check-endpoint.js';
import {
  type DeliveryQueue,
  type DeliveryQueues,
  erasableDeliveries,
  type QueueHooks,
  tellsOf,
} from './delivery-queue.js';
import { EndpointWorker } from './delivery-worker.js';
import {
  changed,
  type EndpointRecord,
  EndpointRecords,
  isWanted,
  newRecord,
  publicPart,
  readEndpoints,
  rotated,
} from './endpoints.js';
import type { RetryOptions } from './retry-policy.js';
import type { Send } from './send.js';

export interface WebhookHooks extends Pick<QueueHooks, 'onFailed'> {
  readonly onAttempted: (delivery: DeliveryAttempt) => void;
  readonly onDisabled: (endpoint: string) => void;
}

export interface WebhookDependencies {
  /** File of the endpoints. */
  readonly path: string;
  /** Disposed of with the webhooks. */
  readonly queues: DeliveryQueues;
  readonly guard: AddressGuard;
  readonly send: Send;
  readonly retry: RetryOptions;
  readonly clock: Clock;
  readonly hooks: WebhookHooks;
  /** Time, for tests. */
  readonly scheduler?: SchedulerLike;
}

interface Endpoint {
  readonly queue: DeliveryQueue;
  readonly worker: EndpointWorker;
}

/** How far back an event that is to be sent again is looked for, in attempts. */
const LOOKED_BACK = 2000;

/** Starts delivering to the endpoints of a file. */
export async function startWebhooks(dependencies: WebhookDependencies): Promise<Webhooks> {
  const records = new EndpointRecords(dependencies.path, await readEndpoints(dependencies.path));
  const webhooks = new Webhooks(dependencies, records);
  await webhooks.start();
  return webhooks;
}

/** Signed HTTP messages to endpoints: each event at least once and in its order, an endpoint at a time. */
export class Webhooks implements WebhookService, NotificationTaker, AsyncDisposable {
  readonly #dependencies: WebhookDependencies;
  readonly #scheduler: SchedulerLike;
  readonly #records: EndpointRecords;
  readonly #queues: DeliveryQueues;
  readonly #endpoints = new Map<string, Endpoint>();

  constructor(dependencies: WebhookDependencies, records: EndpointRecords) {
    this.#dependencies = dependencies;
    this.#scheduler = dependencies.scheduler ?? asyncScheduler;
    this.#records = records;
    this.#queues = dependencies.queues;
  }

  /** Whether an event that was accepted is not kept yet. */
  get isPending(): boolean {
    return this.#queues.isPending;
  }

  async start(): Promise<void> {
    const ids = this.#records.all().map(({ id }) => id);
    await this.#queues.start(new Set(ids));
    for (const id of ids) await this.#open(id);
  }

  accept(notification: Notification): void {
    const wanting = this.#records.all().filter((record) => isWanted(record, notification));
    this.#queues.add(
      notification,
      wanting.map(({ id }) => id),
    );
  }

  /** Resolves when every event that was accepted is kept. */
  flush(): Promise<void> {
    return this.#queues.flush();
  }

  /** Lets go of events of devices that are not kept yet. */
  drop(isUnwanted: (device: DeviceId) => boolean): void {
    this.#queues.drop(({ device }) => isUnwanted(device));
  }

  async list(): Promise<readonly WebhookEndpoint[]> {
    const ids = this.#records.all().flatMap(({ id }) => (this.#endpoints.has(id) ? [id] : []));
    return await Promise.all(ids.map((id) => this.get(id)));
  }

  async get(id: string): Promise<WebhookEndpoint> {
    const { queue, worker } = this.#endpointOf(id);
    const { waiting, lastDelivery } = await queue.summary();
    return {
      ...publicPart(this.#records.get(id), this.#dependencies.clock.nowMs()),
      waiting,
      lastDelivery,
      nextAttemptMs: worker.nextAttemptMs ?? lastDelivery?.nextAttemptMs,
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
    try {
      await this.#open(record.id);
    } catch (error) {
      await this.#records.remove(record.id);
      throw error;
    }
    return { endpoint: await this.get(record.id), secret };
  }

  async change(id: string, change: EndpointChange): Promise<WebhookEndpoint> {
    if (change.devices !== undefined && change.devices !== null) checkDevices(change.devices);
    const url = change.url === undefined ? undefined : await checkUrl(change.url, this.#dependencies.guard);
    const nowMs = this.#dependencies.clock.nowMs();
    await this.#records.replace(id, (record) => changed(record, { ...change, url }, nowMs));
    await this.#queues.changed(id);
    this.#endpoints.get(id)?.worker.retryNow();
    return await this.get(id);
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
    return { endpoint: await this.get(id), secret };
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
    const logged = (await queue.log(LOOKED_BACK)).find(({ notification }) => notification?.id === eventId);
    if (logged?.notification === undefined)
      throw new GatewayError('NOT_FOUND', `the log has no event ${eventId}`);
    await this.#queues.again(id, logged.notification);
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
          else {
            await this.#queues.changed(id);
            endpoint.worker.retryNow();
          }
        }
      },
    };
  }

  get erasable(): Erasable {
    const queues = () => Array.from(this.#endpoints.values(), ({ queue }) => queue);
    return erasableDeliveries(queues, async (device) => {
      this.#queues.drop((notification) => tellsOf(device, notification));
      await this.#queues.flush();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queues.end();
    await Promise.all(Array.from(this.#endpoints.values(), ({ worker }) => worker[Symbol.asyncDispose]()));
    await this.#records.settled();
    await this.#queues[Symbol.asyncDispose]();
  }

  async #open(id: string): Promise<void> {
    const { hooks } = this.#dependencies;
    const worker = (): EndpointWorker | undefined => this.#endpoints.get(id)?.worker;
    const record = (): EndpointRecord => this.#records.get(id);
    const queue = await this.#queues.open(id, {
      record: () => this.#records.find(id),
      onNews: () => worker()?.wake(),
      onReached: () => worker()?.retryNow(),
    });
    const { onAttempted, onFailed } = hooks;
    const onGone = (): Promise<void> => this.#disableGone(id);
    const scheduler = this.#scheduler;
    this.#endpoints.set(id, {
      queue,
      worker: new EndpointWorker({
        ...this.#dependencies,
        scheduler,
        queue,
        record,
        onAttempted,
        onFailed,
        onGone,
      }),
    });
  }

  async #close(id: string): Promise<void> {
    const endpoint = this.#endpoints.get(id);
    this.#endpoints.delete(id);
    await endpoint?.worker[Symbol.asyncDispose]();
    await this.#queues.remove(id);
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
