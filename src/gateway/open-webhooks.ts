import { join } from 'node:path';
import { asyncScheduler } from 'rxjs';
import type { Config } from '../config/schema.js';
import { trustedAuthorities } from '../config/secret-files.js';
import type { Erasable } from '../domain/erasable.js';
import { AddressGuard } from '../notify/webhooks/address-guard.js';
import {
  type DeliveryQueues,
  erasableDeliveries,
  type QueueHooks,
} from '../notify/webhooks/delivery-queue.js';
import { DiskQueue, DiskQueues, type EndpointLimits } from '../notify/webhooks/disk-queues.js';
import { endpointsPath, readEndpoints } from '../notify/webhooks/endpoints.js';
import { createSender } from '../notify/webhooks/send.js';
import { startWebhooks, type Webhooks } from '../notify/webhooks/webhooks.js';
import type { Clock } from '../shared/clock.js';
import { createLmdbOutbox } from '../storage/outbox/lmdb-outbox.js';
import type { Outbox } from '../storage/outbox/outbox.js';
import type { Events } from '../telemetry/events.js';
import type { Peers } from './peers.js';

const DAY_MS = 86_400_000;
const MAX_LOG_BYTES = 2_000_000;

export interface WebhookParts {
  readonly clock: Clock;
  readonly events: Events;
  readonly peers: Pick<Peers, 'queues'>;
}

/** Starts delivering events to the endpoints of the data folder. */
export async function openWebhooks(
  config: Config,
  { clock, events, peers }: WebhookParts,
): Promise<Webhooks> {
  const { caFile, timeoutMs, retrySeconds } = config.webhooks;
  const guard = new AddressGuard(config.webhooks);
  const ca = await trustedAuthorities('webhooks.caFile', caFile);
  const hooks = { onDropped: events.webhookDropped, onFailed: events.webhookFailed };
  const webhooks = await startWebhooks({
    clock,
    guard,
    queues: peers.queues?.(hooks) ?? diskQueues(config, { clock, events }, hooks),
    path: endpointsPath(config),
    send: createSender({ guard, clock, timeoutMs, ca }),
    retry: { retrySeconds, random: Math.random },
    hooks: {
      onAttempted: ({ outcome }) => events.webhookAttempted(outcome),
      onDisabled: events.webhookDisabled,
      onFailed: hooks.onFailed,
    },
  });
  return webhooks;
}

function diskQueues(
  config: Config,
  { clock, events }: Pick<WebhookParts, 'clock' | 'events'>,
  hooks: QueueHooks,
): DeliveryQueues {
  const outbox = webhookOutbox(config, clock, events);
  return new DiskQueues({ outbox, clock, hooks, limits: limitsOf(config), scheduler: asyncScheduler });
}

/** What webhooks keep of devices while no gateway runs. */
export async function webhooksOnDisk(config: Config, outbox: Outbox): Promise<Erasable> {
  const endpoints = await readEndpoints(endpointsPath(config));
  return erasableDeliveries(() => endpoints.map(({ id }) => new DiskQueue(outbox, id, limitsOf(config))));
}

/** Of its own: the one of the store is only there where the store may be away. */
export function webhookOutbox(
  { dataDir }: Pick<Config, 'dataDir'>,
  clock: Clock,
  events?: Pick<Events, 'outboxSetAside'>,
): Outbox {
  return createLmdbOutbox({
    path: join(dataDir, 'webhooks', 'outbox'),
    clock,
    onSetAside: (aside, detail) => events?.outboxSetAside(aside, detail),
  });
}

function limitsOf({ webhooks }: Config): EndpointLimits {
  const { maxWaitingBytes, logDays } = webhooks;
  return { maxWaitingBytes, maxLogBytes: MAX_LOG_BYTES, logForMs: logDays * DAY_MS };
}
