import { z } from 'zod';
import type { Erasable } from '../../domain/erasable.js';
import { type DeviceId, parseDeviceId } from '../../domain/ids.js';
import { NOTIFICATION_TYPES, type Notification } from '../../domain/notification.js';
import { ATTEMPT_OUTCOMES, type DeliveryAttempt } from '../../domain/webhooks.js';
import type { EndpointRecord } from './endpoints.js';

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
export interface LoggedAttempt {
  readonly delivery: DeliveryAttempt;
  readonly notification: Notification | undefined;
}

export function encodeNotification(notification: Notification): Uint8Array {
  return Buffer.from(JSON.stringify(notification));
}

/** Inverse of {@link encodeNotification}; `undefined` for anything else. */
export function decodeNotification(payload: Uint8Array): Notification | undefined {
  return notificationSchema.safeParse(parse(payload)).data;
}

export function encodeAttempt({ delivery, notification }: LoggedAttempt): Uint8Array {
  const { type: _type, device: _device, ...attempt } = delivery;
  return Buffer.from(JSON.stringify({ ...attempt, notification }));
}

/** Inverse of {@link encodeAttempt}; `undefined` for anything else. */
export function decodeAttempt(payload: Uint8Array): LoggedAttempt | undefined {
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
export function payloadTellsOf(device: DeviceId, payload: Uint8Array): boolean {
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

/** An event whose turn it is. */
export interface QueuedNotification {
  /** Names it within its queue. */
  readonly entry: number;
  readonly notification: Notification;
  /** The attempt before, where another run or another gateway has made it. */
  readonly before?: DeliveryAttempt | undefined;
}

/** What waits for one endpoint, in order, and what became of it. */
export interface DeliveryQueue {
  /** What waits longest; `undefined` while nothing does, or another gateway is to send it. */
  head(): Promise<QueuedNotification | undefined>;
  /**
   * Writes an attempt down and, when its event is done with, takes that out of what waits.
   *
   * @param done the entry that is done with
   */
  record(attempt: LoggedAttempt, done?: number): Promise<void>;
  /** Events that wait, and the newest attempt. */
  summary(): Promise<{ readonly waiting: number; readonly lastDelivery: DeliveryAttempt | undefined }>;
  /** Oldest first. */
  waiting(limit: number): Promise<Notification[]>;
  /** Newest first. */
  log(limit: number): Promise<LoggedAttempt[]>;
  /** Removes everything, or everything of a device, for good. */
  purge(device?: DeviceId): Promise<void>;
  holds(device: DeviceId): Promise<boolean>;
}

/** What a queue asks and says of its endpoint. */
export interface QueueOwner {
  /** The endpoint as it is now; `undefined` once it is gone. */
  readonly record: () => EndpointRecord | undefined;
  /** There is something to look at. */
  readonly onNews: () => void;
  /** The endpoint answers again: whatever waits for its time may be tried. */
  readonly onReached: () => void;
}

export interface QueueHooks {
  /** Events went without having been delivered: too many waited for the disk, or on it. */
  readonly onDropped: (reason: 'disk' | 'too-much', events: number) => void;
  readonly onFailed: (error: unknown) => void;
}

/** Where events wait for endpoints. */
export interface DeliveryQueues extends AsyncDisposable {
  /** Tries what is not kept yet once more and adds nothing more. */
  end(): Promise<void>;
  /** Whether an event that was added is not kept yet. */
  readonly isPending: boolean;
  /** Resolves when everything that was added before is kept. */
  flush(): Promise<void>;
  /** Keeps an event for endpoints, once for each however often it is found out. */
  add(notification: Notification, endpoints: readonly string[]): void;
  /** Lets go of events that are not kept yet. */
  drop(isUnwanted: (notification: Notification) => boolean): void;
  /** @param endpoints there are; what waits for others is removed */
  start(endpoints: ReadonlySet<string>): Promise<void>;
  open(endpoint: string, owner: QueueOwner): Promise<DeliveryQueue>;
  /** Puts an event behind those that wait, though it was there before. */
  again(endpoint: string, notification: Notification): Promise<void>;
  /** The endpoint wants something else now, or is enabled or disabled. */
  changed(endpoint: string): Promise<void>;
  /** Removes what there is of an endpoint that is gone. */
  remove(endpoint: string): Promise<void>;
}

/**
 * Events that wait, and the log, tell of devices.
 *
 * @param letGo drops what is not on the disk yet
 */
export function erasableDeliveries(
  queues: () => readonly Pick<DeliveryQueue, 'purge' | 'holds'>[],
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
