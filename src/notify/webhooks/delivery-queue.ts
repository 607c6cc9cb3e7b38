import { z } from 'zod';
import type { Erasable } from '../../domain/erasable.js';
import { type DeviceId, parseDeviceId } from '../../domain/ids.js';
import { NOTIFICATION_TYPES, type Notification } from '../../domain/notification.js';
import { ATTEMPT_OUTCOMES, type DeliveryAttempt } from '../../domain/webhooks.js';
import type { EntryId, Outbox } from '../../storage/outbox/outbox.js';

const deviceSchema = z.string().transform((text, context): DeviceId => {
  const device = parseDeviceId(text);
  if (device !== undefined) return device;
  context.addIssue({ code: 'custom', message: 'no device name' });
  return z.NEVER;
});

const notificationSchema = z.object({
  id: z.string(),
  type: z.enum(NOTIFICATION_TYPES),
  device: deviceSchema,
  atMs: z.number(),
  data: z.record(z.string(), z.unknown()),
});

const attemptSchema = z.object({
  /** The event; without it the attempt was a test. */
  notification: notificationSchema.optional(),
  eventId: z.string(),
  eventAtMs: z.number(),
  attempt: z.number(),
  attemptedAtMs: z.number(),
  durationMs: z.number(),
  outcome: z.enum(ATTEMPT_OUTCOMES),
  status: z.number().optional(),
  detail: z.string(),
  nextAttemptMs: z.number().optional(),
});

/** An attempt as the log keeps it, with the event, so that it can be sent again. */
interface LoggedAttempt {
  readonly delivery: DeliveryAttempt;
  readonly notification: Notification | undefined;
}

function encodeNotification(notification: Notification): Uint8Array {
  return Buffer.from(JSON.stringify(notification));
}

/** Inverse of {@link encodeNotification}; `undefined` for anything else. */
function decodeNotification(payload: Uint8Array): Notification | undefined {
  return notificationSchema.safeParse(parse(payload)).data;
}

function encodeAttempt({ delivery, notification }: LoggedAttempt): Uint8Array {
  const { type: _type, device: _device, ...attempt } = delivery;
  return Buffer.from(JSON.stringify({ ...attempt, notification }));
}

/** Inverse of {@link encodeAttempt}; `undefined` for anything else. */
function decodeAttempt(payload: Uint8Array): LoggedAttempt | undefined {
  const { data } = attemptSchema.safeParse(parse(payload));
  if (data === undefined) return undefined;
  const { notification, status, nextAttemptMs, ...attempt } = data;
  const delivery: DeliveryAttempt = {
    ...attempt,
    type: notification?.type ?? 'webhook.test',
    device: notification?.device,
    status,
    nextAttemptMs,
  };
  return { delivery, notification };
}

/** Whether a notification tells anything of a device: one of company tells of two. */
export function tellsOf(device: DeviceId, { device: own, type, data }: Notification): boolean {
  return own === device || (type === 'company.changed' && data['with'] === device);
}

/** The same of a payload of a queue or a log. */
function payloadTellsOf(device: DeviceId, payload: Uint8Array): boolean {
  const notification = decodeNotification(payload) ?? decodeAttempt(payload)?.notification;
  return notification !== undefined && tellsOf(device, notification);
}

function parse(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    return undefined;
  }
}

export interface QueuedNotification {
  readonly entry: EntryId;
  readonly notification: Notification;
}

export interface EndpointLimits {
  /** Events that may wait, bytes; beyond that the oldest are deleted. */
  readonly maxWaitingBytes: number;
  /** What the log may hold. */
  readonly maxLogBytes: number;
  /** How long the log remembers, milliseconds. */
  readonly logForMs: number;
}

const QUEUE_NAME = /^webhook(?:-log)?\/(.+)$/;

/** What waits for an endpoint, and what became of it: two queues of the outbox. */
export class EndpointQueue {
  readonly #outbox: Outbox;
  readonly #waiting: string;
  readonly #log: string;
  readonly #limits: EndpointLimits;

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

  get size(): number {
    return this.#outbox.size(this.#waiting).entries;
  }

  /** Resolves when the notifications are on the disk, to how many older ones had to go for them. */
  async append(notifications: readonly Notification[], nowMs: number): Promise<number> {
    await this.#outbox.append(this.#waiting, notifications.map(encodeNotification), nowMs);
    const maxBytes = this.#limits.maxWaitingBytes;
    if (this.#outbox.size(this.#waiting).bytes <= maxBytes) return 0;
    const keepFromMs = Number.NEGATIVE_INFINITY;
    return (await this.#outbox.trim(this.#waiting, { maxBytes, keepFromMs })).tooMuch;
  }

  /** What waits longest. */
  async head(): Promise<QueuedNotification | undefined> {
    for (;;) {
      const { entries, damaged } = await this.#outbox.peek(this.#waiting, { entries: 1 });
      const [first] = entries;
      const notification = first === undefined ? undefined : decodeNotification(first.payload);
      if (first !== undefined && notification !== undefined) return { entry: first.id, notification };
      const unreadable = first === undefined ? damaged : [...damaged, first.id];
      if (unreadable.length === 0) return undefined;
      await this.#outbox.settle(this.#waiting, unreadable);
    }
  }

  async waiting(limit: number, from: 'oldest' | 'newest' = 'oldest'): Promise<Notification[]> {
    const { entries } = await this.#outbox.peek(this.#waiting, { entries: limit, from });
    return entries.flatMap(({ payload }) => decodeNotification(payload) ?? []);
  }

  /** Newest first. */
  async log(limit: number): Promise<LoggedAttempt[]> {
    const { entries } = await this.#outbox.peek(this.#log, { entries: limit, from: 'newest' });
    return entries.flatMap(({ payload }) => decodeAttempt(payload) ?? []);
  }

  /**
   * Writes an attempt down and, when its event is done with, takes that out of what waits: both or neither.
   *
   * @param done the entry that is done with
   */
  async record(attempt: LoggedAttempt, done?: EntryId): Promise<void> {
    const nowMs = attempt.delivery.attemptedAtMs;
    await Promise.all([
      this.#outbox.append(this.#log, [encodeAttempt(attempt)], nowMs),
      ...(done === undefined ? [] : [this.#outbox.settle(this.#waiting, [done])]),
    ]);
    const { maxLogBytes, logForMs } = this.#limits;
    await this.#outbox.trim(this.#log, { maxBytes: maxLogBytes, keepFromMs: nowMs - logForMs });
  }

  /** Removes everything, or everything of a device, from the disk for good. */
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

/**
 * Events that wait, and the log, tell of devices.
 *
 * @param letGo drops what is not on the disk yet
 */
export function erasableDeliveries(
  queues: () => readonly EndpointQueue[],
  letGo: (device: DeviceId) => Promise<void> = () => Promise.resolve(),
): Erasable {
  return {
    name: 'webhooks',
    forget: async (device) => {
      await letGo(device);
      for (const queue of queues()) await queue.purge(device);
    },
    holds: async (device) => (await Promise.all(queues().map((queue) => queue.holds(device)))).includes(true),
  };
}
