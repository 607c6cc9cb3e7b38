import { type DBSchema, openDB } from 'idb';
import type { Outbox, Payload } from './outbox.js';

interface OutboxSchema extends DBSchema {
  readonly messages: {
    readonly key: number;
    readonly value: { readonly topic: string; readonly payload: Payload };
  };
}

/** Two hours at a message a second, some 100 MB at most. */
const MOST_MESSAGES = 7200;

/** Keeps messages in the browser's database, so that they outlive the page. */
export async function openIndexedOutbox(): Promise<Outbox> {
  const database = await openDB<OutboxSchema>('alongside-outbox', 1, {
    upgrade: (fresh) => void fresh.createObjectStore('messages', { autoIncrement: true }),
  });
  let count = await database.count('messages');
  return {
    add: async (topic, payload) => {
      const transaction = database.transaction('messages', 'readwrite');
      await transaction.store.add({ topic, payload });
      count += 1;
      let dropped = 0;
      for (let cursor = await transaction.store.openCursor(); cursor !== null && count > MOST_MESSAGES; ) {
        await cursor.delete();
        count -= 1;
        dropped += 1;
        cursor = await cursor.continue();
      }
      await transaction.done;
      return dropped;
    },
    after: async (key, limit) => {
      const range = Number.isFinite(key) ? IDBKeyRange.lowerBound(key, true) : undefined;
      const store = database.transaction('messages').store;
      const [keys, values] = await Promise.all([store.getAllKeys(range, limit), store.getAll(range, limit)]);
      return values.map((value, index) => ({ key: keys[index] ?? 0, ...value }));
    },
    remove: async (key) => {
      const transaction = database.transaction('messages', 'readwrite');
      const known = await transaction.store.count(key);
      await transaction.store.delete(key);
      await transaction.done;
      count -= known;
    },
    count: () => Promise.resolve(count),
    clear: async () => {
      await database.clear('messages');
      count = 0;
    },
  };
}
