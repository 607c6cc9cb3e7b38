import type { Erasable } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import type { LiveEvent } from '../http/live-feed.js';
import { tellsOf } from '../http/server-sent-events.js';
import { payloadTellsOf } from '../notify/webhooks/delivery-queue.js';
import {
  againSubject,
  EVENTS_STREAM,
  eventSubject,
  LIVE_STREAM,
  liveSubject,
  logName,
  logSubject,
} from './cluster-streams.js';
import { COMPANY_KIND, readChange } from './company-entries.js';
import type { SharedMemory } from './connect-nats.js';
import { escapeName } from './partition.js';
import { readStream } from './read-stream.js';

/** Messages of one kind that may tell of others' company with a device. */
interface Place {
  readonly stream: string;
  readonly filters: readonly string[];
  readonly tells: (device: DeviceId, data: Uint8Array) => boolean;
}

/** Messages looked through for a device's name at most. */
const MOST_MESSAGES = 100_000;

/** Messages about other devices that name one, since they were together. */
export function erasableNames(memory: Pick<SharedMemory, 'log' | 'manager'>, partitions: number): Erasable {
  const find = async (device: DeviceId) => {
    const found: { readonly stream: string; readonly sequence: number }[] = [];
    for (const { stream, filters, tells } of placesIn(partitions))
      for (const { seq, data } of await readStream(memory, {
        stream,
        filters,
        from: 1,
        limit: MOST_MESSAGES,
      }))
        if (tells(device, data)) found.push({ stream, sequence: seq });
    return found;
  };
  return {
    name: 'names in company',
    forget: async (device) => {
      // Another gateway may have removed it.
      for (const { stream, sequence } of await find(device))
        await memory.manager.streams.deleteMessage(stream, sequence).catch(() => false);
    },
    holds: async (device) => (await find(device)).length > 0,
  };
}

/** Gateways of one cluster read what they write. */
function placesIn(partitions: number): Place[] {
  const logs = Array.from({ length: partitions }, (_, partition) => ({
    stream: logName(partition),
    filters: [logSubject(partition, '*', COMPANY_KIND)],
    tells: (device: DeviceId, data: Uint8Array) => readChange(device, data)?.with === device,
  }));
  const live = {
    stream: LIVE_STREAM,
    filters: [liveSubject('company', '*')],
    tells: (device: DeviceId, data: Uint8Array) =>
      tellsOf(device, JSON.parse(Buffer.from(data).toString()) as LiveEvent),
  };
  const waiting = {
    stream: EVENTS_STREAM,
    filters: [eventSubject(escapeName('company.changed'), '*'), againSubject('*', '*')],
    tells: payloadTellsOf,
  };
  return [...logs, live, waiting];
}
