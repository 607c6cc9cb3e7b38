import { z } from 'zod';
import type { Notification, NotificationType } from '../../../src/domain/notification.js';
import { eventually } from '../../helpers/eventually.js';
import type { ReceivedWebhook } from '../../helpers/webhook-receiver.js';
import type { ClusterWorld } from './cluster-world.js';

/** What is found out from the log alone: presence is not compared. */
const TYPES: readonly NotificationType[] = ['status.changed', 'alert.raised', 'alert.cleared'];

const createdSchema = z.object({ id: z.string() });
const waitingSchema = z.object({ waiting: z.number() });

/** Makes a webhook at one gateway; resolves to its id. */
export async function addWebhook({ gateways, receiver }: ClusterWorld): Promise<string> {
  const response = await fetch(new URL('/v1/webhooks', gateways[0]?.process.process.http), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url: `${receiver.url}/cluster`, events: TYPES }),
  });
  return createdSchema.parse(await response.json()).id;
}

/** Resolves when nothing waits for a webhook, as the gateway that is asked last says. */
export async function untilDelivered({ gateways }: ClusterWorld, webhook: string): Promise<void> {
  await eventually(
    async () => await gateways.at(-1)?.process.process.get(`/v1/webhooks/${webhook}`, waitingSchema),
    (endpoint) => endpoint?.waiting === 0,
  );
}

/**
 * What was told otherwise than it happened.
 *
 * @param mostDoubles each gateway that dies may leave one event that is told twice
 */
export function wronglyTold(
  happened: readonly Notification[],
  received: readonly ReceivedWebhook[],
  mostDoubles: number,
): string[] {
  const expected = new Map(
    happened.filter(({ type }) => TYPES.includes(type)).map((event) => [event.id, event]),
  );
  const firsts = new Map(received.toReversed().map((webhook) => [webhook.id, webhook]));
  const missing = [...expected.values()]
    .filter(({ id }) => !firsts.has(id))
    .map((event) => `never came: ${JSON.stringify(event)}`);
  const others = [...firsts.keys()].filter((id) => !expected.has(id)).map((id) => `${id} never happened`);
  const doubles = received.length - firsts.size;
  const tooMany = doubles > mostDoubles ? [`${doubles} came twice`] : [];
  return [...missing, ...others, ...tooMany, ...outOfOrder([...firsts.values()].reverse())];
}

/** Changes of a device's target that came before an earlier one. */
function outOfOrder(received: readonly ReceivedWebhook[]): string[] {
  const lastMs = new Map<string, number>();
  return received.flatMap(({ id, body: { type, data } }) => {
    if (type !== 'status.changed') return [];
    const key = `${data.device} ${String(data['target'])}`;
    const sinceMs = Number(data['sinceMs']);
    const isLate = sinceMs < (lastMs.get(key) ?? 0);
    lastMs.set(key, sinceMs);
    return isLate ? [`${id} of ${key} came late`] : [];
  });
}
