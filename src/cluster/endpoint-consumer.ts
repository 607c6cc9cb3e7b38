import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { EndpointRecord } from '../notify/webhooks/endpoints.js';
import {
  ATTEMPTS_STREAM,
  againSubject,
  attemptSubject,
  EVENTS_STREAM,
  eventSubject,
} from './cluster-streams.js';
import type { SharedMemory } from './connect-nats.js';
import { escapeName } from './partition.js';

type Memory = Pick<SharedMemory, 'manager'>;

/** A gateway that says nothing of the event that it has for so long sends it no more, milliseconds; then another gets it. */
export const ACK_WAIT_MS = 10_000;

export function consumerOf(endpoint: string): string {
  return `hook-${endpoint}`;
}

/** Makes the consumer of an endpoint, which begins with what happens from now on, or lets it give out what is wanted now. */
export async function ensureConsumer({ manager }: Memory, record: EndpointRecord): Promise<void> {
  const name = consumerOf(record.id);
  const filter_subjects = filtersOf(record);
  const there = await manager.consumers.info(EVENTS_STREAM, name).catch(() => undefined);
  if (there === undefined) {
    const { state } = await manager.streams.info(EVENTS_STREAM);
    await manager.consumers.add(EVENTS_STREAM, {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ACK_WAIT_MS),
      max_ack_pending: 1,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: state.last_seq + 1,
      filter_subjects,
    });
  } else if (JSON.stringify(there.config.filter_subjects) !== JSON.stringify(filter_subjects)) {
    await manager.consumers.update(EVENTS_STREAM, name, { filter_subjects });
  }
}

/** Removes what there is of an endpoint; nothing where another gateway has done so. */
export async function removeEndpoint({ manager }: Memory, endpoint: string): Promise<void> {
  await manager.consumers.delete(EVENTS_STREAM, consumerOf(endpoint)).catch(() => false);
  await manager.streams.purge(EVENTS_STREAM, { filter: againSubject(endpoint, '*') });
  await manager.streams.purge(ATTEMPTS_STREAM, { filter: attemptSubject(endpoint) });
}

function filtersOf({ id, events, devices }: EndpointRecord): string[] {
  const names = devices?.map(escapeName) ?? ['*'];
  const wanted = events.flatMap((type) => names.map((name) => eventSubject(escapeName(type), name)));
  return [...wanted, againSubject(id, '*')];
}
