import { once } from 'node:events';
import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createLiveFeed, type LiveEvent } from '../../../src/http/live-feed.js';
import {
  createEventEncoder,
  createLiveStream,
  type LiveStreamOptions,
} from '../../../src/http/server-sent-events.js';
import { PHONE, storedWindow } from '../../helpers/http-fixture.js';

const BIG_EVENT: LiveEvent = { type: 'window', data: storedWindow({ model: 'm'.repeat(10_000) }) };

function eventAt(atMs: number): LiveEvent {
  return { type: 'device', data: { id: PHONE, online: true, atMs } };
}

function optionsFor(capacityEvents: number, overrides: Partial<LiveStreamOptions> = {}): LiveStreamOptions {
  return {
    feed: createLiveFeed({ epoch: 1, capacityEvents }),
    start: { afterSequence: 0, reset: undefined },
    matches: () => true,
    heartbeatMs: 1_000_000,
    encode: createEventEncoder(1),
    onTooSlow: () => undefined,
    ...overrides,
  };
}

describe(createLiveStream, () => {
  it('holds no more than one stream buffer for a client that does not read, then gives it up', async () => {
    const complaints: string[] = [];
    const options = optionsFor(50, { onTooSlow: () => void complaints.push('too slow') });
    const { body: stream } = createLiveStream(options);
    const held: number[] = [];
    for (let index = 0; index < 100 && !stream.destroyed; index++) {
      options.feed.publish(BIG_EVENT);
      held.push(stream.readableLength);
      await turn();
    }
    expect(Math.max(...held)).toBeLessThan(40_000);
    expect(complaints).toEqual(['too slow']);
    expect(stream.destroyed).toBe(true);
  });

  it('gives a client that reads slowly, but reads, everything', async () => {
    const options = optionsFor(1000, { onTooSlow: () => expect.unreachable('fast enough') });
    const { body: stream } = createLiveStream(options);
    const texts: string[] = [];
    const slow = new Writable({
      highWaterMark: 1,
      write: (chunk: Buffer, _encoding, done) => {
        texts.push(chunk.toString());
        setImmediate(done);
      },
    });
    stream.pipe(slow);
    for (let index = 1; index <= 200; index++) options.feed.publish(eventAt(index));
    await expect.poll(() => texts.join('').match(/"atMs":\d+/g)?.length).toBe(200);
    const times = [...texts.join('').matchAll(/"atMs":(\d+)/g)].map(([, atMs]) => Number(atMs));
    expect(times).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    stream.destroy();
  });

  it('leaves out what does not match, but counts it as read', async () => {
    const options = optionsFor(10, {
      matches: (event) => event.type === 'window',
      heartbeatMs: 5,
    });
    const { body: stream } = createLiveStream(options);
    const texts: string[] = [];
    stream.on('data', (chunk: Buffer) => texts.push(chunk.toString()));
    for (let index = 1; index <= 8; index++) options.feed.publish(eventAt(index));
    options.feed.publish({ type: 'window', data: storedWindow() });
    options.feed.publish(eventAt(10));
    await expect.poll(() => texts.join('')).toContain(': still here\nid: 1-10\n');
    expect(texts.join('')).not.toContain('event: device');
    expect(texts.join('')).toContain('id: 1-9\nevent: window');
    stream.destroy();
  });

  it('ends in order and takes nothing more, whatever is still published', async () => {
    const options = optionsFor(2, { heartbeatMs: 1 });
    const { body, end } = createLiveStream(options);
    const texts: string[] = [];
    body.on('data', (chunk: Buffer) => texts.push(chunk.toString()));
    options.feed.publish(eventAt(1));
    await expect.poll(() => texts.join('')).toContain('"atMs":1');
    end();
    for (let atMs = 2; atMs < 10; atMs++) options.feed.publish(eventAt(atMs));
    await once(body, 'end');
    expect(texts.join('').match(/"atMs":\d+/g)).toEqual(['"atMs":1']);
  });

  it('leaves the feed when it is destroyed', async () => {
    const options = optionsFor(2, { onTooSlow: () => expect.unreachable('nobody is left to be slow') });
    const { body: stream } = createLiveStream(options);
    stream.destroy();
    await once(stream, 'close');
    for (let index = 0; index < 10; index++) options.feed.publish(BIG_EVENT);
    expect(stream.readableLength).toBeLessThan(1000);
  });
});

describe(createEventEncoder, () => {
  it('writes an event once for all streams', () => {
    const encode = createEventEncoder(1);
    const event = { sequence: 1, event: eventAt(1) };
    expect(encode(event)).toBe(encode(event));
  });
});
