import { createHash } from 'node:crypto';
import type { DeviceId } from '../domain/ids.js';
import type { Alert, Notification, NotificationTaker, NotificationType } from '../domain/notification.js';
import { caveatsIn, type StatusUpdate } from '../domain/status.js';
import type { ApparelPoint, CompanyUpdate, Results, Sink } from '../domain/store.js';
import { type FrameLabels, framesOf, shownBy, wornOn } from './apparel-topics.js';

const ID_CHARACTERS = 24;

/** An id that is the same whenever the same happening is found out. */
function notificationId(type: NotificationType, ...key: readonly (string | number)[]): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([type, ...key]))
    .digest('base64url');
  return `evt_${digest.slice(0, ID_CHARACTERS)}`;
}

/** @param update a change */
function statusNotification(update: StatusUpdate): Notification {
  const { id, device, target, status, confidence, sinceMs, atMs } = update;
  return {
    id: notificationId('status.changed', id),
    type: 'status.changed',
    device,
    atMs,
    data: { target, status, confidence, sinceMs, ...caveatsIn(update) },
  };
}

export function deviceNotification(device: DeviceId, isOnline: boolean, atMs: number): Notification {
  const type = isOnline ? 'device.online' : 'device.offline';
  return { id: notificationId(type, device, atMs), type, device, atMs, data: {} };
}

function apparelNotification(points: FrameLabels): Notification {
  const [{ device, atMs }] = points;
  return {
    id: notificationId('apparel.detected', device, atMs),
    type: 'apparel.detected',
    device,
    atMs,
    data: shownBy(points),
  };
}

function companyNotification({
  device,
  with: other,
  status,
  probability,
  sinceMs,
  atMs,
}: CompanyUpdate): Notification {
  return {
    id: notificationId('company.changed', device, other, sinceMs, status),
    type: 'company.changed',
    device,
    atMs,
    data: { with: other, status, probability, sinceMs },
  };
}

/** @param alert raised, or cleared */
export function alertNotification({
  id,
  rule,
  device,
  text,
  sinceMs,
  raisedAtMs,
  cleared,
}: Alert): Notification {
  const data = { alert: id, rule, text, sinceMs, raisedAtMs };
  if (cleared === undefined) {
    return { id: notificationId('alert.raised', id), type: 'alert.raised', device, atMs: raisedAtMs, data };
  }
  const { atMs, reason } = cleared;
  return {
    id: notificationId('alert.cleared', id),
    type: 'alert.cleared',
    device,
    atMs,
    data: { ...data, clearedAtMs: atMs, reason },
  };
}

/** What was worn is said when it changes, and again when it was not seen for so long, milliseconds. */
const APPAREL_AGAIN_MS = 600_000;
const MAX_WEARERS = 10_000;

/** Passes what people may want to know to each part that tells them: webhooks, Home Assistant, the pages. */
export class Notifier implements Pick<Sink, 'accept'> {
  readonly #events: { notified(type: NotificationType): void };
  readonly #takers: NotificationTaker[] = [];
  readonly #worn = new Map<DeviceId, Pick<ApparelPoint, 'label' | 'atMs'>>();

  constructor(events: { notified(type: NotificationType): void }) {
    this.#events = events;
  }

  /** Gives everything that is posted from now on to a taker, after those that followed before. */
  follow(taker: NotificationTaker): void {
    this.#takers.push(taker);
  }

  post(notification: Notification): void {
    this.#events.notified(notification.type);
    for (const taker of this.#takers) taker.accept(notification);
  }

  /** Posts what results have of news: changes of status, of what is worn, and of who is with whom. */
  accept({ statuses, apparel, company }: Results): void {
    for (const update of statuses) if (update.kind === 'change') this.post(statusNotification(update));
    for (const points of framesOf(apparel)) this.#seen(points);
    for (const update of company) this.post(companyNotification(update));
  }

  /** A frame is news when it shows something else than the one before, in whatever order. */
  #seen(points: FrameLabels): void {
    const [{ device, atMs }] = points;
    const label = wornOn(points).sort().join('\n');
    const before = this.#worn.get(device);
    this.#worn.delete(device);
    this.#worn.set(device, { label, atMs });
    if (this.#worn.size > MAX_WEARERS) this.#worn.delete(this.#worn.keys().next().value ?? device);
    const isNews = before?.label !== label || atMs - before.atMs > APPAREL_AGAIN_MS;
    if (isNews) this.post(apparelNotification(points));
  }
}
