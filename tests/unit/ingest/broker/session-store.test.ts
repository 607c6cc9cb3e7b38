import { describe, expect, it } from 'vitest';
import { createSessionStore } from '../../../../src/ingest/broker/session-store.js';

/** What aedes calls. */
interface Persistence {
  outgoingEnqueueCombi(sessions: { clientId: string }[], packet: object): Promise<void>;
  outgoingUpdate(client: { id: string }, packet: object): Promise<void>;
  outgoingClearMessageId(client: { id: string }, packet: object): Promise<object | undefined>;
  outgoingStream(client: { id: string }): AsyncIterable<{ payload: Buffer }>;
  addSubscriptions(client: { id: string }, subscriptions: object[]): Promise<void>;
}

const LIMITS = { maxSessions: 1, maxQueuedMessages: 2, maxQueuedBytes: 100 };

function setUp(limits = LIMITS) {
  const dropped: string[] = [];
  const store = createSessionStore(limits, (clientId) => void dropped.push(clientId));
  const persistence = store.persistence as Persistence;
  let counter = 0;
  const enqueue = async (clientId: string, bytes: number): Promise<object> => {
    counter += 1;
    const packet = {
      cmd: 'publish',
      topic: 't',
      payload: Buffer.alloc(bytes),
      qos: 1,
      brokerId: 'b',
      brokerCounter: counter,
    };
    await persistence.outgoingEnqueueCombi([{ clientId }], packet);
    return { ...packet, messageId: counter };
  };
  const acknowledge = async (clientId: string, packet: object): Promise<void> => {
    await persistence.outgoingUpdate({ id: clientId }, packet);
    await persistence.outgoingClearMessageId({ id: clientId }, packet);
  };
  const queued = async (clientId: string): Promise<number> => {
    let count = 0;
    for await (const _ of persistence.outgoingStream({ id: clientId })) count += 1;
    return count;
  };
  return { store, persistence, dropped, enqueue, acknowledge, queued };
}

describe(createSessionStore, () => {
  it('keeps so many messages a session and leaves out the newest', async () => {
    const { enqueue, queued, dropped } = setUp();
    for (const clientId of ['a', 'a', 'a', 'b']) await enqueue(clientId, 1);
    expect([await queued('a'), await queued('b')]).toEqual([2, 1]);
    expect(dropped).toEqual(['a']);
  });

  it('keeps so many bytes for all sessions together', async () => {
    const { enqueue, queued, dropped } = setUp();
    await enqueue('a', 60);
    await enqueue('b', 41);
    await enqueue('b', 40);
    expect([await queued('a'), await queued('b')]).toEqual([1, 1]);
    expect(dropped).toEqual(['b']);
  });

  it('has room again for what was acknowledged', async () => {
    const { enqueue, acknowledge, queued, dropped } = setUp();
    for (let n = 0; n < 5; n++) await acknowledge('a', await enqueue('a', 100));
    await enqueue('a', 100);
    expect(await queued('a')).toBe(1);
    expect(dropped).toEqual([]);
  });

  it('knows whether another session fits, and lets those it has come back', async () => {
    const { store, persistence } = setUp();
    expect(await store.hasRoomFor('a')).toBe(true);
    await persistence.addSubscriptions({ id: 'a' }, [{ topic: 't', qos: 1 }]);
    expect([await store.hasRoomFor('a'), await store.hasRoomFor('b')]).toEqual([true, false]);
  });
});
