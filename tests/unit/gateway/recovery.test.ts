import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawMessage } from '../../../src/domain/message.js';
import type { StoredWindow } from '../../../src/domain/store.js';
import { DeviceRegistry } from '../../../src/gateway/device-registry.js';
import { Recovery } from '../../../src/gateway/recovery.js';
import { WindowLedger } from '../../../src/gateway/window-ledger.js';
import { encodeAlongside } from '../../../src/recordings/encode-messages.js';
import {
  createMemoryDisk,
  type MemoryDisk,
  type MemoryJournal,
  openMemoryJournal,
} from '../../helpers/memory-journal.js';
import { createPipelineWorld, type PipelineWorld } from '../../helpers/pipeline-world.js';
import { blockAt, deviceId, START_MS, timesAt } from '../../helpers/sensor-messages.js';
import { tinyManifest } from '../../helpers/tiny-model.js';

const MANIFEST = tinyManifest({
  channels: ['accelerometer.x', 'gyroscope.y', 'gyroscope.z'],
  sizeSamples: 100,
  strideSamples: 50,
  // Scaled so that what it answers tells windows apart.
  std: [1e6, 1e6, 1e6],
});
const MESSAGES = 14;
const ALL = Array.from({ length: MESSAGES }, (_, index) => index);

/** What happens after a message; `hold` lets the journal write nothing until the next `save`. */
const STEPS = ['nothing', 'save', 'store', 'hold', 'crash'] as const;
type Step = (typeof STEPS)[number];

interface Kind {
  readonly isNumbered: boolean;
  /** Epoch milliseconds at which the phone's clock was 0. @defaultValue 0 */
  readonly zeroMs?: number;
  /** How long a message is on its way, milliseconds. @defaultValue 0 */
  readonly delayMsOf?: (index: number) => number;
}

function second(index: number, { isNumbered, zeroMs = 0, delayMsOf = () => 0 }: Kind): RawMessage {
  const from = START_MS - zeroMs + index * 1000;
  const payload = encodeAlongside({
    clock: zeroMs === 0 ? 'epoch' : 'boot',
    ...(isNumbered ? { session: 'a', sequence: index } : {}),
    blocks: [
      blockAt('accelerometer', timesAt(50, from + 7, from + 1000)),
      blockAt('gyroscope', timesAt(62.5, from + 3, from + 1000)),
    ],
  });
  return {
    format: 'alongside',
    topic: 'alongside/phone/sensors',
    device: deviceId('phone'),
    payload: Buffer.from(payload),
    receivedAtMs: START_MS + index * 1000 + 1000 + delayMsOf(index),
  };
}

interface Run {
  /** In the order in which they arrive. */
  readonly messages: readonly RawMessage[];
  readonly steps: readonly Step[];
  /** Messages sent again after a crash although they were acknowledged, besides those that were not. */
  readonly redelivered: number;
}

/** A gateway that crashes and is started again on what it left behind. */
class CrashingGateway {
  readonly stored: StoredWindow[] = [];
  readonly #disk = createMemoryDisk();
  #journal: MemoryJournal = openMemoryJournal(this.#disk);
  #world: PipelineWorld = this.#open();

  deliver(message: RawMessage): Promise<void> | undefined {
    return this.#world.deliver(message);
  }

  async advance(ms: number): Promise<void> {
    await this.#world.time.advance(ms);
  }

  async take(step: Step): Promise<void> {
    if (step === 'hold') this.#journal.isHeld = true;
    if (step === 'store') this.#world.store();
    if (step === 'save') {
      const saved = this.#world.recovery.save();
      this.#journal.isHeld = false;
      this.#journal.commit();
      await saved;
    }
  }

  async crash(): Promise<void> {
    this.#leave();
    this.#journal = openMemoryJournal(this.#disk);
    this.#world = this.#open();
    await this.#world.intake.recover();
  }

  /** Nothing more comes: everything that is due gets done. */
  async finish(): Promise<void> {
    await this.advance(20_000);
    this.#world.store();
    expect(this.#world.ledger()).toMatchObject({ balanced: true, windows: { pending: 0, skipped: {} } });
    this.#leave();
  }

  #leave(): void {
    this.stored.push(...this.#world.windows);
    this.#world[Symbol.dispose]();
  }

  #open(): PipelineWorld {
    return createPipelineWorld({ journal: this.#journal, manifest: MANIFEST, storesAtOnce: false });
  }
}

/** Lets a run happen and gives everything that was ever stored. */
async function happen({ messages, steps, redelivered }: Run): Promise<StoredWindow[]> {
  const gateway = new CrashingGateway();
  const acknowledged = new Set<number>();
  const deliver = (index: number, message: RawMessage): void => {
    const kept = gateway.deliver(message);
    if (kept === undefined) acknowledged.add(index);
    else void kept.then(() => acknowledged.add(index));
  };
  for (const [index, message] of messages.entries()) {
    deliver(index, message);
    await gateway.advance(100);
    const step = steps[index % steps.length] ?? 'nothing';
    await gateway.take(step);
    if (step !== 'crash') continue;
    await gateway.crash();
    for (const [earlier, again] of messages.slice(0, index + 1).entries()) {
      if (!acknowledged.has(earlier) || earlier > index - redelivered) deliver(earlier, again);
    }
  }
  await gateway.finish();
  return gateway.stored;
}

/** By key; a window that was stored twice must have been the same. */
function byKey(windows: readonly StoredWindow[]): Record<string, StoredWindow> {
  const all: Record<string, StoredWindow> = {};
  for (const window of windows) {
    const key = String(window.endMs - START_MS);
    expect(all[key] ?? window).toEqual(window);
    all[key] = window;
  }
  return all;
}

async function expectUndisturbed(order: readonly number[], kind: Kind, run: Omit<Run, 'messages'>) {
  const messages = order.map((index) => second(index, kind));
  const inOrder = order.toSorted((a, b) => a - b).map((index) => second(index, kind));
  const expected = byKey(await happen({ messages: inOrder, steps: ['nothing'], redelivered: 0 }));
  expect(byKey(await happen({ ...run, messages }))).toEqual(expected);
}

const runs = fc.record({
  steps: fc.array(fc.constantFrom(...STEPS), { minLength: 3, maxLength: MESSAGES }),
  redelivered: fc.nat(4),
});

/** Numbers of messages, each at most three places from where it belongs; some never come. */
const orders = fc
  .tuple(
    fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { minLength: MESSAGES, maxLength: MESSAGES }),
    fc.subarray(ALL, { maxLength: 6 }),
  )
  .map(([delays, lost]) =>
    ALL.filter((index) => !lost.includes(index)).toSorted(
      (a, b) => a + (delays[a] ?? 0) - b - (delays[b] ?? 0),
    ),
  );

describe(Recovery, () => {
  it('makes the windows of an undisturbed run, whatever the order of numbered messages and whenever it crashes', async () => {
    await fc.assert(
      fc.asyncProperty(orders, runs, (order, run) => expectUndisturbed(order, { isNumbered: true }, run)),
      { numRuns: 100 },
    );
  });

  it('makes the windows of an undisturbed run from a clock since boot, which is mapped by what arrived before', async () => {
    // The first messages take longest, so that the mapping is found out bit by bit.
    const kind = {
      isNumbered: true,
      zeroMs: START_MS - 86_400_000,
      delayMsOf: (index: number) => 500 / (index + 1),
    };
    await fc.assert(
      fc.asyncProperty(runs, (run) => expectUndisturbed(ALL, kind, run)),
      { numRuns: 50 },
    );
  });

  it('makes the windows of an undisturbed run from messages without numbers, whenever it crashes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray(ALL, { minLength: 8 }), runs, (order, run) =>
        expectUndisturbed(order, { isNumbered: false }, run),
      ),
      { numRuns: 70 },
    );
  });
});

describe('a clock that was set back', () => {
  /** An hour ahead at first; what it sends by the right clock is too late at first. */
  const messages = Array.from({ length: 34 }, (_, index) => {
    const message = second(index, { isNumbered: false });
    const ahead = second(index + 3600, { isNumbered: false });
    return index < 6 ? { ...ahead, receivedAtMs: message.receivedAtMs } : message;
  });

  /** What is stored of the right clock's time. */
  async function storedOf(stopAfter: number): Promise<StoredWindow[]> {
    const gateway = new CrashingGateway();
    for (const [index, message] of messages.entries()) {
      void gateway.deliver(message);
      await gateway.advance(1000);
      if (index !== stopAfter) continue;
      await gateway.take('store');
      await gateway.take('save');
      await gateway.crash();
    }
    await gateway.finish();
    return gateway.stored.filter(({ endMs }) => endMs < START_MS + 3_600_000);
  }

  it.each([4, 16, 20, 24])(
    'goes on with its windows after a restart behind message %i',
    async (stopAfter) => {
      const [undisturbed, stopped] = [await storedOf(-1), await storedOf(stopAfter)];
      expect(undisturbed.length).toBeGreaterThan(15);
      expect(byKey(stopped)).toEqual(byKey(undisturbed));
    },
  );
});

/** The ledger of a gateway in which no window is due. */
function noWindows(): WindowLedger {
  const nothing = (): void => undefined;
  const events = { windowsDue: nothing, windowStored: nothing, windowsSkipped: nothing };
  return new WindowLedger({ clock: { nowMs: () => 0 }, events });
}

describe('what is not kept yet', () => {
  it('keeps a checkpoint waiting until it is on the disk', async () => {
    const order: string[] = [];
    const journal = openMemoryJournal(createMemoryDisk());
    let pending = 2;
    const recovery = new Recovery(
      { ...journal, update: () => Promise.resolve(void order.push('checkpoint')) },
      {
        windows: noWindows(),
        gridOf: () => undefined,
        toleranceMs: 0,
        maxRemembered: 1,
        unkept: {
          get isPending() {
            return pending > 0;
          },
          flush: () => {
            pending -= 1;
            return Promise.resolve(void order.push('event'));
          },
        },
      },
    );
    await recovery.save();
    expect(order).toEqual(['event', 'event', 'checkpoint']);
  });

  it('keeps what is not in the store out of the checkpoint, and says it again when that failed', async () => {
    const disk = createMemoryDisk();
    const journal = openMemoryJournal(disk);
    const answers: ((areKept: boolean) => void)[] = [];
    const recovery = new Recovery(journal, {
      windows: noWindows(),
      gridOf: () => undefined,
      toleranceMs: 0,
      maxRemembered: 10,
      areResultsKept: () => new Promise((resolve) => answers.push(resolve)),
    });
    const { id } = journal.append(second(0, { isNumbered: true }));
    recovery.discard(id);
    const failed = recovery.save();
    expect(disk.entries.size).toBe(1);
    answers[0]?.(false);
    await failed;
    expect(disk.entries.size).toBe(1);
    const saved = recovery.save();
    answers[1]?.(true);
    await saved;
    expect(disk.entries.size).toBe(0);
  });
});

describe('what was said of a device', () => {
  const PHONE = deviceId('phone');
  // Not scaled: every window is sure.
  const manifest = tinyManifest({ channels: MANIFEST.channels, sizeSamples: 100, strideSamples: 50 });
  /** Lets a phone send, and leaves what the gateway knew on a disk. */
  async function send() {
    const disk = createMemoryDisk();
    using world = createPipelineWorld({ journal: openMemoryJournal(disk), manifest });
    for (const index of ALL) void world.deliver(second(index, { isNumbered: true }));
    await world.time.advance(3000);
    await world.recovery.save();
    return { disk, statuses: [...world.statuses], lastSeenMs: world.registry.get(PHONE)?.lastSeenMs };
  }
  /** A run in which the phone is silent. */
  async function run(disk: MemoryDisk, forMs: number) {
    using world = createPipelineWorld({ journal: openMemoryJournal(disk), manifest });
    const remembered = world.recovery.remembered();
    await world.intake.recover();
    await world.time.advance(forMs);
    await world.recovery.save();
    return {
      remembered,
      said: world.statuses.map(({ status, kind, sinceMs }) => ({ status, kind, sinceMs })),
    };
  }
  const lastEndMs = START_MS + MESSAGES * 1000;

  it('becomes unknown after silence, once, when the gateway was started again meanwhile', async () => {
    const { disk, statuses } = await send();
    expect(statuses.at(-1)?.status).not.toBe('unknown');
    expect(await run(disk, 15_000)).toMatchObject({ said: [] });
    const { said } = await run(disk, 30_000);
    expect(said).toEqual([{ status: 'unknown', kind: 'change', sinceMs: expect.any(Number) }]);
    expect(said[0]?.sinceMs).toBeLessThanOrEqual(lastEndMs + 15_000);
    expect((await run(disk, 30_000)).said).toEqual([]);
  });

  it('is remembered with when its messages came where a checkpoint covers them that the registry had not seen', async () => {
    const disk = createMemoryDisk();
    const nothing = (): void => undefined;
    const elsewhere = new DeviceRegistry({
      offlineMs: 60_000,
      maxDevices: 1,
      onOnline: nothing,
      onOffline: nothing,
    });
    using world = createPipelineWorld({
      journal: openMemoryJournal(disk),
      manifest,
      alter: (stages) => ({ ...stages, devices: { ...stages.devices, registry: elsewhere } }),
    });
    void world.deliver(second(0, { isNumbered: true }));
    await world.recovery.save();
    const { receivedAtMs } = second(0, { isNumbered: true });
    expect((await run(disk, 0)).remembered).toMatchObject([{ device: PHONE, lastSeenMs: receivedAtMs }]);
  });

  it('is remembered with when it was seen last, also once its buffers were freed', async () => {
    const { disk, lastSeenMs, statuses } = await send();
    const known = {
      device: PHONE,
      lastSeenMs,
      statuses: { accompanied: { status: statuses.at(-1)?.status } },
    };
    const { remembered } = await run(disk, 700_000);
    expect(remembered).toMatchObject([known]);
    const { remembered: later, said } = await run(disk, 100_000);
    expect(later).toMatchObject([{ ...known, statuses: { accompanied: { status: 'unknown' } } }]);
    expect(said).toEqual([]);
  });
});

describe('devices that are remembered', () => {
  it('are bounded: the one at rest for longest goes first', async () => {
    const disk = createMemoryDisk();
    const open = (seen: readonly (readonly [string, number])[]) =>
      new Recovery(openMemoryJournal(disk), {
        windows: noWindows(),
        gridOf: () => undefined,
        toleranceMs: 0,
        maxRemembered: 2,
        takeSeen: () => seen.map(([name, atMs]) => [deviceId(name), atMs] as const),
      });
    await open([
      ['a', 1],
      ['b', 2],
      ['a', 3],
      ['c', 4],
    ]).save();
    const remembered = open([]).remembered();
    expect(remembered.map(({ device, lastSeenMs }) => [device, lastSeenMs])).toEqual([
      ['a', 3],
      ['c', 4],
    ]);
  });

  it('are not once they are forgotten', async () => {
    const disk = createMemoryDisk();
    const options = { windows: noWindows(), gridOf: () => undefined, toleranceMs: 0, maxRemembered: 2 };
    await new Recovery(openMemoryJournal(disk), { ...options, takeSeen: () => [[deviceId('a'), 1]] }).save();
    const recovery = new Recovery(openMemoryJournal(disk), options);
    recovery.forget(deviceId('a'));
    await recovery.save();
    expect(new Recovery(openMemoryJournal(disk), options).remembered()).toEqual([]);
  });
});
