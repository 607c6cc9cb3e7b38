import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompanyFinder } from '../../src/company/company-finder.js';
import { HAND_SET_MODEL } from '../../src/company/company-model.js';
import { configSchema } from '../../src/config/schema.js';
import type { RawMessage } from '../../src/domain/message.js';
import type { PipelineStages } from '../../src/pipeline.js';
import { encodeAlongside } from '../../src/recordings/encode-messages.js';
import { createMemoryDisk, openMemoryJournal } from '../helpers/memory-journal.js';
import { createPipelineWorld, type PipelineWorld } from '../helpers/pipeline-world.js';
import { blockAt, deviceId, START_MS, timesAt } from '../helpers/sensor-messages.js';
import { tinyManifest } from '../helpers/tiny-model.js';

/** What each stage asks or does, by a function of what it is given; nobody goes silent or is forgotten here. */
const CALLS = {
  decode: ['settings.platformOf'],
  devices: ['registry.notePlatform', 'registry.noteSent', 'registry.observe'],
  frames: ['classifier.accept'],
  synchronise: ['restore'],
  record: ['keepLabels', 'recorder.isRecorded'],
  keep: ['journal.append', 'recovery.retain'],
  window: ['specOf'],
  ledger: ['due'],
  infer: ['models.lease'],
  meters: ['events.inferenceRun'],
  track: ['optionsOf', 'targetsOf'],
  states: ['take'],
  company: ['find.finder.take', 'find.finder.advance', 'accompaniment.seen', 'accompaniment.told'],
  results: ['registry.noteOutcome', 'registry.noteStatus', 'manifestOf', 'isCandidate', 'liveFeed.publish'],
} as const satisfies {
  readonly [S in Exclude<keyof PipelineStages, 'scheduler' | 'onFault'>]: readonly string[];
};

const PLACES = Object.entries(CALLS).flatMap(([stage, names]) => names.map((name) => ({ stage, name })));
/** What works in the turn of a message: stages, or one call of a stage. A fault in them rejects it. */
const OF_MESSAGES = [
  ...['decode', 'devices', 'frames', 'synchronise', 'record', 'keep', 'window', 'ledger', 'infer'],
  'find.finder.take',
];
/** Longer than a missing message is waited for, and some more. */
const SECONDS = 12;
const FAULT = new Error('torn page');

type Call = (...given: unknown[]) => unknown;

/** An object with one of its functions, found by its path, replaced. */
function replaced(
  whole: object,
  [name = '', ...rest]: readonly string[],
  by: (original: Call) => Call,
): object {
  const part = Reflect.get(whole, name);
  const other =
    rest.length > 0 ? replaced(part, rest, by) : by((...given) => Reflect.apply(part, whole, given));
  return new Proxy(whole, {
    get: (target, key) => {
      if (key === name) return other;
      const value = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Has one of the calls of a stage throw, once. */
function sabotage(stage: string, name: string, call: number) {
  let calls = 0;
  const torn = (original: Call): Call => {
    return (...given) => {
      if (calls++ === call) throw FAULT;
      return original(...given);
    };
  };
  return {
    alter: (stages: PipelineStages): PipelineStages => {
      const entries = Object.entries(stages).map(([of, options]) => [
        of,
        of === stage ? replaced(options, name.split('.'), torn) : options,
      ]);
      return Object.fromEntries(entries);
    },
    hasThrown: () => calls > call,
  };
}

function createFinder(): CompanyFinder {
  return new CompanyFinder({
    model: HAND_SET_MODEL,
    subjectOf: (device) => device,
    isComparable: (device) => device !== 'browser',
  });
}

function second(name: string, sequence: number): RawMessage {
  const from = START_MS + sequence * 1000;
  const blocks = [blockAt('accelerometer', timesAt(50, from, from + 1000))];
  return {
    format: 'alongside',
    topic: `alongside/${name}/sensors`,
    device: deviceId(name),
    payload: Buffer.from(encodeAlongside({ session: 'a', sequence, blocks })),
    receivedAtMs: from + 1000,
  };
}

/** Acceleration as a browser tells it. */
function motion(sequence: number): RawMessage {
  const timeMs = START_MS + sequence * 1000;
  const event = { timeMs, accelerationIncludingGravity: { x: 0, y: 0, z: 9.8 } };
  const payload = Buffer.from(JSON.stringify({ events: [event] }));
  return { ...second('browser', sequence), format: 'device-motion', payload };
}

/** Everything else that a phone may send: a picture, a label, nonsense. */
function others(name: string, sequence: number): RawMessage[] {
  const message = second(name, sequence);
  const payloads = [
    ['frame', '\u00ff\u00d8\u00ff a picture'],
    ['labels', JSON.stringify({ atMs: message.receivedAtMs, conversation: true })],
    ['alongside', 'nonsense'],
  ] as const;
  return payloads.map(([format, text]) => ({ ...message, format, payload: Buffer.from(text, 'latin1') }));
}

async function sendAll(world: PipelineWorld): Promise<number> {
  let delivered = 0;
  for (let index = 0; index < SECONDS; index++) {
    const messages = ['phone', 'watch'].flatMap((name) => [second(name, index), ...others(name, index)]);
    for (const message of [...messages, motion(index)]) {
      await world.deliver(message);
      delivered += 1;
    }
    await world.time.advance(1000);
  }
  return delivered;
}

describe('a fault in the data path', () => {
  it.each(PLACES)('in $name of $stage costs a message at most, and nobody else', async ({ stage, name }) => {
    await fc.assert(
      fc.asyncProperty(fc.nat(6), async (call) => {
        const { alter, hasThrown } = sabotage(stage, name, call);
        const company = createFinder();
        const config = configSchema.parse({ company: { enabled: true } });
        using world = createPipelineWorld({ alter, company, config });
        const delivered = await sendAll(world);
        const thrown = hasThrown() ? 1 : 0;
        if (call === 0) expect(thrown).toBe(1);
        const { balanced, messages, windows } = world.ledger();
        expect(messages.received).toBe(delivered);
        expect(messages.rejected.internal ?? 0).toBe(world.letters.length);
        expect(world.letters.length).toBeLessThanOrEqual(1);
        if (OF_MESSAGES.includes(stage) || OF_MESSAGES.includes(name))
          expect(world.letters).toHaveLength(thrown);
        expect(world.faults.map(({ error }) => error)).toEqual(Array(thrown).fill(FAULT));
        expect({ balanced, pending: windows.pending }).toEqual({ balanced: true, pending: 0 });
        const last = START_MS + SECONDS * 1000 - 100;
        for (const device of ['phone', 'watch'])
          expect(world.windows.some((window) => window.device === device && window.endMs > last)).toBe(true);
        const looked = company
          .snapshot()
          .devices.map(({ device, reachedMs }) => [device, reachedMs > last - 5000]);
        expect(looked.sort()).toEqual([
          ['phone', true],
          ['watch', true],
        ]);
      }),
      { numRuns: 4, examples: [[0]] },
    );
  });

  it('keeps what it takes to look at the message that brought it out', async () => {
    using world = createPipelineWorld(sabotage('decode', 'settings.platformOf', 0));
    const message = motion(0);
    await world.deliver(message);
    expect(world.letters).toEqual([
      {
        atMs: message.receivedAtMs,
        words: expect.stringContaining('decode'),
        payload: {
          format: 'device-motion',
          topic: 'alongside/browser/sensors',
          device: 'browser',
          receivedAtMs: message.receivedAtMs,
          payload: Buffer.from(message.payload).toString('base64'),
        },
      },
    ]);
    expect(await world.intake.ingest(second('phone', 1))).toMatchObject({ kind: 'accepted' });
  });

  it('that comes after its message was handed to the journal takes it out again', async () => {
    const disk = createMemoryDisk();
    const journal = openMemoryJournal(disk);
    using world = createPipelineWorld({ journal, ...sabotage('ledger', 'due', 0) });
    await world.deliver(second('phone', 0));
    await world.deliver(second('watch', 0));
    await world.recovery.save();
    expect([...disk.entries.values()].map(({ device }) => device)).toEqual(['watch']);
    expect(journal.size).toBe(1);
  });

  it('of a message that is gone through again after a restart takes it out of the journal', async () => {
    const disk = createMemoryDisk();
    using first = createPipelineWorld({ journal: openMemoryJournal(disk) });
    await first.deliver(second('phone', 0));
    for (const [stage, name] of [
      ['ledger', 'due'],
      ['decode', 'settings.platformOf'],
    ] as const) {
      await first.deliver(motion(1));
      const journal = openMemoryJournal(disk);
      using next = createPipelineWorld({ journal, ...sabotage(stage, name, 0) });
      await next.intake.recover();
      const before = journal.size;
      await next.recovery.save();
      expect([next.letters.length, before - journal.size, journal.size]).toEqual([1, 1, disk.entries.size]);
      expect(next.ledger().messages).toEqual({ received: 0, accepted: 0, rejected: {} });
    }
  });

  it('on a message that waited for others of its device costs that message', async () => {
    let calls = 0;
    using world = createPipelineWorld({
      alter: (stages) => ({
        ...stages,
        keep: {
          ...stages.keep,
          journal: {
            flushed: () => Promise.resolve(),
            append: (message) => {
              if (calls++ === 1) throw FAULT;
              return stages.keep.journal.append(message);
            },
          },
        },
      }),
    });
    const rows = Array.from({ length: 20_000 }, (_, index) => START_MS + index * 80);
    const long = encodeAlongside({ session: 'a', sequence: 0, blocks: [blockAt('accelerometer', rows)] });
    const receivedAtMs = START_MS + 1_600_000;
    await world.deliver({ ...second('phone', 0), payload: Buffer.from(long), receivedAtMs });
    const held = world.deliver(second('phone', 1600));
    await world.time.advance(1000);
    await held;
    expect(world.letters).toHaveLength(1);
    expect(world.ledger()).toMatchObject({ balanced: true, messages: { received: 2, accepted: 2 } });
  });
});

describe('statuses of a learnt filter', () => {
  const filter = {
    calibration: [
      { slope: 1, bias: 0 },
      { slope: 1, bias: 0 },
    ],
    shares: [0.5, 0.5],
    meanDurationMs: 5000,
    independentMs: 500,
    certainty: [0.9, 0.9],
  };
  const targets = tinyManifest().targets.map((target) => ({ ...target, filter }));

  /** A second of samples which the tiny model takes for so much evidence. */
  function secondOf(level: number, sequence: number): RawMessage {
    const from = START_MS + sequence * 1000;
    const block = blockAt('accelerometer', timesAt(50, from, from + 1000));
    const blocks = [{ ...block, values: block.values.map(() => level / 12) }];
    const payload = Buffer.from(encodeAlongside({ session: 'a', sequence, blocks }));
    return { ...second('phone', sequence), payload };
  }

  async function statusesOf(levels: readonly number[], order: readonly number[]) {
    using world = createPipelineWorld({ manifest: tinyManifest({ targets }) });
    for (const at of order) {
      await world.deliver(secondOf(levels[at] ?? 0, at));
      await world.time.advance(100);
    }
    await world.time.advance(3000);
    return world.statuses;
  }

  it('are the same in whichever order messages arrive, and however often', async () => {
    const levels = fc.array(fc.constantFrom(-2, -0.5, 0.5, 2), { minLength: 10, maxLength: 24 });
    const delays = fc.infiniteStream(fc.double({ min: 0, max: 3, noNaN: true }));
    await fc.assert(
      fc.asyncProperty(levels, delays, fc.nat(9), async (said, late, again) => {
        const inOrder = said.map((_, at) => at);
        const arrival = inOrder
          .map((at) => ({ at, arrives: at + (at === 0 ? 0 : (late.next().value ?? 0)) }))
          .toSorted((a, b) => a.arrives - b.arrives)
          .map(({ at }) => at);
        const shuffled = await statusesOf(said, [...arrival, again]);
        expect(shuffled).toEqual(await statusesOf(said, [...inOrder, again]));
      }),
      { numRuns: 8 },
    );
    expect(await statusesOf([2, 2, 2, -2, -2, -2], [0, 1, 2, 3, 4, 5])).toMatchObject([
      { status: 'yes', kind: 'change' },
      { status: 'no', kind: 'change' },
    ]);
  });
});
