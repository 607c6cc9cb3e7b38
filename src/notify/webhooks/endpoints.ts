import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Observable, Subject } from 'rxjs';
import { z } from 'zod';
import { NOTIFICATION_TYPES, type Notification } from '../../domain/notification.js';
import type { EndpointChange, NewEndpoint } from '../../domain/webhooks.js';
import { GatewayError, isMissing, messageOf } from '../../shared/errors.js';
import { writeAtomically } from '../../shared/files.js';

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
  /** When it was disabled last, for those who hear of an event later than it happened. */
  paused: z.object({ fromMs: z.number(), toMs: z.number() }).optional(),
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

const MAX_ENDPOINTS = 100;

/**
 * The endpoints of a file, one change after the other; each holds once the whole file is on the disk.
 * Every change throws a GatewayError: `DISK_UNAVAILABLE` (retryable), `NOT_FOUND` for an endpoint that is not there.
 */
export class EndpointRecords {
  readonly #path: string;
  readonly #changes = new Subject<void>();
  #records: ReadonlyMap<string, EndpointRecord>;
  #changing: Promise<unknown> = Promise.resolve();

  constructor(path: string, records: readonly EndpointRecord[]) {
    this.#path = path;
    this.#records = new Map(records.map((record) => [record.id, record]));
  }

  /** Something was changed. */
  get changes$(): Observable<void> {
    return this.#changes;
  }

  has(id: string): boolean {
    return this.#records.has(id);
  }

  all(): readonly EndpointRecord[] {
    return [...this.#records.values()];
  }

  find(id: string): EndpointRecord | undefined {
    return this.#records.get(id);
  }

  /** @throws GatewayError `NOT_FOUND` */
  get(id: string): EndpointRecord {
    const record = this.#records.get(id);
    if (record === undefined) throw new GatewayError('NOT_FOUND', `there is no webhook ${id}`);
    return record;
  }

  /** @throws GatewayError `INPUT_REFUSED` when there are too many */
  add(record: EndpointRecord): Promise<void> {
    return this.#change((records) => {
      if (records.size >= MAX_ENDPOINTS) {
        throw new GatewayError('INPUT_REFUSED', `there are ${MAX_ENDPOINTS} webhooks already`);
      }
      records.set(record.id, record);
    });
  }

  replace(id: string, change: (record: EndpointRecord) => EndpointRecord): Promise<void> {
    return this.#change((records) => records.set(id, change(this.get(id))));
  }

  remove(id: string): Promise<void> {
    return this.#change((records) => records.delete(this.get(id).id));
  }

  /** Takes over what another gateway has changed; `undefined` for what is gone. What is no endpoint is left out. */
  take(changes: ReadonlyMap<string, unknown>): Promise<void> {
    return this.#change((records) => {
      for (const [id, value] of changes) {
        const record = endpointSchema.optional().safeParse(value);
        if (!record.success) continue;
        if (record.data === undefined) records.delete(id);
        else records.set(id, record.data);
      }
    });
  }

  /** Resolves when no change is under way. */
  async settled(): Promise<void> {
    await this.#changing;
  }

  async #change(edit: (records: Map<string, EndpointRecord>) => unknown): Promise<void> {
    const done = this.#changing.then(async () => {
      const records = new Map(this.#records);
      edit(records);
      const file = { version: 1, endpoints: [...records.values()] };
      await writeAtomically(this.#path, `${JSON.stringify(file, undefined, 2)}\n`);
      this.#records = records;
      this.#changes.next();
    });
    this.#changing = done.catch(() => undefined);
    await done;
  }
}

/** What people may see of an endpoint: all but its secrets. */
export function publicPart(record: EndpointRecord, nowMs: number) {
  const { id, url, description, events, devices, createdAtMs, disabled, secrets } = record;
  const untilMs = secrets[1]?.untilMs;
  const previousSecretUntilMs = untilMs !== undefined && untilMs > nowMs ? untilMs : undefined;
  return { id, url, description, events, devices, createdAtMs, disabled, previousSecretUntilMs };
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
    url,
    description: wanted.description ?? '',
    events: [...new Set(wanted.events)],
    ...(wanted.devices === undefined ? {} : { devices: [...wanted.devices] }),
    createdAtMs: nowMs,
    secrets: [{ text: secret }],
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

/** Whether an endpoint is to be told now. */
export function isWanted(record: EndpointRecord, notification: Notification): boolean {
  return record.disabled === undefined && wants(record, notification);
}

/** Whether an endpoint is to be told, now or once it is enabled. */
export function wants({ events, devices }: EndpointRecord, { type, device }: Notification): boolean {
  return events.includes(type) && (devices === undefined || devices.includes(device));
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
    ...(disabled !== undefined && !isDisabled ? { paused: { fromMs: disabled.atMs, toMs: nowMs } } : {}),
    ...(isDisabled ? { disabled: disabled ?? { reason: 'by-hand' as const, atMs: nowMs } } : {}),
  };
}
