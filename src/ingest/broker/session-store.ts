import createMemoryPersistence from 'aedes-persistence';
import type { BrokerLimits } from './broker-types.js';

interface KeptPacket {
  readonly payload: string | Buffer;
}

/** What is used here of aedes' store in memory. */
interface SessionMemory {
  outgoingEnqueueCombi(sessions: readonly { readonly clientId: string }[], packet: KeptPacket): Promise<void>;
  outgoingClearMessageId(client: { readonly id: string }, packet: object): Promise<KeptPacket | undefined>;
  countOffline(): Promise<{ readonly clientsCount: number }>;
  subscriptionsByClient(client: { readonly id: string }): Promise<readonly object[]>;
}

// The types of aedes-persistence 11 describe its older interface, with callbacks and another export.
const createMemory = createMemoryPersistence as unknown as () => SessionMemory;

/** Retained messages and sessions of an aedes broker. */
export interface SessionStore {
  /** To be given to aedes. */
  readonly persistence: object;
  /** Whether a client has, or may still have, a session that outlives its connection. */
  hasRoomFor(clientId: string): Promise<boolean>;
}

/**
 * Keeps retained messages and sessions in memory, the messages of sessions up to a limit: beyond it the newest are left
 * out, as mosquitto does.
 *
 * @param onDropped told the client id of a session that misses a message
 */
export function createSessionStore(
  limits: Pick<BrokerLimits, 'maxSessions' | 'maxQueuedMessages' | 'maxQueuedBytes'>,
  onDropped: (clientId: string) => void,
): SessionStore {
  const memory = createMemory();
  const enqueue = memory.outgoingEnqueueCombi.bind(memory);
  const clear = memory.outgoingClearMessageId.bind(memory);
  /** Sizes of a session's messages. Which of them left is not known for QoS 2, so the oldest is assumed. */
  const queued = new Map<string, number[]>();
  let queuedBytes = 0;
  const admit = (clientId: string, bytes: number): boolean => {
    const sizes = queued.get(clientId) ?? [];
    if (sizes.length >= limits.maxQueuedMessages || queuedBytes + bytes > limits.maxQueuedBytes) return false;
    queued.set(clientId, sizes);
    sizes.push(bytes);
    queuedBytes += bytes;
    return true;
  };
  memory.outgoingEnqueueCombi = async (sessions, packet) => {
    const admitted = sessions.filter(({ clientId }) => {
      const hasRoom = admit(clientId, packet.payload.length);
      if (!hasRoom) onDropped(clientId);
      return hasRoom;
    });
    await enqueue(admitted, packet);
  };
  memory.outgoingClearMessageId = async (client, packet) => {
    const cleared = await clear(client, packet);
    const sizes = queued.get(client.id);
    if (cleared !== undefined) queuedBytes -= sizes?.shift() ?? 0;
    if (sizes?.length === 0) queued.delete(client.id);
    return cleared;
  };
  return {
    persistence: memory,
    hasRoomFor: async (clientId) =>
      (await memory.countOffline()).clientsCount < limits.maxSessions ||
      (await memory.subscriptionsByClient({ id: clientId })).length > 0,
  };
}
