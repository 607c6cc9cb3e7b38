import { describe, expect, it } from 'vitest';
import type { DeviceCheckpoint, Journal, JournalId, JournalUpdate } from '../../src/domain/journal.js';
import type { RawMessage } from '../../src/domain/message.js';
import { deviceId } from './sensor-messages.js';

/** A place that journals can be opened on, one after the other. */
export interface JournalPlace extends AsyncDisposable {
  open(): Promise<Journal>;
}

const PHONE = deviceId('phone');
const WATCH = deviceId('watch');

export function rawMessage(text: string, overrides: Partial<RawMessage> = {}): RawMessage {
  return {
    format: 'alongside',
    topic: 'alongside/phone/sensors',
    device: PHONE,
    payload: Buffer.from(text),
    receivedAtMs: 1_700_000_000_000.25,
    ...overrides,
  };
}

export const updateOf = (update: Partial<JournalUpdate>): JournalUpdate => ({
  released: [],
  checkpoints: [],
  forgotten: [],
  ...update,
});

/** Ids and payloads of what a journal holds. */
export function textsIn(journal: Journal): [JournalId, string][] {
  return Array.from(journal.entries(), ({ id, message }) => [id, Buffer.from(message.payload).toString()]);
}

/** What every journal does alike. */
export function describeJournalContract(name: string, makePlace: () => Promise<JournalPlace>): void {
  const withPlace = (title: string, body: (place: JournalPlace) => Promise<void>) =>
    it(title, async () => {
      await using place = await makePlace();
      await body(place);
    });

  describe(`${name}: journal`, () => {
    withPlace('is empty at first', async (place) => {
      await using journal = await place.open();
      expect([...journal.entries()]).toEqual([]);
      expect([...journal.checkpoints()]).toEqual([]);
      expect(journal).toMatchObject({ size: 0, problem: undefined });
      await journal.flushed();
      await journal.update(updateOf({}));
    });

    withPlace('gives messages back as they were, in order of arrival, to the next run', async (place) => {
      const messages = [
        rawMessage('a'),
        rawMessage('', { device: undefined, topic: 'sensor-logger', format: 'sensor-logger' }),
        rawMessage('c', { payload: Uint8Array.of(0, 255, 1) }),
      ];
      const journal = await place.open();
      const ids = messages.map((message) => journal.append(message).id);
      await journal.flushed();
      expect(journal.size).toBe(3);
      await journal[Symbol.asyncDispose]();

      await using next = await place.open();
      const entries = [...next.entries()];
      expect(next.size).toBe(3);
      expect(entries.map(({ id }) => id)).toEqual(ids);
      expect(ids.toSorted((a, b) => a - b)).toEqual(ids);
      for (const [index, { message }] of entries.entries()) {
        expect({ ...message, payload: Buffer.from(message.payload) }).toEqual({
          ...messages[index],
          payload: Buffer.from(messages[index]?.payload ?? []),
        });
      }
    });

    withPlace('gives a new id to every message, over restarts too', async (place) => {
      const journal = await place.open();
      const first = journal.append(rawMessage('a'));
      await first.kept;
      await journal[Symbol.asyncDispose]();
      await using next = await place.open();
      const second = next.append(rawMessage('b'));
      await second.kept;
      expect(second.id).toBeGreaterThan(first.id);
      expect(textsIn(next)).toEqual([
        [first.id, 'a'],
        [second.id, 'b'],
      ]);
    });

    withPlace('holds back no more than what is released', async (place) => {
      await using journal = await place.open();
      const ids = ['a', 'b', 'c'].map((text) => journal.append(rawMessage(text)).id);
      await journal.update(updateOf({ released: ids.slice(0, 2) }));
      expect(textsIn(journal)).toEqual([[ids[2], 'c']]);
      expect(journal.size).toBe(1);
    });

    withPlace('keeps the last checkpoint of each device, whatever numbers it holds', async (place) => {
      const state = { sinceMs: Number.NEGATIVE_INFINITY, smoothed: Number.NaN, gap: undefined, list: [1.5] };
      const checkpoints: DeviceCheckpoint[] = [
        { device: PHONE, state },
        { device: WATCH, state: { version: 2 } },
      ];
      const journal = await place.open();
      await journal.update(updateOf({ checkpoints: [{ device: PHONE, state: 'old' }] }));
      await journal.update(updateOf({ checkpoints }));
      await journal[Symbol.asyncDispose]();
      const next = await place.open();
      expect([...next.checkpoints()]).toEqual(checkpoints);
      await next.update(updateOf({ forgotten: [PHONE] }));
      await next[Symbol.asyncDispose]();
      await using last = await place.open();
      expect([...last.checkpoints()].map(({ device }) => device)).toEqual([WATCH]);
    });
  });
}
