import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSharedMemory, type SharedMemory } from '../../../src/cluster/connect-nats.js';
import { EventQueues } from '../../../src/cluster/event-queues.js';
import { AddressGuard } from '../../../src/notify/webhooks/address-guard.js';
import { startWebhooks, type Webhooks } from '../../../src/notify/webhooks/webhooks.js';
import { systemClock } from '../../../src/shared/clock.js';
import { deviceId } from '../../helpers/make-results.js';
import { type Nats, startNats } from '../../helpers/start-nats.js';
import { type TemporaryFolder, temporaryFolder } from '../../helpers/temporary-folder.js';
import { FAILED, notification, OK } from '../../helpers/webhook-world.js';

interface Gateway {
  readonly memory: SharedMemory;
  readonly webhooks: Webhooks;
}

const ANNA = deviceId('anna');
const NAMES = ['east', 'west'] as const;

describe('webhooks of gateways that share phones', () => {
  let nats: Nats;
  let folder: TemporaryFolder;
  let gateways: Gateway[];
  let sender: (typeof NAMES)[number];
  let posted: string[];
  /** Whom the receiver does not answer well, but for tests. */
  let failing: string;

  beforeAll(async () => {
    [nats, folder] = [await startNats(), await temporaryFolder()];
    gateways = await Promise.all(NAMES.map(start));
  });
  afterAll(async () => {
    for (const { webhooks, memory } of gateways ?? []) {
      await webhooks[Symbol.asyncDispose]();
      await memory[Symbol.asyncDispose]();
    }
    await folder[Symbol.asyncDispose]();
    await nats[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    [sender, posted, failing] = ['east', [], 'nobody'];
  });

  async function start(name: (typeof NAMES)[number]): Promise<Gateway> {
    const layout = { name: 'test', partitions: 1, replicas: 1, logBytes: 10_000_000 };
    const memory = await openSharedMemory({ servers: nats.urls, name }, layout);
    const hooks = { onFailed: () => undefined, onDropped: () => undefined };
    const webhooks = await startWebhooks({
      path: join(folder.path, `${name}.json`),
      queues: new EventQueues({ memory, hooks, isSender: () => sender === name }),
      guard: new AddressGuard({ allowPrivate: true, allowNetworks: [] }),
      clock: systemClock,
      retry: { retrySeconds: [0.3, 60, 60, 60, 60, 60], random: () => 0 },
      send: async ({ headers }) => {
        const id = headers['webhook-id'] ?? '';
        if (!id.startsWith('evt_test')) posted.push(`${name} ${id}`);
        await sleep(1);
        return name === failing && !id.startsWith('evt_test') ? FAILED : OK;
      },
      hooks: { ...hooks, onAttempted: () => undefined, onDisabled: () => undefined },
    });
    return { memory, webhooks };
  }

  const of = (name: (typeof NAMES)[number]): Webhooks => {
    const gateway = gateways[NAMES.indexOf(name)];
    if (gateway === undefined) throw new Error('it was not started');
    return gateway.webhooks;
  };
  /** Both have it, as by their shared settings. */
  async function addWebhook(devices?: readonly string[]): Promise<string> {
    const url = 'http://127.0.0.1:9/';
    const { endpoint } = await of('east').create({ url, events: ['device.online'], devices });
    await copy(endpoint.id);
    return endpoint.id;
  }
  const copy = (id: string) => of('west').shared.take(new Map([[id, of('east').shared.all().get(id)]]));
  afterEach(async () => {
    for (const id of of('east').shared.all().keys()) {
      await of('east').remove(id);
      await of('west').shared.take(new Map([[id, undefined]]));
    }
    const left = await gateways[0]?.memory.manager.consumers.list('ALONGSIDE_EVENTS').next();
    expect(left).toEqual([]);
  });

  it('send what both have found out once, in order, and not what others happened to', async () => {
    const id = await addWebhook(['anna']);
    for (const name of NAMES) {
      for (const nth of [1, 2, 3]) of(name).accept(notification(nth));
      of(name).accept(notification(4, 'device.online', 'ben'));
      of(name).accept(notification(5, 'device.offline'));
      await of(name).flush();
    }
    await expect.poll(() => posted).toHaveLength(3);
    await expect.poll(async () => (await of('west').get(id)).waiting).toBe(0);
    expect(posted).toEqual(['east evt_1', 'east evt_2', 'east evt_3']);
    expect(await of('west').deliveries(id, 2)).toMatchObject([
      { eventId: 'evt_3', outcome: 'delivered' },
      { eventId: 'evt_2', outcome: 'delivered' },
    ]);
  });

  let tried = 0;
  it('go on at another gateway with what failed, under the same id, and what is waited for', async () => {
    // A test that is tried again must have events of its own: NATS passes over an id that it has seen lately.
    tried += 1;
    const [first, second] = [100 * tried + 11, 100 * tried + 12];
    failing = 'east';
    const id = await addWebhook();
    for (const nth of [first, second]) of('west').accept(notification(nth));
    await expect.poll(() => posted).toEqual([`east evt_${first}`, `east evt_${first}`]);
    await expect.poll(async () => (await of('west').get(id)).lastDelivery?.attempt).toBe(2);
    const waiting = (await of('west').waiting(id, 10)).map(({ eventId }) => eventId);
    expect(waiting).toEqual([`evt_${first}`, `evt_${second}`]);
    sender = 'west';
    // A test that arrives, from whichever gateway, ends the wait of a minute; and the attempts are those of both.
    await expect
      .poll(async () => {
        await of('east').test(id);
        return posted.slice(-2);
      })
      .toEqual([`west evt_${first}`, `west evt_${second}`]);
    expect(new Set(posted.slice(0, -2))).toEqual(new Set([`east evt_${first}`]));
    await expect.poll(async () => (await of('east').get(id)).waiting).toBe(0);
    const [last, before] = (await of('east').deliveries(id, 20)).filter(
      ({ type }) => type !== 'webhook.test',
    );
    expect(last).toMatchObject({ eventId: `evt_${second}`, attempt: 1 });
    expect(before).toMatchObject({ eventId: `evt_${first}`, outcome: 'delivered' });
    // The one that hands over may be trying while the other begins: both attempts have the same number then.
    expect([posted.length - 1, posted.length - 2]).toContain(before?.attempt);
    expect(before?.attempt).toBeGreaterThan(2);
  });

  it('send nothing of the time in which they are disabled', async () => {
    const id = await addWebhook();
    await of('east').change(id, { enabled: false });
    of('east').accept(notification(21));
    await of('east').flush();
    await sleep(20);
    await of('east').change(id, { enabled: true });
    of('east').accept(notification(22));
    await expect.poll(() => posted).toEqual(['east evt_22']);
    await expect.poll(async () => (await of('east').get(id)).waiting).toBe(0);
  });

  it('send one again when asked to, and forget a device', async () => {
    const id = await addWebhook();
    of('east').accept(notification(31));
    await expect.poll(async () => (await of('east').deliveries(id, 1))[0]?.outcome).toBe('delivered');
    await of('west').resend(id, 'evt_31');
    await expect.poll(() => posted).toEqual(['east evt_31', 'east evt_31']);
    await expect.poll(async () => (await of('east').deliveries(id, 9)).length).toBe(2);
    expect(await of('west').erasable.holds(ANNA)).toBe(true);
    await of('west').erasable.forget(ANNA);
    expect(await of('east').erasable.holds(ANNA)).toBe(false);
    expect(await of('east').deliveries(id, 9)).toEqual([]);
  });
});
