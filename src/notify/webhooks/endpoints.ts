import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { NOTIFICATION_TYPES, type Notification } from '../../domain/notification.js';
import type { EndpointChange, NewEndpoint } from '../../domain/webhooks.js';
import { GatewayError, isMissing, messageOf } from '../../shared/errors.js';
import { writeAtomically } from '../../shared/write-atomically.js';

const secretSchema = z.object({
  text: z.string(),
  /** When it stops signing, epoch milliseconds; the present one has no end. */
  untilMs: z.number().optional(),
});

const endpointSchema = z.object({
  id: z.string(),
  url: z.string(),
  description: z.string(),
  events: z.array(z.enum(NOTIFICATION_TYPES)),
  devices: z.array(z.string()).optional(),
  createdAtMs: z.number(),
  /** The newest first. */
  secrets: z.array(secretSchema).min(1),
  disabled: z.object({ reason: z.enum(['gone', 'by-hand']), atMs: z.number() }).optional(),
});

/** An endpoint as it is kept, secrets included: in a file that only the gateway's user may read. */
export type EndpointRecord = Readonly<z.infer<typeof endpointSchema>>;

const fileSchema = z.object({ version: z.literal(1), endpoints: z.array(endpointSchema) });

/** Where the endpoints of a data folder lie. */
export function endpointsPath({ dataDir }: { readonly dataDir: string }): string {
  return join(dataDir, 'webhooks', 'endpoints.json');
}

/**
 * Reads all endpoints; none where there is no file.
 *
 * @throws GatewayError `CONFIG_INVALID` when the file is not one of endpoints
 */
export async function readEndpoints(path: string): Promise<readonly EndpointRecord[]> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(path, 'utf8'))).endpoints;
  } catch (error) {
    if (isMissing(error)) return [];
    // The parser's own message would quote the file.
    const words = error instanceof SyntaxError ? 'it is not JSON' : messageOf(error);
    throw new GatewayError(
      'CONFIG_INVALID',
      `${path} is not a file of webhooks: ${words}; restore it from a backup, or remove it`,
    );
  }
}

/** Replaces all endpoints, whole or not at all. @throws GatewayError `DISK_UNAVAILABLE` (retryable) */
export async function writeEndpoints(path: string, endpoints: readonly EndpointRecord[]): Promise<void> {
  await writeAtomically(path, `${JSON.stringify({ version: 1, endpoints }, undefined, 2)}\n`);
}

/** The secrets that sign at a time, the newest first. */
export function secretsAt({ secrets }: EndpointRecord, nowMs: number): string[] {
  return secrets.filter(({ untilMs }) => untilMs === undefined || untilMs > nowMs).map(({ text }) => text);
}

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
export function isWanted({ events, devices, disabled }: EndpointRecord, notification: Notification): boolean {
  if (disabled !== undefined || !events.includes(notification.type)) return false;
  return devices === undefined || devices.includes(notification.device);
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
