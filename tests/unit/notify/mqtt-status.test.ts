import { describe, expect, it } from 'vitest';
import type { DeviceId } from '../../../src/domain/ids.js';
import {
  type MqttStatusSinkOptions,
  startMqttStatusSink,
  statusTopic,
} from '../../../src/notify/mqtt-status.js';
import { GatewayError } from '../../../src/shared/errors.js';
import { deviceId, makeResults, makeUpdate, makeWindow, PHONE } from '../../helpers/make-results.js';
import { VirtualTime } from '../../helpers/virtual-time.js';

const busy = new GatewayError('QUEUE_FULL', 'too many wait', { retryable: true });

function setUp(options: Partial<MqttStatusSinkOptions> = {}) {
  const time = new VirtualTime();
  const failures: unknown[] = [];
  const forgotten: DeviceId[] = [];
  const broker = {
    answer: (): Promise<void> => Promise.resolve(),
    published: [] as { topic: string; payload: string; retain: boolean; qos: number }[],
    publish(topic: string, payload: string, publishOptions: { retain: boolean; qos: 0 | 1 }) {
      broker.published.push({ topic, payload, ...publishOptions });
      return broker.answer();
    },
  };
  const sink = startMqttStatusSink(
    {
      publisher: broker,
      scheduler: time,
      random: () => 1,
      onFailed: (error) => failures.push(error),
      onForgotten: (device) => forgotten.push(device),
    },
    { retry: { initialMs: 100, maxMs: 400 }, ...options },
  );
  const say = (device: string, status: 'yes' | 'no') =>
    sink.accept(makeResults({ statuses: [makeUpdate({ device: deviceId(device), status })] }));
  /** Makes every publication take this long. */
  const takeMs = (ms: number) => {
    broker.answer = () =>
      new Promise((resolve) => {
        time.schedule(() => resolve(), ms);
      });
  };
  const said = () =>
    broker.published.map(({ topic, payload }) => `${topic.split('/')[1]} ${/"(yes|no)"/.exec(payload)?.[1]}`);
  return { time, broker, sink, say, said, takeMs, failures, forgotten };
}

describe('startMqttStatusSink', () => {
  it('publishes the statuses of a device, retained', async () => {
    const { sink, broker } = setUp();
    sink.accept(
      makeResults({
        windows: [makeWindow()],
        statuses: [
          makeUpdate({ atMs: 20, sinceMs: 10 }),
          makeUpdate({ target: 'conversation', status: 'unknown', confidence: 0, atMs: 20, sinceMs: 20 }),
        ],
      }),
    );
    await sink.flush();
    expect(broker.published).toEqual([
      { topic: 'alongside/phone-1/status', payload: expect.any(String), retain: true, qos: 1 },
    ]);
    expect(JSON.parse(broker.published[0]?.payload ?? '')).toEqual({
      device: 'phone-1',
      statuses: {
        accompanied: { status: 'yes', confidence: 0.88, sinceMs: 10 },
        conversation: { status: 'unknown', confidence: 0, sinceMs: 20 },
      },
      atMs: 20,
    });
    expect(statusTopic(PHONE)).toBe('alongside/phone-1/status');
  });

  it('publishes nothing for results without statuses', async () => {
    const { sink, broker } = setUp();
    sink.accept(makeResults({ windows: [makeWindow()] }));
    await sink.flush();
    expect(broker.published).toEqual([]);
  });

  it('lets only the latest statuses of a device wait for a slow broker', async () => {
    const { time, said, say, takeMs } = setUp({ maxInFlight: 2 });
    takeMs(100);
    for (let index = 0; index < 50; index++) {
      for (const device of ['a', 'b', 'c']) say(device, index % 2 === 0 ? 'yes' : 'no');
    }
    await time.advance(1_000);
    expect(said()).toEqual(['a yes', 'b yes', 'c no', 'a no', 'b no']);
  });

  it('tries again after a failure, with the statuses of then, and lets the broker rest meanwhile', async () => {
    const { time, broker, said, say, failures } = setUp();
    broker.answer = () => Promise.reject(busy);
    say('a', 'yes');
    await time.advance(10);
    say('a', 'no');
    say('b', 'no');
    await time.advance(89);
    expect(said()).toEqual(['a yes']);
    broker.answer = () => Promise.resolve();
    await time.advance(1);
    expect(said()).toEqual(['a yes', 'a no', 'b no']);
    expect(failures).toEqual([busy]);
  });

  it('waits longer after each failure in a row', async () => {
    const { time, broker, say } = setUp();
    broker.answer = () => Promise.reject(busy);
    say('a', 'yes');
    await time.advance(100 + 200 + 400 + 399);
    expect(broker.published).toHaveLength(4);
  });

  it('gives a message up where trying again does not help', async () => {
    const { time, broker, sink, say, failures } = setUp();
    broker.answer = () => Promise.reject(new TypeError('a bug'));
    say('a', 'yes');
    await sink.flush();
    await time.advance(10_000);
    expect(broker.published).toHaveLength(1);
    expect(failures).toHaveLength(1);
  });

  it('tells of a device it had to forget before it was published', async () => {
    const { sink, said, say, forgotten, broker } = setUp({ maxInFlight: 1, maxDevices: 2 });
    let release = (): void => undefined;
    broker.answer = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    for (const device of ['a', 'b', 'c', 'd']) say(device, 'yes');
    expect(forgotten).toEqual(['b']);
    broker.answer = () => Promise.resolve();
    release();
    await sink.flush();
    expect(said()).toEqual(['a yes', 'c yes', 'd yes']);
  });

  it('flushes what was accepted before, through failures', async () => {
    const { time, broker, sink, say } = setUp();
    broker.answer = () => Promise.reject(busy);
    say('a', 'yes');
    let isFlushed = false;
    const flushed = sink.flush().then(() => {
      isFlushed = true;
    });
    await time.advance(50);
    say('a', 'no');
    expect(isFlushed).toBe(false);
    broker.answer = () => Promise.resolve();
    await time.advance(50);
    await flushed;
    expect(broker.published).toHaveLength(2);
  });

  it('closes after what is under way, but does not wait for ever, and takes nothing more', async () => {
    const { time, sink, say, said, takeMs } = setUp({ closeTimeoutMs: 150, maxInFlight: 1 });
    takeMs(100);
    for (const device of ['a', 'b', 'c']) say(device, 'yes');
    const flushed = sink.flush();
    const closed = sink[Symbol.asyncDispose]();
    await time.advance(150);
    await closed;
    await flushed;
    say('d', 'yes');
    await time.advance(1_000);
    expect(said()).toEqual(['a yes', 'b yes']);
  });

  it('ends the retention of a device that is forgotten, after what is under way', async () => {
    const { sink, broker, say, takeMs, time } = setUp();
    takeMs(10);
    say('anna', 'yes');
    say('ben', 'yes');
    const forgetting = sink.forget(deviceId('anna'));
    await time.advance(30);
    await forgetting;
    expect(broker.published.map(({ topic, payload, retain }) => [topic, payload === '', retain])).toEqual([
      ['alongside/anna/status', false, true],
      ['alongside/ben/status', false, true],
      ['alongside/anna/status', true, true],
    ]);
  });

  it('publishes nothing of a device that was forgotten before its turn', async () => {
    const { sink, broker, say, takeMs, time } = setUp({ maxInFlight: 1 });
    takeMs(10);
    say('ben', 'yes');
    say('anna', 'yes');
    const forgetting = sink.forget(deviceId('anna'));
    await time.advance(30);
    await forgetting;
    expect(broker.published.filter(({ payload }) => payload.includes('anna'))).toEqual([]);
  });
});
