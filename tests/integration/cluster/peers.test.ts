import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinCluster } from '../../../src/cluster/join-cluster.js';
import { configSchema } from '../../../src/config/schema.js';
import type { DeviceId } from '../../../src/domain/ids.js';
import type { LiveEvent, LiveFeed } from '../../../src/http/live-feed.js';
import { systemClock } from '../../../src/shared/clock.js';
import { Closers } from '../../../src/shared/lifetime.js';
import { deviceId } from '../../helpers/make-results.js';
import { type Nats, startNats } from '../../helpers/start-nats.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const ANNA = deviceId('anna');
const BEN = deviceId('ben.2');

describe('gateways of one cluster', () => {
  let nats: Nats;
  beforeAll(async () => {
    nats = await startNats();
  });
  afterAll(async () => {
    await nats[Symbol.asyncDispose]();
  });

  /** A gateway without phones. @param kept what it alone has of devices */
  async function join(dataDir: string, kept = new Set<DeviceId>()) {
    const shutOut: DeviceId[] = [];
    const closers = new Closers();
    const cluster = { servers: nats.urls, partitions: 2, replicas: 1, logBytes: 30_000_000 };
    const config = configSchema.parse({
      dataDir,
      cluster,
      http: { port: 0 },
      store: { type: 'influxdb', influxdb: { url: 'http://127.0.0.1:1' } },
    });
    const logger = pino({ level: 'silent' });
    const peers = await joinCluster(config, { clock: systemClock, logger, version: 'test' }, closers);
    const retained = new Map<string, string>();
    await peers.publisher({
      publish: (topic, payload) => {
        retained.set(topic, payload);
        return Promise.resolve();
      },
    });
    const forget = (device: DeviceId) => {
      kept.delete(device);
      return Promise.resolve({ device, removed: true, parts: [] });
    };
    const { before, after } = await peers.forgetting({
      nowMs: Date.now,
      shutOut: (device) => {
        shutOut.push(device);
        return Promise.resolve();
      },
      forget,
      holds: (device) => Promise.resolve(kept.has(device)),
      forgetLeft: async (device) => void (await forget(device)),
    });
    return {
      peers,
      retained,
      kept,
      shutOut,
      erasables: [...before, ...after],
      [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
    };
  }

  const online = (id: DeviceId, atMs: number): LiveEvent => ({
    type: 'device',
    data: { id, online: true, atMs },
  });
  const eventsAfter = (feed: LiveFeed, sequence: number): LiveEvent[] => {
    const cursor = feed.subscribe(sequence, () => undefined);
    const events: LiveEvent[] = [];
    for (let next = cursor.next(); next !== undefined; next = cursor.next()) events.push(next.event);
    cursor.close();
    return events;
  };

  it('have the same live events under the same numbers, those that come later too', async () => {
    await using one = await temporaryFolder();
    await using other = await temporaryFolder();
    await using east = await join(one.path);
    east.peers.liveFeed.publish(online(ANNA, 1));
    await expect.poll(() => east.peers.liveFeed.lastSequence).toBe(1);
    await using west = await join(other.path);
    expect(west.peers.liveFeed.lastSequence).toBe(1);
    west.peers.liveFeed.publish(online(BEN, 2));
    for (const { peers } of [east, west]) {
      await expect.poll(() => peers.liveFeed.lastSequence).toBe(2);
      expect(eventsAfter(peers.liveFeed, 0)).toEqual([online(ANNA, 1), online(BEN, 2)]);
      expect(eventsAfter(peers.liveFeed, 1)).toEqual([online(BEN, 2)]);
    }
    expect(east.peers.liveFeed.epoch).toBe(west.peers.liveFeed.epoch);
  });

  it('say the same retained messages at all brokers, and take them back', async () => {
    await using one = await temporaryFolder();
    await using other = await temporaryFolder();
    await using east = await join(one.path);
    const topic = 'alongside/ben.2/status';
    const publisher = await east.peers.publisher({ publish: () => Promise.resolve() });
    await publisher.publish(topic, 'yes', { retain: true, qos: 1 });
    await using west = await join(other.path);
    for (const { retained } of [east, west]) await expect.poll(() => retained.get(topic)).toBe('yes');
    await publisher.publish(topic, '', { retain: true, qos: 1 });
    for (const { retained } of [east, west]) await expect.poll(() => retained.get(topic)).toBe('');
  });

  it('answer one another, and know that nobody has the phones', async () => {
    await using one = await temporaryFolder();
    await using other = await temporaryFolder();
    await using east = await join(one.path);
    await using west = await join(other.path);
    const questions = [east, west].map(({ peers }, index) =>
      peers.question('sum', (added: number) => index + added),
    );
    await expect
      .poll(async () => {
        const sum = await questions[0]?.all(10);
        return { ...sum, answers: sum?.answers.toSorted() };
      })
      .toEqual({ answers: [10, 11], isComplete: false });
    await expect(questions[0]?.ownerOf(ANNA, 1)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      retryable: true,
    });
  });

  it('forget a device together, one that was away when it comes back', async () => {
    await using one = await temporaryFolder();
    await using other = await temporaryFolder();
    await using third = await temporaryFolder();
    await using east = await join(one.path, new Set([ANNA, BEN]));
    await using west = await join(other.path, new Set([ANNA, BEN]));
    const [log, others, events, names, state] = east.erasables;
    east.peers.liveFeed.publish(online(ANNA, 3));
    await expect.poll(() => events?.holds(ANNA)).toBe(true);
    await expect.poll(() => others?.holds(ANNA)).toBe(true);
    // Nobody has its partition here, so nobody can say that no door lets it in.
    const closed = log?.forget(ANNA);
    await expect.poll(() => [east.shutOut, west.shutOut]).toEqual([[], [ANNA]]);
    expect([...west.kept]).toEqual([ANNA, BEN]);
    await events?.forget(ANNA);
    await names?.forget(ANNA);
    await state?.forget(ANNA);
    const asked = others?.forget(ANNA).catch(String);
    await expect.poll(() => [...west.kept]).toEqual([BEN]);
    await using back = await join(third.path, new Set([ANNA, BEN]));
    expect([...back.kept]).toEqual([BEN]);
    expect(await Promise.all(east.erasables.map((part) => part.holds(ANNA)))).not.toContain(true);
    expect(await asked).toContain('one does not answer');
    await closed;
  });
});
