import { randomBytes } from 'node:crypto';
import type { Notice } from '../domain/notification.js';
import type { EndpointChange, NewEndpoint } from '../domain/webhooks.js';
import type { EndpointRecord } from '../notify/webhooks/endpoints.js';

const MS_PER_HOUR = 3_600_000;

/** A new endpoint as it is kept. @param url in its normal form */
export function newRecord(wanted: NewEndpoint, url: string, secret: string, nowMs: number): EndpointRecord {
  return {
    id: `ep_${randomBytes(9).toString('base64url')}`,
    ...{ url, description: wanted.description ?? '', events: [...new Set(wanted.events)] },
    ...(wanted.devices === undefined ? {} : { devices: [...wanted.devices] }),
    ...{ createdAtMs: nowMs, secrets: [{ text: secret }] },
  };
}

/** With a new secret, beside which the present one signs for a while. */
export function rotated(
  record: EndpointRecord,
  secret: string,
  overlapHours: number,
  nowMs: number,
): EndpointRecord {
  const [present] = record.secrets;
  const untilMs = nowMs + overlapHours * MS_PER_HOUR;
  const before = present === undefined ? [] : [{ text: present.text, untilMs }];
  return { ...record, secrets: [{ text: secret }, ...before] };
}

/** Whether an endpoint is to be told. */
export function isWanted({ events, devices, disabled }: EndpointRecord, notice: Notice): boolean {
  if (disabled !== undefined || !events.includes(notice.type)) return false;
  return devices === undefined || devices.includes(notice.device);
}

/** With what is to change; what is left out stays. */
export function changed(record: EndpointRecord, change: EndpointChange, nowMs: number): EndpointRecord {
  const { disabled, devices, ...others } = record;
  const newDevices = change.devices === undefined ? devices : (change.devices ?? undefined);
  const isDisabled = change.enabled === undefined ? disabled !== undefined : !change.enabled;
  return {
    ...others,
    url: change.url ?? record.url,
    description: change.description ?? record.description,
    events: change.events === undefined ? record.events : [...new Set(change.events)],
    ...(newDevices === undefined ? {} : { devices: [...newDevices] }),
    ...(isDisabled ? { disabled: disabled ?? { reason: 'by-hand' as const, atMs: nowMs } } : {}),
  };
}
