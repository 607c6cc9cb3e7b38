import { createHash } from 'node:crypto';
import type { Alert } from '../domain/alerts.js';
import type { DeviceId } from '../domain/ids.js';
import type { Notice, NoticeType } from '../domain/notification.js';
import type { StatusUpdate } from '../domain/status.js';
import type { ApparelPoint } from '../domain/store.js';

const ID_CHARACTERS = 24;

/** An id that is the same whenever the same happening is found out. */
export function noticeId(type: NoticeType, ...key: readonly (string | number)[]): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([type, ...key]))
    .digest('base64url');
  return `evt_${digest.slice(0, ID_CHARACTERS)}`;
}

/** @param update a change */
export function statusNotice(update: StatusUpdate): Notice {
  const { id, device, target, status, confidence, sinceMs, atMs, simulated } = update;
  return {
    id: noticeId('status.changed', id),
    type: 'status.changed',
    ...{ device, atMs },
    data: { target, status, confidence, sinceMs, ...(simulated && { simulated }) },
  };
}

export function deviceNotice(device: DeviceId, isOnline: boolean, atMs: number): Notice {
  const type = isOnline ? 'device.online' : 'device.offline';
  return { id: noticeId(type, device, atMs), type, device, atMs, data: {} };
}

/** @param points what one frame showed, the likeliest first */
export function apparelNotice(points: readonly [ApparelPoint, ...ApparelPoint[]]): Notice {
  const [{ device, atMs, label, probability }] = points;
  const labels = points.map((point) => ({ label: point.label, probability: point.probability }));
  return {
    id: noticeId('apparel.detected', device, atMs),
    type: 'apparel.detected',
    ...{ device, atMs },
    data: { label, probability, labels },
  };
}

/** @param alert raised, or cleared */
export function alertNotice({ id, rule, device, text, sinceMs, raisedAtMs, cleared }: Alert): Notice {
  const data = { alert: id, rule, text, sinceMs, raisedAtMs };
  if (cleared === undefined) {
    return { id: noticeId('alert.raised', id), type: 'alert.raised', device, atMs: raisedAtMs, data };
  }
  const { atMs, reason } = cleared;
  return {
    id: noticeId('alert.cleared', id),
    type: 'alert.cleared',
    ...{ device, atMs },
    data: { ...data, clearedAtMs: atMs, reason },
  };
}
