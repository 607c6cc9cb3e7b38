import { describe, expect, it, vi } from 'vitest';
import type { Repeat } from '../../../src/domain/message.js';
import { createReceiver, type ReceiverOptions } from '../../../src/ingest/receive.js';
import type { AckDecision, SourceRejection } from '../../../src/ingest/source.js';
import { createTopicResolver } from '../../../src/ingest/topics.js';
import { GatewayError } from '../../../src/shared/errors.js';

const PAYLOAD = Buffer.from('{}');
const TOPIC = 'alongside/a/sensors';
const LONG_MS = 60_000;

function setUp(options: Partial<ReceiverOptions> = {}) {
  const rejections: SourceRejection[] = [];
  const failures: unknown[] = [];
  const held: string[] = [];
  const verdicts: AckDecision[] = [];
  const delivered: unknown[] = [];
  const receive = createReceiver({
    topics: createTopicResolver([]),
    clock: { nowMs: () => 42 },
    deliver: (message) => void delivered.push(message),
    hooks: {
      onRejected: (rejection) => void rejections.push(rejection),
      onDeliverFailed: (error) => void failures.push(error),
      onHoldExceeded: (topic) => void held.push(topic),
    },
    ...options,
  });
  const take = (topic = TOPIC, payload: Uint8Array = PAYLOAD, maxHoldMs = LONG_MS, repeat?: Repeat): void =>
    receive({ topic, payload, repeat }, maxHoldMs, (verdict) => void verdicts.push(verdict));
  return { take, rejections, failures, held, verdicts, delivered };
}

const settled = async (): Promise<void> => {
  await new Promise((resolve) => setImmediate(resolve));
};

describe(createReceiver, () => {
  it('delivers a message with what its topic says', () => {
    const { take, delivered, verdicts } = setUp();
    take();
    expect(delivered).toEqual([
      { format: 'alongside', topic: TOPIC, device: 'a', payload: PAYLOAD, receivedAtMs: 42 },
    ]);
    expect(verdicts).toEqual(['acknowledge']);
  });

  it('hands a watched topic to its watcher, and acknowledges', () => {
    const heard: Uint8Array[] = [];
    const watch = {
      topic: 'homeassistant/status',
      onMessage: (payload: Uint8Array) => void heard.push(payload),
    };
    const { take, rejections, verdicts, delivered } = setUp({ watches: [watch] });
    take('homeassistant/status');
    expect([heard, delivered, rejections, verdicts]).toEqual([[PAYLOAD], [], [], ['acknowledge']]);
  });

  it('says what is a repeat, and refuses it where it would be dated by its arrival', () => {
    const { take, delivered, rejections, verdicts } = setUp();
    for (const repeat of ['retained', 'redelivered'] as const) {
      for (const kind of ['sensors', 'frames', 'labels']) {
        take(`alongside/a/${kind}`, PAYLOAD, LONG_MS, repeat);
      }
    }
    expect(delivered).toMatchObject([
      { format: 'alongside', repeat: 'retained' },
      { format: 'alongside', repeat: 'redelivered' },
      { format: 'frame', repeat: 'redelivered' },
      { format: 'labels', repeat: 'redelivered' },
    ]);
    expect(rejections).toMatchObject([
      { reason: 'retained', topic: 'alongside/a/frames' },
      { reason: 'retained', topic: 'alongside/a/labels' },
    ]);
    expect(verdicts).toEqual(Array.from({ length: 6 }, () => 'acknowledge'));
  });

  it('refuses wrong topics, bad devices and too much, and acknowledges them', () => {
    const { take, rejections, verdicts, delivered } = setUp({ maxMessageBytes: 100 });
    take('elsewhere');
    take('alongside/a b/sensors');
    take(TOPIC, new Uint8Array(100 - TOPIC.length + 1));
    take(TOPIC, new Uint8Array(100 - TOPIC.length));
    expect(rejections.map(({ reason }) => reason)).toEqual(['wrong-topic', 'bad-device', 'too-large']);
    expect(rejections.map(({ topic }) => topic)).toEqual(['elsewhere', 'alongside/a b/sensors', TOPIC]);
    expect(verdicts).toEqual(Array(4).fill('acknowledge'));
    expect(delivered).toHaveLength(1);
  });

  it('refuses a body of 10 MB by default', () => {
    const { take, rejections } = setUp();
    take(TOPIC, new Uint8Array(10_000_000));
    expect(rejections[0]?.reason).toBe('too-large');
  });

  it('holds the verdict back until the delivery is over', async () => {
    let finish: () => void = () => undefined;
    const deliver = () => new Promise<void>((resolve) => (finish = resolve));
    const { take, verdicts } = setUp({ deliver });
    take();
    await settled();
    expect(verdicts).toEqual([]);
    finish();
    await settled();
    expect(verdicts).toEqual(['acknowledge']);
  });

  const passing = new GatewayError('STORE_UNAVAILABLE', 'disk full', { retryable: true });
  const fatal = new GatewayError('DECODE_FAILED', 'odd');
  it.each<[GatewayError, AckDecision | undefined, AckDecision]>([
    [passing, undefined, 'acknowledge'],
    [passing, 'acknowledge', 'acknowledge'],
    [passing, 'redeliver', 'redeliver'],
    [fatal, 'redeliver', 'acknowledge'],
  ])('reports %s and, told to %s, will %s', async (error, whenNotTaken, verdict) => {
    for (const deliver of [
      () => Promise.reject(error),
      () => {
        throw error;
      },
    ]) {
      const { take, failures, verdicts } = setUp({ deliver, whenNotTaken });
      take();
      await settled();
      expect(failures).toEqual([error]);
      expect(verdicts).toEqual([verdict]);
    }
  });

  it.each<[AckDecision | undefined, AckDecision]>([
    [undefined, 'acknowledge'],
    ['redeliver', 'redeliver'],
  ])(
    'ends a hold at its limit; told to %s, will %s, and ignores the late end',
    async (whenNotTaken, verdict) => {
      vi.useFakeTimers();
      try {
        let finish: () => void = () => undefined;
        const deliver = () => new Promise<void>((resolve) => (finish = resolve));
        const { take, held, verdicts } = setUp({ deliver, whenNotTaken });
        take(TOPIC, PAYLOAD, 500);
        vi.advanceTimersByTime(499);
        expect(verdicts).toEqual([]);
        vi.advanceTimersByTime(1);
        expect(verdicts).toEqual([verdict]);
        expect(held).toEqual([TOPIC]);
        finish();
        await vi.advanceTimersByTimeAsync(1);
        expect(verdicts).toEqual([verdict]);
      } finally {
        vi.useRealTimers();
      }
    },
  );
});
