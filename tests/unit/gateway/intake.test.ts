import { afterEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../../src/config/schema.js';
import type { RawMessage } from '../../../src/domain/message.js';
import { Intake } from '../../../src/gateway/intake.js';
import { encodeAlongside } from '../../../src/recordings/encode-messages.js';
import { createMemoryDisk, type MemoryDisk, openMemoryJournal } from '../../helpers/memory-journal.js';
import {
  createPipelineWorld,
  type PipelineWorld,
  type PipelineWorldOptions,
} from '../../helpers/pipeline-world.js';
import { blockAt, deviceId, START_MS, timesAt } from '../../helpers/sensor-messages.js';
import { tinyManifest } from '../../helpers/tiny-model.js';

function second(sequence: number, overrides: Partial<RawMessage> = {}): RawMessage {
  const from = START_MS + sequence * 1000;
  const blocks = [blockAt('accelerometer', timesAt(50, from, from + 1000))];
  return {
    format: 'alongside',
    topic: 'alongside/phone/sensors',
    device: deviceId('phone'),
    payload: Buffer.from(encodeAlongside({ session: 'a', sequence, blocks })),
    receivedAtMs: from + 1000,
    ...overrides,
  };
}

/** From an iPhone, which measures acceleration in g. */
function iosMessage(messageId: number, magnitude: number): RawMessage {
  const time = (START_MS + messageId * 1000) * 1e6;
  const entry = { name: 'accelerometeruncalibrated', time, values: { x: 0, y: 0, z: magnitude } };
  const payload = JSON.stringify({ messageId, sessionId: 's', deviceId: 'iphone', payload: [entry] });
  const message = { format: 'sensor-logger', topic: 'sensor-logger', device: undefined } as const;
  return second(messageId, { ...message, payload: Buffer.from(payload) });
}

const ROW_MS = 20;
/** Rows get a value from samples so far apart, four from each. */
const GAP_MS = 4 * ROW_MS;

/** A message of many samples, evenly apart; it goes on where `before` samples ended. */
function long(sequence: number, samples: number, before = 0, gapMs = GAP_MS): RawMessage {
  const fromMs = START_MS + before * gapMs;
  const times = Array.from({ length: samples }, (_, index) => fromMs + index * gapMs);
  const blocks = [blockAt('accelerometer', times)];
  const payload = Buffer.from(encodeAlongside({ session: 'a', sequence, blocks }));
  return second(sequence, { payload, receivedAtMs: fromMs + samples * gapMs });
}

/** Ends of all windows of 128 rows that samples of `long` fill. */
function windowEnds(samples: number): number[] {
  const windowMs = 128 * ROW_MS;
  const first = Math.ceil(START_MS / windowMs) + 1;
  const last = Math.floor((START_MS + (samples - 1) * GAP_MS + ROW_MS) / windowMs);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * windowMs);
}

/** Ends of what was stored of the phone, each once. */
function endsOf(worlds: readonly Pick<PipelineWorld, 'windows'>[]): number[] {
  const windows = worlds.flatMap((world) => world.windows.filter(({ device }) => device === 'phone'));
  return [...new Set(windows.map(({ endMs }) => endMs))].sort((a, b) => a - b);
}

const NONSENSE = second(0, { payload: Buffer.from('nonsense') });

/** Whether a promise is settled once everything that can happen has happened. */
async function isSettled(promise: Promise<unknown> | undefined): Promise<boolean> {
  const settled = promise?.then(
    () => true,
    () => true,
  );
  return await Promise.race([settled ?? true, new Promise((done) => setImmediate(done, false))]).then(
    Boolean,
  );
}

describe(Intake, () => {
  const worlds: Disposable[] = [];
  afterEach(() => {
    for (const world of worlds.splice(0)) world[Symbol.dispose]();
  });

  function setUp(disk: MemoryDisk = createMemoryDisk(), options: PipelineWorldOptions = {}) {
    const journal = openMemoryJournal(disk);
    const world = createPipelineWorld({ journal, ...options });
    worlds.push(world);
    return { ...world, journal, disk };
  }

  describe('deliver', () => {
    it('is over when the message is in the journal', async () => {
      const { deliver, journal, disk } = setUp();
      journal.isHeld = true;
      const kept = deliver(second(0));
      expect(await isSettled(kept)).toBe(false);
      journal.commit();
      await kept;
      expect([...disk.entries.values()].map(({ topic }) => topic)).toEqual(['alongside/phone/sensors']);
    });

    it('is not over before its labels are kept, and fails when they cannot be', async () => {
      let fail: (error: Error) => void = () => undefined;
      const labels = () =>
        new Promise<boolean>((_, reject) => {
          fail = reject;
        });
      const { deliver } = setUp(createMemoryDisk(), { labels });
      const payload = Buffer.from('{"accompanied":true}');
      const said = second(0, { format: 'labels', topic: 'alongside/phone/labels', payload });
      const kept = deliver(said);
      expect(await isSettled(kept)).toBe(false);
      fail(new Error('the disk is full'));
      await expect(kept).rejects.toThrow('the disk is full');
    });

    it('keeps the device a message names in its content', async () => {
      const { deliver, disk } = setUp();
      const payload = JSON.stringify({
        messageId: 0,
        sessionId: 's',
        deviceId: 'inside',
        payload: [{ name: 'gyroscope', time: START_MS * 1e6, values: { x: 1, y: 2, z: 3 } }],
      });
      const message = { format: 'sensor-logger', topic: 'sensor-logger', device: undefined } as const;
      await deliver(second(0, { ...message, payload: Buffer.from(payload) }));
      expect([...disk.entries.values()].map(({ device }) => device)).toEqual(['inside']);
    });

    it('is done at once with what holds nothing to be kept', () => {
      const { deliver, disk, ledger } = setUp();
      expect(deliver(NONSENSE)).toBeUndefined();
      const old = blockAt('accelerometer', [0]);
      expect(
        deliver(second(0, { payload: Buffer.from(encodeAlongside({ blocks: [old] })) })),
      ).toBeUndefined();
      expect(disk.entries.size).toBe(0);
      expect(ledger()).toMatchObject({ balanced: true, messages: { received: 2, accepted: 1 } });
    });

    it('of a message that came before is over when the first one is kept', async () => {
      const { deliver, journal, disk } = setUp();
      journal.isHeld = true;
      void deliver(second(0));
      const again = deliver(second(0));
      expect(await isSettled(again)).toBe(false);
      journal.commit();
      await again;
      expect(disk.entries.size).toBe(1);
    });

    it('takes longer while there is too much to do', async () => {
      const { deliver, backpressure, disk } = setUp();
      backpressure.set('store', true);
      const waiting = [deliver(second(0)), deliver(NONSENSE)];
      expect(await Promise.all(waiting.map(isSettled))).toEqual([false, false]);
      expect(disk.entries.size).toBe(1);
      backpressure.set('store', false);
      await Promise.all(waiting);
    });
  });

  describe('labels', () => {
    const LABELS = second(0, {
      format: 'labels',
      topic: 'alongside/phone/labels',
      payload: Buffer.from(JSON.stringify({ atMs: START_MS, conversation: true })),
    });

    function held() {
      let settle: (isKept: boolean) => void = () => undefined;
      const kept = new Promise<boolean>((resolve) => {
        settle = resolve;
      });
      return { ...setUp(createMemoryDisk(), { labels: () => kept }), settle };
    }

    it('are delivered once it is known whether they were kept', async () => {
      const { deliver, settle } = held();
      const delivered = deliver(LABELS);
      expect(await isSettled(delivered)).toBe(false);
      settle(true);
      expect(await isSettled(delivered)).toBe(true);
    });

    it.each([true, false])('that are pushed are answered with whether they were kept: %s', async (isKept) => {
      const { intake, settle } = held();
      const result = intake.ingest(LABELS);
      expect(await isSettled(result)).toBe(false);
      settle(isKept);
      expect(await result).toMatchObject({ kind: 'accepted', areLabelsKept: isKept });
    });
  });

  describe('deliver of more than is done in one go', () => {
    const manifest = tinyManifest({ sizeSamples: 128, strideSamples: 128 });

    it('lets others in, holds the device’s next message, and makes of both what it would have made', async () => {
      const world = setUp(createMemoryDisk(), { manifest });
      await world.deliver(long(0, 20_000));
      const held = world.deliver(long(1, 100, 20_000));
      expect(await isSettled(held)).toBe(false);
      expect(world.ledger()).toMatchObject({ balanced: true, messages: { received: 2, accepted: 2 } });
      await world.deliver(second(0, { device: deviceId('other') }));
      expect(world.registry.get(deviceId('other'))).toBeDefined();
      await world.time.advance(100);
      await held;
      await world.time.advance(20_000);
      expect(endsOf([world])).toEqual(windowEnds(20_100));
      expect(world.ledger()).toMatchObject({ balanced: true, windows: { pending: 0 } });
      expect(world.registry.get(deviceId('phone'))?.samples).toMatchObject({ used: 20_100, overflow: 0 });
    });

    it('refuses the samples for which a device has no room, and says so', async () => {
      const stream = { ...configSchema.parse({}).stream, maxBufferedSamples: 20_000 };
      const world = setUp(createMemoryDisk(), { manifest, config: { stream } });
      const delivered = [0, 1, 2].map((part) => world.deliver(long(part, 12_000, part * 12_000)));
      await world.time.advance(100);
      await Promise.all(delivered);
      const info = world.registry.get(deviceId('phone'));
      expect(info?.samples).toMatchObject({ used: 24_000, overflow: 12_000 });
      expect(world.ledger()).toMatchObject({ balanced: true, messages: { received: 3, accepted: 3 } });
    });

    it('is gone through again after a crash in the middle, with the same windows', async () => {
      const first = setUp(createMemoryDisk(), { manifest });
      await first.deliver(long(0, 20_000));
      await first.recovery.save();
      const next = setUp(first.disk, { manifest });
      const recovered = next.intake.recover();
      await next.time.advance(100);
      await recovered;
      await next.time.advance(20_000);
      expect(endsOf([first, next])).toEqual(windowEnds(20_000));
      expect(next.ledger().balanced).toBe(true);
    });

    it('makes no more windows than can be inferred', async () => {
      const world = setUp(createMemoryDisk(), { manifest });
      await world.deliver(long(0, 20_000));
      world.backpressure.set('inference', true);
      const before = world.ledger().windows.due;
      await world.time.advance(100);
      expect(world.ledger().windows.due).toBe(before);
      world.backpressure.set('inference', false);
      await world.time.advance(100);
      expect(world.ledger().windows.due).toBeGreaterThan(before);
    });

    it('counts the windows of a sparse backlog without making them', async () => {
      const world = setUp(createMemoryDisk(), { manifest });
      await world.deliver(long(0, 60_000, 0, 2550));
      await world.time.advance(20_000);
      const { balanced, windows } = world.ledger();
      expect(balanced).toBe(true);
      expect(windows).toMatchObject({ pending: 0, stored: 0, skipped: { 'low-coverage': windows.due } });
      expect(windows.due).toBeGreaterThan(59_000);
    });
  });

  describe('ingest', () => {
    it('says what became of a message, once it is kept', async () => {
      const { intake, journal } = setUp();
      journal.isHeld = true;
      const result = intake.ingest(second(0));
      expect(await isSettled(result)).toBe(false);
      journal.commit();
      expect(await result).toEqual({
        kind: 'accepted',
        device: 'phone',
        isTest: false,
        usableEntries: 1,
        areLabelsKept: false,
        ignoredSensors: [],
      });
      expect(await intake.ingest(NONSENSE)).toMatchObject({ kind: 'rejected', reason: 'not-json' });
    });

    it('counts the samples that are not used by their reason', async () => {
      const { intake } = setUp();
      const pushed = async (messageId: number, timesMs: number[]) => {
        const payload = {
          messageId,
          sessionId: 's',
          deviceId: 'pushed',
          payload: timesMs.map((timeMs) => ({
            name: 'gyroscope',
            time: timeMs * 1e6,
            values: { x: timeMs === START_MS + 20 ? 'none' : 1, y: 0, z: 0 },
          })),
        };
        const message = { format: 'sensor-logger', topic: 'push', device: undefined } as const;
        return await intake.ingest(second(0, { ...message, payload: Buffer.from(JSON.stringify(payload)) }));
      };
      const useless = await pushed(0, [0, START_MS + 20]);
      expect(useless).toMatchObject({
        usableEntries: 0,
        samples: { used: 0, unused: { past: 1, invalid: 1 } },
      });
      const partly = await pushed(1, [0, START_MS]);
      expect(partly).toMatchObject({ usableEntries: 1, samples: { used: 1, unused: { past: 1 } } });
      // Sent again by a phone that did not hear the answer.
      expect(await pushed(1, [START_MS])).toMatchObject({
        usableEntries: 1,
        samples: { unused: { duplicate: 1 } },
      });
    });

    it('does not take what it cannot deal with now, nor count it', async () => {
      const { intake, backpressure, ledger } = setUp();
      backpressure.set('inference', true);
      expect(await intake.ingest(second(0))).toEqual({ kind: 'busy' });
      backpressure.set('inference', false);
      intake.close();
      expect(await intake.ingest(second(0))).toEqual({ kind: 'busy' });
      expect(ledger().messages.received).toBe(0);
    });
  });

  describe('recover', () => {
    it('knows the devices whose messages no checkpoint covers', async () => {
      const first = setUp();
      await first.deliver(second(0));
      const next = setUp(first.disk);
      await next.intake.recover();
      const [before, after] = [first, next].map(({ registry }) => registry.get(deviceId('phone')));
      expect(after).toMatchObject({ id: 'phone', lastSeenMs: before?.lastSeenMs, sensors: before?.sensors });
    });

    it('goes through what is left again, and counts none of it as received', async () => {
      const first = setUp();
      await first.deliver(second(0));
      await first.deliver(second(1));
      await first.recovery.save();
      await first.deliver(second(2));

      const next = setUp(first.disk);
      await next.intake.recover();
      await next.deliver(second(3));
      await next.time.advance(1000);
      // Four seconds at 50 Hz in windows of 4 rows with a stride of 2.
      const windows = [...first.windows, ...next.windows];
      expect(new Set(windows.map(({ endMs }) => endMs)).size).toBe(99);
      expect(next.ledger()).toMatchObject({ balanced: true, messages: { received: 1, accepted: 1 } });
      expect(next.registry.get(deviceId('phone'))?.delivery).toMatchObject({ messages: 4, missing: 0 });
    });

    it('takes the next message for what it is: neither missing nor a duplicate', async () => {
      const first = setUp();
      for (const sequence of [0, 1, 2]) await first.deliver(second(sequence));
      await first.recovery.save();
      const next = setUp(first.disk);
      await next.intake.recover();
      await next.deliver(second(2));
      await next.deliver(second(3));
      const info = next.registry.get(deviceId('phone'));
      expect(info?.delivery).toEqual({ messages: 4, missing: 0, duplicates: 1, reordered: 0 });
    });

    it('still knows the convention in which a phone sends', async () => {
      const first = setUp();
      await first.deliver(iosMessage(0, 1));
      await first.recovery.save();
      const next = setUp(first.disk);
      await next.intake.recover();
      // These alone could come from any phone: it is in free fall.
      for (const messageId of [1, 2]) await next.deliver(iosMessage(messageId, 0.3));
      expect(next.registry.get(deviceId('iphone'))?.platform).toEqual({ name: 'ios', from: 'detected' });
    });

    it('lets go of what cannot be understood', async () => {
      const { disk } = setUp();
      disk.entries.set(7, NONSENSE);
      const next = setUp(disk);
      await next.intake.recover();
      await next.recovery.save();
      expect(disk.entries.size).toBe(0);
      expect(next.ledger()).toMatchObject({ balanced: true, messages: { received: 0, rejected: {} } });
    });

    it('waits while there is too much to do', async () => {
      const first = setUp();
      for (const sequence of [0, 1, 2]) await first.deliver(second(sequence));
      const next = setUp(first.disk);
      next.backpressure.set('inference', true);
      const recovered = next.intake.recover();
      expect(await isSettled(recovered)).toBe(false);
      next.backpressure.set('inference', false);
      await recovered;
    });

    it('leaves to the next run what it has not come to when it is closed', async () => {
      const first = setUp();
      for (const sequence of [0, 1, 2]) await first.deliver(second(sequence));
      const next = setUp(first.disk);
      next.backpressure.set('inference', true);
      const recovered = next.intake.recover();
      next.intake.close();
      next.backpressure.set('inference', false);
      await recovered;
      await next.recovery.save();
      expect(next.disk.entries.size).toBe(3);
    });

    it('releases messages as soon as all windows they touch are stored', async () => {
      const world = setUp(createMemoryDisk(), { storesAtOnce: false });
      for (let sequence = 0; sequence < 5; sequence++) await world.deliver(second(sequence));
      await world.time.advance(1000);
      await world.recovery.save();
      expect(world.disk.entries.size).toBe(5);
      world.store();
      await world.recovery.save();
      // Windows to come need the last rows only.
      expect(world.disk.entries.size).toBe(1);
      expect(world.journal.size).toBe(1);
    });
  });

  describe('at the end', () => {
    it('takes nothing more, and lets its senders go when the source is about to close', async () => {
      const { intake, deliver, ledger } = setUp();
      intake.close();
      const waiting = deliver(second(0));
      expect(await isSettled(waiting)).toBe(false);
      intake.abandon();
      await expect(waiting).rejects.toMatchObject({ code: 'CLOSED', retryable: true });
      expect(ledger().messages.received).toBe(0);
    });

    it('completes the data path', () => {
      const { intake } = setUp();
      let isComplete = false;
      intake.deliveries$.subscribe({
        complete: () => {
          isComplete = true;
        },
      });
      intake.close();
      expect(isComplete).toBe(true);
    });
  });
});
