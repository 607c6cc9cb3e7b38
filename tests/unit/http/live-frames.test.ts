import { describe, expect, it } from 'vitest';
import { createLiveFeed, type LiveEvent, type LiveFeed } from '../../../src/http/live-feed.js';
import {
  deviceOf,
  formatEvent,
  formatHeartbeat,
  formatOpening,
  resolveStart,
} from '../../../src/http/server-sent-events.js';
import { PHONE, storedWindow } from '../../helpers/http-fixture.js';

const EVENT: LiveEvent = { type: 'device', data: { id: PHONE, online: true, atMs: 5 } };

/** Holds events 3, 4 and 5 of epoch 1000. */
function createFeed(): LiveFeed {
  const feed = createLiveFeed({ epoch: 1000, capacityEvents: 3 });
  for (let index = 0; index < 5; index++) feed.publish(EVENT);
  return feed;
}

describe(resolveStart, () => {
  it.each([
    ['no id: from now on', undefined, 5, undefined],
    ['an empty id: from now on', '', 5, undefined],
    ['the newest event', '1000-5', 5, undefined],
    ['an event that is kept', '1000-3', 3, undefined],
    ['the last event before those kept', '1000-2', 2, undefined],
    ['an event too old', '1000-1', 5, 'too-old'],
    ['another start of the gateway', '999-5', 5, 'restarted'],
    ['an event of the future', '1000-6', 5, 'unknown-id'],
    ['something else', 'abc', 5, 'unknown-id'],
    ['a path trick', '1000-5/../../x', 5, 'unknown-id'],
    ['numbers without end', `${'9'.repeat(500)}-1`, 5, 'unknown-id'],
  ])('%s', (_name, lastEventId, afterSequence, reset) => {
    expect(resolveStart(lastEventId, createFeed())).toEqual({ afterSequence, reset });
  });
});

describe('frames', () => {
  it('write an event as one id, type and line of JSON', () => {
    expect(formatEvent(1000, { sequence: 5, event: EVENT })).toBe(
      'id: 1000-5\nevent: device\ndata: {"id":"phone-1","online":true,"atMs":5}\n\n',
    );
  });

  it('keep a line a line whatever the data holds', () => {
    const event: LiveEvent = { type: 'window', data: storedWindow({ model: 'a\n\nevent: forged\r\n' }) };
    const lines = formatEvent(1, { sequence: 1, event }).split(/\r\n|\n|\r/);
    expect(lines.map((line) => line.split(':', 1)[0])).toEqual(['id', 'event', 'data', '', '']);
  });

  it('tell a client its place before the first event, and to reload when it must', () => {
    const feed = createFeed();
    expect(formatOpening(feed, { afterSequence: 4, reset: undefined })).toBe('retry: 2000\nid: 1000-4\n\n');
    expect(formatOpening(feed, { afterSequence: 5, reset: 'too-old' })).toBe(
      'retry: 2000\nid: 1000-5\nevent: reset\ndata: {"reason":"too-old"}\n\n',
    );
  });

  it('carry the place reached in a heartbeat', () => {
    expect(formatHeartbeat(1000, 9)).toBe(': still here\nid: 1000-9\n\n');
  });

  it('know the device of every kind of event', () => {
    const status = { id: 'x', device: PHONE, target: 't', status: 'yes', confidence: 1 } as const;
    const events: LiveEvent[] = [
      EVENT,
      { type: 'window', data: storedWindow() },
      { type: 'apparel', data: { device: PHONE, label: 'hat', atMs: 1, probability: 1 } },
      { type: 'status', data: { ...status, atMs: 1, sinceMs: 1, kind: 'change' } },
    ];
    expect(events.map(deviceOf)).toEqual([PHONE, PHONE, PHONE, PHONE]);
  });
});
