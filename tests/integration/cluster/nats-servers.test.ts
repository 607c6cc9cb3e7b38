import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { expect, it } from 'vitest';
import { openSharedMemory } from '../../../src/cluster/connect-nats.js';
import { eventually, PATIENCE_MS } from '../../helpers/eventually.js';
import { startNats } from '../../helpers/start-nats.js';

it(
  'three servers keep a stream that outlives one of them, and the one that comes back',
  async () => {
    await using nats = await startNats({ servers: 3 });
    const connection = await connect({ servers: [...nats.urls] });
    try {
      const manager = await jetstreamManager(connection);
      // Each is well before all know of one another.
      const settings = { name: 'LOG', subjects: ['log.>'], num_replicas: 3 };
      const stream = await eventually(
        () => manager.streams.add(settings),
        () => true,
      );
      const leader = Number(stream.cluster?.leader?.replace('server-', ''));
      await jetstream(connection).publish('log.first', 'kept');
      await nats.kill(leader);

      const readable = async () =>
        (await manager.streams.getMessage('LOG', { last_by_subj: 'log.first' }))?.string();
      await expect.poll(() => readable().catch(() => undefined)).toBe('kept');

      await nats.restart(leader);
      await nats.healthy();
      const { cluster } = await manager.streams.info('LOG');
      expect(cluster?.leader).not.toBe(`server-${leader}`);
      const offline = async () => {
        const { cluster: now } = await manager.streams.info('LOG');
        return now?.replicas?.map((replica) => replica.offline ?? false);
      };
      await expect.poll(offline).toEqual([false, false]);
    } finally {
      await connection.close();
    }
  },
  3 * PATIENCE_MS,
);

it('too few servers for the copies are waited for, and the gateway says so', async () => {
  await using nats = await startNats({ servers: 3 });
  const stop = new AbortController();
  const reasons: string[] = [];
  const layout = { name: 'test', partitions: 2, replicas: 5, logBytes: 24_000_000 };
  const opened = openSharedMemory({ servers: nats.urls, name: 'test' }, layout, {
    signal: stop.signal,
    onWaiting: (reason) => {
      reasons.push(reason);
      if (reason.includes('as many servers as copies')) stop.abort();
    },
  });
  await expect(opened, reasons.join('; ')).rejects.toMatchObject({ code: 'CLOSED' });
});

it('one server keeps its messages over a restart', async () => {
  await using nats = await startNats();
  const connection = await connect({
    servers: [...nats.urls],
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
  });
  try {
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'LOG', subjects: ['log.>'] });
    await jetstream(connection).publish('log.first', 'kept');
    await nats.kill(0);
    await nats.restart(0);
    await nats.healthy();
    await expect
      .poll(() => manager.streams.getMessage('LOG', { seq: 1 }).catch(() => undefined))
      .toBeTruthy();
  } finally {
    await connection.close();
  }
});
