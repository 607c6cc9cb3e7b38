import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logName } from '../../../src/cluster/cluster-streams.js';
import { openSharedMemory, type SharedMemory } from '../../../src/cluster/connect-nats.js';
import { Door } from '../../../src/cluster/door.js';
import { partitionOf, rememberedPartitions } from '../../../src/cluster/partition.js';
import { type LogEntry, PartitionLog } from '../../../src/cluster/partition-log.js';
import { sayVerdict, Verdicts } from '../../../src/cluster/verdicts.js';
import type { RawMessage } from '../../../src/domain/message.js';
import { deviceId } from '../../helpers/sensor-messages.js';
import { type Nats, startNats } from '../../helpers/start-nats.js';

const PARTITIONS = 4;
const PHONE = deviceId('my.phone:1');
const A_SAMPLE = Buffer.from(
  JSON.stringify({ sensors: { accelerometer: { timeMs: [1_700_000_000_000], x: [0], y: [0], z: [9.8] } } }),
);

function messageOf(payload: Uint8Array): RawMessage {
  return {
    format: 'alongside',
    topic: 'alongside/my.phone:1/sensors',
    device: PHONE,
    payload,
    receivedAtMs: 1,
    repeat: 'redelivered',
  };
}

describe('the log of a partition', () => {
  let nats: Nats;
  let memory: SharedMemory;
  let verdicts: Verdicts;
  const refused: string[] = [];
  beforeAll(async () => {
    nats = await startNats();
    const layout = { name: 'test', partitions: PARTITIONS, replicas: 1, logBytes: 160_000_000 };
    memory = await openSharedMemory({ servers: nats.urls, name: 'test' }, layout);
    verdicts = new Verdicts(memory.connection, 'east');
  });
  afterAll(async () => {
    await memory[Symbol.asyncDispose]();
    await nats[Symbol.asyncDispose]();
  });
  const doorOf = () =>
    new Door({
      log: memory.log,
      partitionOf: rememberedPartitions(PARTITIONS),
      verdicts,
      settings: { platformOf: () => 'auto' },
      isRecorded: () => false,
      events: {
        messageReceived: () => undefined,
        messageRejected: ({ reason }) => void refused.push(reason),
      },
      clusterEvents: { notAppended: () => undefined, appendedAgain: () => undefined },
    });
  const logOf = (partition: number) => new PartitionLog(partition, memory.log, memory.manager);

  async function read(partition: number, after: number, count: number): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    const stopping = new AbortController();
    for await (const entry of logOf(partition).read(after, stopping.signal)) {
      entries.push(entry);
      if (entries.length === count) break;
    }
    return entries;
  }

  it('gives messages back as they came in at a door, in order, with the time at which it took them', async () => {
    const door = doorOf();
    const partition = partitionOf(PHONE, PARTITIONS);
    const before = await logOf(partition).lastSequence();
    await Promise.all(Array.from({ length: 50 }, (_, index) => door.deliver(messageOf(Buffer.of(index)))));
    const entries = await read(partition, before, 50);
    expect(entries.map(({ message }) => message?.payload[0])).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    );
    const [first] = entries;
    expect(first?.message).toMatchObject({ ...messageOf(Buffer.of(0)), receivedAtMs: first?.timeMs });
    expect(Math.abs((first?.timeMs ?? 0) - Date.now())).toBeLessThan(600_000);
    expect(await logOf(partition).get([before + 2, 1_000_000])).toEqual([{ ...entries[1], behind: 0 }]);
  });

  it('brings through the largest message that a phone may send, between small ones', async () => {
    const door = doorOf();
    const partition = partitionOf(PHONE, PARTITIONS);
    const before = await logOf(partition).lastSequence();
    for (const bytes of [10, 9_900_000, 20]) await door.deliver(messageOf(Buffer.alloc(bytes, 1)));
    const entries = await read(partition, before, 3);
    expect(entries.map(({ message }) => message?.payload.length)).toEqual([10, 9_900_000, 20]);
  });

  it('holds marks that time has passed, and nothing of what was cut', async () => {
    const log = logOf(0);
    const before = await log.lastSequence();
    await log.tick();
    await log.tick();
    await log.cutBefore(before + 2);
    const [left] = await read(0, before, 1);
    expect(left).toMatchObject({ sequence: before + 2, message: undefined });
  });

  it('refuses at the door what names no device, and answers a push with what it holds', async () => {
    const door = doorOf();
    const bad = {
      ...messageOf(Buffer.from('{"messageId":')),
      format: 'sensor-logger' as const,
      device: undefined,
    };
    expect(door.deliver(bad)).toBeUndefined();
    expect(refused).toEqual(['not-json']);
    expect(await door.ingest(bad)).toMatchObject({ kind: 'rejected', reason: 'not-json' });
    const good = Buffer.from(JSON.stringify({ samples: [] }));
    expect((await door.ingest(messageOf(good))).kind).toMatch(/accepted|rejected/);
  });

  it('answers a push with what the owner of its partition says of it', async () => {
    const partition = partitionOf(PHONE, PARTITIONS);
    const before = await logOf(partition).lastSequence();
    const pushed = doorOf().ingest(messageOf(A_SAMPLE));
    const [entry] = await read(partition, before, 1);
    const verdict = { kind: 'rejected', reason: 'too-many-devices', detail: 'said by its owner' } as const;
    sayVerdict(memory.connection, entry?.verdictTo ?? '', verdict);
    expect(await pushed).toEqual(verdict);
  });

  it('is full: messages wait, pushes are refused, other partitions go on; with room again it takes what waits', async () => {
    const door = doorOf();
    const [partition, other] = [partitionOf(PHONE, PARTITIONS), deviceId('ben')];
    expect(partitionOf(other, PARTITIONS)).not.toBe(partition);
    const large = messageOf(randomBytes(9_900_000));
    const waiting = Array.from({ length: 5 }, () => door.deliver(large));
    await expect.poll(() => door.problem).toMatch(/^partition \d: its log is full \(cluster.logBytes\)/);
    expect(door.refusing).toEqual([partition]);
    const pushed = door.ingest(messageOf(A_SAMPLE));
    await door.deliver({ ...messageOf(Buffer.of(1)), device: other });
    expect(door.refusing).toEqual([partition]);
    expect(await pushed).toEqual({ kind: 'busy' });
    await logOf(partition).cutBefore(await logOf(partition).lastSequence());
    await Promise.all(waiting);
    expect(door.problem).toBeUndefined();

    // Marks of time need room, too; what was done with of other devices makes it, though older messages must stay.
    const log = logOf(partition);
    const fill = (bytes: number) =>
      memory.log.publish(`al.log.${partition}.anna.alongside`, randomBytes(bytes)).catch(() => undefined);
    for (const bytes of [1_000_000, 10_000, 100, 0]) while ((await fill(bytes)) !== undefined);
    expect(await log.tick()).toBe(false);
    const state = async () => (await memory.manager.streams.info(logName(partition))).state;
    const { first_seq: kept, last_seq: last } = await state();
    await log.cutEachBefore((device) => (device === PHONE ? kept : last));
    expect(await log.tick()).toBe(true);
    expect(await state()).toMatchObject({ first_seq: kept, num_deleted: expect.any(Number) });
  });

  it('says that it is busy while the log takes nothing, and lets go of messages when it closes', async () => {
    const door = doorOf();
    door.close();
    await expect(door.deliver(messageOf(Buffer.of(1)))).rejects.toMatchObject({
      code: 'CLOSED',
      retryable: true,
    });
  });
});
