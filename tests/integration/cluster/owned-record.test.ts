import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSharedMemory, type SharedMemory } from '../../../src/cluster/connect-nats.js';
import { OwnedRecord, readRecord } from '../../../src/cluster/owned-record.js';
import { FENCE_MS, UNOWNED } from '../../../src/cluster/ownership.js';
import { changeStreams } from '../../../src/cluster/prepare-streams.js';
import { type Nats, startNats } from '../../helpers/start-nats.js';

const LAYOUT = { name: 'test', partitions: 40, replicas: 1, logBytes: 480_000_000 };
const NEVER_SEEN = { revision: 0, value: UNOWNED };

describe('owner records', () => {
  let nats: Nats;
  let memory: SharedMemory;
  let nowMs = 0;
  beforeAll(async () => {
    nats = await startNats();
    memory = await openSharedMemory({ servers: nats.urls, name: 'test' }, LAYOUT);
  });
  afterAll(async () => {
    await memory[Symbol.asyncDispose]();
    await nats[Symbol.asyncDispose]();
  });
  const edge = () => ({ bucket: memory.owners, now: () => nowMs });

  it('are taken by one of all who try', async () => {
    for (let partition = 0; partition < 20; partition += 1) {
      const takes = ['a', 'b', 'c'].map((name) =>
        OwnedRecord.take(String(partition), NEVER_SEEN, name, edge()),
      );
      const taken = (await Promise.all(takes)).filter((record) => record !== undefined);
      expect(taken).toHaveLength(1);
      expect(taken[0]?.value.token).toBe(1);
    }
  });

  it('show an owner that was away that another has the partition, and let it write nothing', async () => {
    const owned = await OwnedRecord.take('30', NEVER_SEEN, 'a', edge());
    expect(await owned?.write({ position: 7 })).toBe(true);
    const seen = await readRecord(memory.owners, '30');
    const next = await OwnedRecord.take('30', seen ?? NEVER_SEEN, 'b', edge());
    expect(next?.value).toMatchObject({ owner: 'b', token: 2, position: 7 });
    expect(await owned?.write({ position: 9 })).toBe(false);
    expect(owned?.right.isLost).toBe(true);
    expect(owned?.whenDecided()).toBeUndefined();
    expect((await readRecord(memory.owners, '30'))?.value).toMatchObject({ owner: 'b', position: 7 });
  });

  it('restore a right that lapsed only by a write that nobody came before', async () => {
    const owned = await OwnedRecord.take('31', NEVER_SEEN, 'a', edge());
    nowMs += FENCE_MS;
    expect(owned?.mayAct).toBe(false);
    const decided = owned?.whenDecided();
    expect(decided).toBeDefined();
    await owned?.renew();
    await decided;
    expect(owned?.mayAct).toBe(true);
  });

  it('are free at once when they are given up', async () => {
    const owned = await OwnedRecord.take('32', NEVER_SEEN, 'a', edge());
    await owned?.giveUp();
    expect((await readRecord(memory.owners, '32'))?.value).toMatchObject({ owner: '', token: 1 });
    expect(owned?.mayAct).toBe(false);
  });
});

describe('a cluster whose gateways are configured differently', () => {
  it('is refused with the difference', async () => {
    await using nats = await startNats();
    const address = { servers: nats.urls, name: 'test' };
    const first = await openSharedMemory(address, LAYOUT);
    await first[Symbol.asyncDispose]();
    await expect(openSharedMemory(address, { ...LAYOUT, partitions: 20 })).rejects.toThrow(
      /it has 40 partitions, and the configuration 20/,
    );
    await expect(openSharedMemory(address, { ...LAYOUT, name: 'other' })).rejects.toThrow(
      /has description "cluster test", and the configuration wants "cluster other"/,
    );
    await expect(openSharedMemory(address, { ...LAYOUT, logBytes: 960_000_000 })).rejects.toThrow(
      /ALONGSIDE_LOG_0 has max_bytes 12000000, and the configuration wants 24000000/,
    );
    await expect(
      openSharedMemory(address, { ...LAYOUT, partitions: 80, logBytes: 2 * LAYOUT.logBytes }),
    ).rejects.toThrow(/it has 40 partitions, and the configuration 80/);
  });

  it('is given other settings by a command, as far as that goes while it holds messages', async () => {
    await using nats = await startNats();
    const address = { servers: nats.urls, name: 'test' };
    await using memory = await openSharedMemory(address, LAYOUT);
    const larger = { ...LAYOUT, logBytes: 2 * LAYOUT.logBytes };
    await expect(changeStreams(memory.manager, { ...larger, partitions: 80 }, true)).rejects.toThrow(
      /it has 40 partitions, and the configuration 80/,
    );
    expect(await changeStreams(memory.manager, larger, true)).toEqual([
      'ALONGSIDE_LOG_0 has max_bytes 12000000, and the configuration wants 24000000 (and 39 others)',
    ]);
    await (await openSharedMemory(address, larger))[Symbol.asyncDispose]();
    expect(await changeStreams(memory.manager, larger, true)).toEqual([]);
    await expect(changeStreams(memory.manager, { ...larger, replicas: 3 }, true)).rejects.toThrow(
      /cannot keep 3 copies/,
    );
  });
});
