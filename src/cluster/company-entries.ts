import type { JetStreamClient } from '@nats-io/jetstream';
import { z } from 'zod';
import { COMPANY_STATUSES, type CompanyChange } from '../domain/company.js';
import type { DeviceId } from '../domain/ids.js';
import type { CompanyUpdate } from '../domain/store.js';
import { logSubject } from './cluster-streams.js';
import { escapeName, type PartitionOf } from './partition.js';

/** Kind of what the owner of a pair writes into the logs of its two devices; no device sends such a message. */
export const COMPANY_KIND = 'company';
const TAKEN_WITHIN_MS = 2000;

const changeSchema = z.object({
  with: z.string(),
  status: z.enum(COMPANY_STATUSES),
  sinceMs: z.number(),
  atMs: z.number(),
  probability: z.number(),
});

/**
 * Writes what was found out of a pair into the log of each of the two: what follows from it is then a function of the logs, as
 * everything else is. Written again by another owner it is there once, or says what is known.
 *
 * @throws Error when a log does not take it
 */
export async function logChange(
  { log, partitionOf }: { readonly log: Pick<JetStreamClient, 'publish'>; readonly partitionOf: PartitionOf },
  { first, second, ...change }: CompanyChange,
): Promise<void> {
  for (const [device, other] of [
    [first, second],
    [second, first],
  ] as const) {
    const subject = logSubject(partitionOf(device), escapeName(device), COMPANY_KIND);
    const msgID = [COMPANY_KIND, device, other, change.status, change.sinceMs, change.atMs].join(' ');
    await log.publish(subject, JSON.stringify({ with: other, ...change }), {
      msgID,
      timeout: TAKEN_WITHIN_MS,
      retries: 0,
    });
  }
}

/** Inverse of {@link logChange}, of one of the two devices; `undefined` for what is none. */
export function readChange(device: DeviceId, data: Uint8Array): CompanyUpdate | undefined {
  const { success, data: change } = changeSchema.safeParse(parse(data));
  // Gateways of one cluster write names that were checked.
  return success ? { ...change, device, with: change.with as DeviceId } : undefined;
}

function parse(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString());
  } catch {
    return undefined;
  }
}
