import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLiveFeed, type LiveCursor, type LiveEvent } from '../../../src/http/live-feed.js';
import { PHONE } from '../../helpers/http-fixture.js';

function deviceEvent(atMs: number): LiveEvent {
  return { type: 'device', data: { id: PHONE, online: true, atMs } };
}

function readAll(cursor: LiveCursor): number[] {
  const sequences: number[] = [];
  for (let next = cursor.next(); next !== undefined; next = cursor.next()) sequences.push(next.sequence);
  return sequences;
}

const ignore = (): void => undefined;

describe(createLiveFeed, () => {
  it('numbers events from 1 and gives them back with what was published', () => {
    const feed = createLiveFeed({ epoch: 7, capacityEvents: 10 });
    feed.publish(deviceEvent(11));
    feed.publish(deviceEvent(22));
    const cursor = feed.subscribe(0, ignore);
    expect(cursor.next()).toEqual({ sequence: 1, event: deviceEvent(11) });
    expect(cursor.next()).toEqual({ sequence: 2, event: deviceEvent(22) });
    expect(cursor.next()).toBeUndefined();
    expect(feed.lastSequence).toBe(2);
    expect(feed.epoch).toBe(7);
  });

  it('gives a reader every event once and in order, or a gap exactly when it lags more than the capacity', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 12 }) }),
      fc.record({ kind: fc.constant('read' as const), count: fc.integer({ min: 1, max: 12 }) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(step), (capacityEvents, steps) => {
        const feed = createLiveFeed({ epoch: 1, capacityEvents });
        const cursor = feed.subscribe(0, ignore);
        let published = 0;
        let read = 0;
        for (const { kind, count } of steps) {
          for (let index = 0; index < count; index++) {
            if (kind === 'publish') {
              published += 1;
              feed.publish(deviceEvent(published));
              continue;
            }
            const isLost = published - read > capacityEvents;
            expect(cursor.hasGap).toBe(isLost);
            const next = cursor.next();
            if (isLost || read === published) {
              expect(next).toBeUndefined();
            } else {
              read += 1;
              expect(next).toEqual({ sequence: read, event: deviceEvent(read) });
            }
          }
        }
      }),
    );
  });

  it('lets readers go their own ways', () => {
    const feed = createLiveFeed({ epoch: 1, capacityEvents: 10 });
    const early = feed.subscribe(0, ignore);
    for (let index = 0; index < 4; index++) feed.publish(deviceEvent(index));
    const late = feed.subscribe(3, ignore);
    expect(readAll(late)).toEqual([4]);
    expect(readAll(early)).toEqual([1, 2, 3, 4]);
  });

  it('wakes each reader after each event, until it closes', () => {
    const feed = createLiveFeed({ epoch: 1, capacityEvents: 10 });
    let woken = 0;
    const wake = (): void => {
      woken += 1;
    };
    const first = feed.subscribe(0, wake);
    const second = feed.subscribe(0, wake);
    feed.publish(deviceEvent(1));
    expect(woken).toBe(2);
    first.close();
    feed.publish(deviceEvent(2));
    expect(woken).toBe(3);
    second.close();
    feed.publish(deviceEvent(3));
    expect(woken).toBe(3);
  });

  it('lets a reader close while it is woken', () => {
    const feed = createLiveFeed({ epoch: 1, capacityEvents: 10 });
    const cursor: LiveCursor = feed.subscribe(0, () => cursor.close());
    const other = feed.subscribe(0, ignore);
    feed.publish(deviceEvent(1));
    expect(readAll(other)).toEqual([1]);
  });

  it('takes out events that somebody wants forgotten, and gives readers the others', () => {
    const feed = createLiveFeed({ epoch: 1, capacityEvents: 4 });
    for (let atMs = 1; atMs <= 6; atMs++) feed.publish(deviceEvent(atMs));
    const cursor = feed.subscribe(2, ignore);
    feed.forget((event) => event.type === 'device' && event.data.atMs % 2 === 0);
    expect(cursor.hasGap).toBe(false);
    expect(readAll(cursor)).toEqual([3, 5]);
    feed.publish(deviceEvent(7));
    expect(readAll(cursor)).toEqual([7]);
    feed.forget(() => true);
    expect(readAll(feed.subscribe(3, ignore))).toEqual([]);
  });

  it('takes events that are numbered elsewhere, with gaps, and none twice', () => {
    const feed = createLiveFeed({ epoch: 1, capacityEvents: 4, afterSequence: 10 });
    expect(feed.subscribe(9, ignore).hasGap).toBe(true);
    const cursor = feed.subscribe(10, ignore);
    for (const sequence of [11, 13, 13, 12, 14]) feed.put({ sequence, event: deviceEvent(sequence) });
    expect(readAll(cursor)).toEqual([11, 13, 14]);
    feed.put({ sequence: 20, event: deviceEvent(20) });
    expect(cursor.hasGap).toBe(true);
    expect(readAll(feed.subscribe(16, ignore))).toEqual([20]);
    expect(feed.lastSequence).toBe(20);
  });
});
