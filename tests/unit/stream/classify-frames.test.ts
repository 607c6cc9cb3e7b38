import { lastValueFrom, of, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { DeviceId } from '../../../src/domain/ids.js';
import type { Classification } from '../../../src/domain/image.js';
import type { ApparelPoint } from '../../../src/domain/store.js';
import { GatewayError } from '../../../src/shared/errors.js';
import { ImageError } from '../../../src/shared/picture-bytes.js';
import {
  classifyFrames,
  FrameClassifier,
  type FrameClassifierOptions,
} from '../../../src/stream/classify-frames.js';
import { deliveryOf, deviceId, messageOf } from '../../helpers/sensor-messages.js';

const PHONE = deviceId('phone');
const NOW_MS = Date.UTC(2026, 0, 1);

const ANSWER: Classification = {
  model: 'apparel',
  modelVersion: '1',
  labels: [
    { label: 'hat', probability: 0.6 },
    { label: 'shoe', probability: 0.3 },
    { label: 'dress', probability: 0.1 },
  ],
  people: undefined,
  embedding: undefined,
  timings: { decodeMs: 1, inferMs: 1, totalMs: 2 },
};

const UNASKED = {
  hasRoom: true,
  embedWorn: () => Promise.reject(new Error('not asked for')),
  run: () => Promise.reject(new Error('not asked for')),
};

function start(
  overrides: Partial<FrameClassifierOptions> = {},
  outcome: Promise<Classification> | Error = Promise.resolve(ANSWER),
) {
  const labelled: (readonly ApparelPoint[])[] = [];
  const rejected: string[] = [];
  const suppressed = new Set<DeviceId>();
  let received = 0;
  const frames = new FrameClassifier({
    classifier: {
      ...UNASKED,
      classify: () => (outcome instanceof Error ? Promise.reject(outcome) : outcome),
    },
    modelForFrames: () => undefined,
    framesPerMinute: 6000,
    maxFrames: 8,
    minProbability: 0.2,
    earliestMs: Date.UTC(2000, 0, 1),
    futureMs: 1000,
    clock: { nowMs: () => NOW_MS },
    suppressed,
    ...overrides,
  });
  frames.events$.subscribe((event) => {
    if (event.type === 'received') received++;
    if (event.type === 'labelled') labelled.push(event.points);
    if (event.type === 'rejected') rejected.push(event.reason);
  });
  const send = (timeMs = NOW_MS): void => frames.accept({ device: PHONE, timeMs, image: Uint8Array.of(1) });
  return { frames, send, labelled, rejected, suppressed, received: () => received };
}

describe(FrameClassifier, () => {
  it('gives the labels that are probable enough, at the time of the frame', async () => {
    const { frames, send, labelled } = start();
    send(NOW_MS + 0.25);
    expect([frames.pending, frames.hasOf(PHONE), frames.hasOf(deviceId('other'))]).toEqual([1, true, false]);
    await frames[Symbol.asyncDispose]();
    expect(labelled).toEqual([
      [
        { device: PHONE, label: 'hat', model: 'apparel', atMs: NOW_MS + 0.25, probability: 0.6 },
        { device: PHONE, label: 'shoe', model: 'apparel', atMs: NOW_MS + 0.25, probability: 0.3 },
      ],
    ]);
    expect([frames.pending, frames.hasOf(PHONE)]).toEqual([0, false]);
  });

  it('gives what the people of a frame wear as one set, each label with its wearers', async () => {
    const box = { left: 0, top: 0, right: 1, bottom: 1 };
    const people = [
      {
        box,
        embedding: undefined,
        labels: [
          { label: 'hat', probability: 0.5 },
          { label: 'coat', probability: 0.1 },
        ],
      },
      { box, embedding: undefined, labels: [{ label: 'hat', probability: 0.7 }] },
    ];
    const { frames, send, labelled } = start({}, Promise.resolve({ ...ANSWER, model: 'worn', people }));
    send();
    await frames[Symbol.asyncDispose]();
    const common = { device: PHONE, atMs: NOW_MS, model: 'worn' };
    expect(labelled).toEqual([
      [
        { ...common, label: 'hat', probability: 0.7, people: [1, 2] },
        { ...common, label: 'coat', probability: 0.1, people: [1] },
      ],
    ]);
  });

  it('says that nobody is on a frame instead of labels', async () => {
    const { frames, send, labelled, rejected } = start(
      {},
      Promise.resolve({ ...ANSWER, labels: [], people: [] }),
    );
    send();
    await frames[Symbol.asyncDispose]();
    expect([labelled, rejected]).toEqual([[], ['no-person']]);
  });

  it('gives a frame on which nobody is found to the model for those', async () => {
    const asked: (string | undefined)[] = [];
    const { frames, send, labelled, rejected } = start({
      modelForFrames: () => 'worn',
      modelWithoutPeople: 'apparel',
      classifier: {
        ...UNASKED,
        classify: (_, model) => {
          asked.push(model);
          return Promise.resolve(
            model === 'apparel' ? ANSWER : { ...ANSWER, model: 'worn', labels: [], people: [] },
          );
        },
      },
    });
    send();
    await frames[Symbol.asyncDispose]();
    expect(asked).toEqual(['worn', 'apparel']);
    expect(labelled.flat().map(({ label, model, people }) => [label, model, people])).toEqual([
      ['hat', 'apparel', undefined],
      ['shoe', 'apparel', undefined],
    ]);
    expect(rejected).toEqual([]);
  });

  it('always gives the most probable label', async () => {
    const { frames, send, labelled } = start({ minProbability: 1 });
    send();
    await frames[Symbol.asyncDispose]();
    expect(labelled[0]?.map(({ label }) => label)).toEqual(['hat']);
  });

  it('lets labels have thresholds of their own', async () => {
    const { frames, send, labelled } = start({ thresholds: { shoe: 0.31 } });
    send();
    await frames[Symbol.asyncDispose]();
    expect(labelled[0]?.map(({ label }) => label)).toEqual(['hat']);
  });

  it.each([
    ['a clock that was never set', 0, 'past'],
    ['a clock that is ahead', NOW_MS + 1001, 'future'],
  ])('refuses frames of %s', (_, timeMs, reason) => {
    const { send, rejected, received, labelled } = start();
    send(timeMs);
    expect([received(), rejected, labelled]).toEqual([1, [reason], []]);
  });

  it('refuses frames beyond a device’s rate and beyond its room', async () => {
    const slow = start({ framesPerMinute: 1 });
    slow.send();
    slow.send();
    expect(slow.rejected).toEqual(['too-fast']);
    const full = start({ maxFrames: 2 });
    full.send();
    full.send();
    full.send();
    expect(full.rejected).toEqual(['queue-full']);
    await Promise.all([slow.frames[Symbol.asyncDispose](), full.frames[Symbol.asyncDispose]()]);
  });

  it.each([
    ['a damaged picture', new ImageError('damaged', 'broken'), 'damaged'],
    ['no model', new GatewayError('NOT_FOUND', 'none'), 'no-model'],
    ['a full queue', new GatewayError('QUEUE_FULL', 'full'), 'queue-full'],
    ['a model that fails', new GatewayError('MODEL_RUN_FAILED', 'failed'), 'model-failed'],
    ['anything else', new TypeError('bug'), 'model-failed'],
  ])('counts %s', async (_, error, reason) => {
    const { frames, send, rejected } = start({}, error);
    send();
    await frames[Symbol.asyncDispose]();
    expect(rejected).toEqual([reason]);
  });

  it('says nothing of a device that was forgotten meanwhile', async () => {
    const { frames, send, suppressed, rejected, labelled } = start();
    send();
    suppressed.add(PHONE);
    await frames[Symbol.asyncDispose]();
    expect([rejected, labelled]).toEqual([['forgotten'], []]);
  });
});

describe(classifyFrames, () => {
  const frame = { device: PHONE, timeMs: NOW_MS, image: Uint8Array.of(1) };
  const delivery = deliveryOf(messageOf());
  const withFrame = { ...delivery, content: { ...delivery.content, frames: [frame] } };

  it('emits what happens to the frames of a message, and completes after the last', async () => {
    const { frames } = start();
    const seen: string[] = [];
    await lastValueFrom(
      of(withFrame).pipe(
        classifyFrames(frames),
        tap(({ type }) => seen.push(type)),
      ),
    );
    expect(seen).toEqual(['received', 'labelled']);
  });

  it('leaves out messages that an earlier run has taken', async () => {
    const { frames } = start();
    const again = { ...withFrame, message: { ...withFrame.message, recovery: 'covered' as const } };
    expect(await lastValueFrom(of(again).pipe(classifyFrames(frames)), { defaultValue: 'none' })).toBe(
      'none',
    );
  });
});
