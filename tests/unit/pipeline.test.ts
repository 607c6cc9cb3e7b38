import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawMessage } from '../../src/domain/message.js';
import type { PipelineStages } from '../../src/pipeline.js';
import { encodeAlongside } from '../../src/recordings/encode-alongside.js';
import { createPipelineWorld, type PipelineWorld } from '../helpers/pipeline-world.js';
import { blockAt, deviceId, START_MS, timesAt } from '../helpers/sensor-messages.js';
import { tinyManifest } from '../helpers/tiny-model.js';

/** Whatever a stage asks, or tells, by a function; nobody goes silent or is forgotten here. */
const CALLS = {
  decode: ['onDecoded', 'onRejected', 'restore'],
  synchronise: ['restore', 'onAccepted'],
  window: ['specOf', 'onDue'],
  infer: ['onBatch'],
  track: ['optionsOf', 'targetsOf', 'onTracked'],
} as const satisfies { readonly [S in keyof PipelineStages]: readonly (keyof PipelineStages[S])[] };

const PLACES = Object.entries(CALLS).flatMap(([stage, names]) => names.map((name) => ({ stage, name })));
/** Longer than a missing message is waited for, and some more. */
const SECONDS = 12;
const FAULT = new Error('torn page');

/** Has one of the calls of a stage throw, once. */
function sabotaged(stages: PipelineStages, stage: string, name: string, call: number): PipelineStages {
  let calls = 0;
  const broken = Object.entries(stages).map(([of, options]) => {
    if (of !== stage) return [of, options];
    const whole = Reflect.get(options, name);
    const torn = (...given: unknown[]): unknown => {
      if (calls++ === call) throw FAULT;
      return Reflect.apply(whole, undefined, given);
    };
    return [of, { ...options, [name]: torn }];
  });
  return Object.fromEntries(broken);
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

async function sendAll(world: PipelineWorld): Promise<number> {
  let delivered = 0;
  for (let index = 0; index < SECONDS; index++) {
    for (const name of ['phone', 'watch']) {
      await world.deliver(second(name, index));
      await world.deliver({ ...second(name, index), payload: Buffer.from('nonsense') });
      delivered += 2;
    }
    await world.time.advance(1000);
  }
  return delivered;
}

describe('a fault in the data path', () => {
  it.each(PLACES)('in $name of $stage costs a message at most, and nobody else', async ({ stage, name }) => {
    await fc.assert(
      fc.asyncProperty(fc.nat(6), async (call) => {
        using world = createPipelineWorld({ alter: (stages) => sabotaged(stages, stage, name, call) });
        const delivered = await sendAll(world);
        const { balanced, messages, windows } = world.ledger();
        expect(messages.received).toBe(delivered);
        expect(messages.rejected.internal ?? 0).toBe(world.letters.length);
        expect(world.letters.length).toBeLessThanOrEqual(1);
        expect({ balanced, pending: windows.pending }).toEqual({ balanced: true, pending: 0 });
        const last = START_MS + SECONDS * 1000 - 100;
        for (const device of ['phone', 'watch'])
          expect(world.windows.some((window) => window.device === device && window.endMs > last)).toBe(true);
      }),
      { numRuns: 4 },
    );
  });

  it('keeps what it takes to look at the message that brought it out', async () => {
    using world = createPipelineWorld({ alter: (stages) => sabotaged(stages, 'decode', 'onDecoded', 0) });
    const message = second('phone', 0);
    await world.deliver(message);
    expect(world.letters).toEqual([
      {
        atMs: message.receivedAtMs,
        words: expect.stringContaining('decode'),
        payload: {
          format: 'alongside',
          topic: 'alongside/phone/sensors',
          device: 'phone',
          receivedAtMs: message.receivedAtMs,
          payload: Buffer.from(message.payload).toString('base64'),
        },
      },
    ]);
    expect(await world.intake.ingest(second('phone', 1))).toMatchObject({ kind: 'accepted' });
  });
});

describe('statuses of a learnt filter', () => {
  const filter = {
    calibration: [
      { slope: 1, bias: 0 },
      { slope: 1, bias: 0 },
    ],
    shares: [0.5, 0.5],
    ...{ meanDurationMs: 5000, independentMs: 500, certainty: 0.9 },
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
