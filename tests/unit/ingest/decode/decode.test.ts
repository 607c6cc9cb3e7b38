import { map, of, Subject } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it, vi } from 'vitest';
import type { DecodedDelivery, Delivery, Settlement } from '../../../../src/domain/delivery.js';
import type { RawMessage } from '../../../../src/domain/message.js';
import { decode } from '../../../../src/ingest/decode/decode.js';
import { AUTO, addressed, rawOf } from './make-raw.js';

const good = (sequence: number) =>
  addressed('alongside', {
    sequence,
    sensors: { gyroscope: { timeMs: [sequence], x: [1], y: [1], z: [1] } },
  });
const bad = addressed('alongside', 'hello');

const sequenceOf = ({ content }: DecodedDelivery) => content.message?.sequence;
const delivery = (
  message: RawMessage,
  settle: (settlement: Settlement) => void = () => undefined,
): Delivery => ({ message, settle });
const quiet = { settings: AUTO };

/**
 * Runs marbles in which a, b, c are good messages numbered 1, 2, 3 and x is a bad one.
 *
 * @param subscribed when the source is subscribed to and let go of
 * @param unsubscribing subscription and early unsubscription of the result, if any
 */
function expectMarbles(source: string, subscribed: string, expected: string, unsubscribing?: string): void {
  const scheduler = new TestScheduler((actual, wanted) => expect(actual).toEqual(wanted));
  scheduler.run(({ hot, expectObservable, expectSubscriptions }) => {
    const raw$ = hot(source, {
      a: delivery(good(1)),
      b: delivery(good(2)),
      c: delivery(good(3)),
      x: delivery(bad),
    });
    const numbers$ = raw$.pipe(decode(quiet), map(sequenceOf));
    expectObservable(numbers$, unsubscribing).toBe(expected, { a: 1, b: 2, c: 3 });
    expectSubscriptions(raw$.subscriptions).toBe(subscribed);
  });
}

describe(decode, () => {
  it.each([
    { repeat: 'retained' },
    { recovery: 'covered' },
    { recovery: 'uncovered', repeat: 'retained' },
    {},
  ] as const)('lets samples say how their message came: %j', (origin) => {
    const decoded: DecodedDelivery[] = [];
    of(delivery({ ...good(1), ...origin }))
      .pipe(decode(quiet))
      .subscribe((one) => decoded.push(one));
    const [{ content } = { content: { message: undefined } }] = decoded;
    expect({ recovery: content.message?.recovery, repeat: content.message?.repeat }).toEqual({
      recovery: undefined,
      repeat: undefined,
      ...origin,
    });
  });

  it('never emits from a source that never does', () => {
    const source = '    -----';
    const subscribed = '^----';
    const expected = '  -----';
    expectMarbles(source, subscribed, expected);
  });

  it('completes with an empty source', () => {
    const source = '    --|';
    const subscribed = '^-!';
    const expected = '  --|';
    expectMarbles(source, subscribed, expected);
  });

  it('emits one message at once', () => {
    const source = '    --a--|';
    const subscribed = '^----!';
    const expected = '  --a--|';
    expectMarbles(source, subscribed, expected);
  });

  it('emits many in order, leaving out those that cannot be decoded', () => {
    const source = '    -a-x-b-xc-|';
    const subscribed = '^---------!';
    const expected = '  -a---b--c-|';
    expectMarbles(source, subscribed, expected);
  });

  it('fails as its source does', () => {
    const source = '    -a-#';
    const subscribed = '^--!';
    const expected = '  -a-#';
    expectMarbles(source, subscribed, expected);
  });

  it('goes on after bad messages for as long as its source does', () => {
    const source = '    xxx-a-xxx-b-';
    const subscribed = '^-----------';
    const expected = '  ----a-----b-';
    expectMarbles(source, subscribed, expected);
  });

  it('lets go of its source when it is unsubscribed early', () => {
    const source = '       -a-b-c-';
    const unsubscribing = '^--!   ';
    const subscribed = '   ^--!   ';
    const expected = '     -a-----';
    expectMarbles(source, subscribed, expected, unsubscribing);
  });

  it('keeps what it learns about devices to the subscription', () => {
    const phone = (name: string, z: number) =>
      rawOf('sensor-logger', {
        deviceId: 'phone-1',
        payload: [{ name, time: 1, values: { x: 0, y: 0, z } }],
      });
    const raw$ = of(delivery(phone('accelerometeruncalibrated', -1)), delivery(phone('gravity', -9.75)));
    const lastZ = () => {
      let z: number | undefined;
      raw$.pipe(decode(quiet)).subscribe(({ content }) => {
        z = content.message?.blocks[0]?.values[2];
      });
      return z;
    };
    expect(lastZ()).toBe(9.75);
    expect(lastZ()).toBe(9.75);

    const source$ = new Subject<Delivery>();
    const platforms: string[] = [];
    const decoded$ = source$.pipe(decode(quiet));
    decoded$.subscribe(({ content }) => platforms.push(`first ${content.platform?.info.name}`));
    source$.next(delivery(phone('accelerometeruncalibrated', -1)));
    decoded$.subscribe(({ content }) => platforms.push(`second ${content.platform?.info.name}`));
    source$.next(delivery(phone('gravity', -9.75)));
    expect(platforms).toEqual(['first ios', 'first ios', 'second android']);
  });

  it('settles a message that it refuses, and hands on every other one with its settlement', () => {
    const told: unknown[] = [];
    const deliveryOf = (message: RawMessage) =>
      delivery(message, (settlement) =>
        told.push([message, settlement.kind === 'rejected' && settlement.reason]),
      );
    of(deliveryOf(bad), deliveryOf(good(1)))
      .pipe(decode(quiet))
      .subscribe((decoded) => {
        told.push(sequenceOf(decoded));
        decoded.settle({ kind: 'rejected', reason: 'too-many-devices', detail: '' });
      });
    expect(told).toEqual([[bad, 'not-json'], 1, [good(1), 'too-many-devices']]);
  });

  it('names the device of a message that only its payload names when a later stage rejects it', () => {
    const settle = vi.fn();
    const message = rawOf('sensor-logger', {
      deviceId: 'phone-1',
      payload: [{ name: 'gyroscope', time: 1, values: { x: 0, y: 0, z: 0 } }],
    });
    of(delivery(message, settle))
      .pipe(decode(quiet))
      .subscribe((decoded) => decoded.settle({ kind: 'rejected', reason: 'internal', detail: 'x' }));
    expect(settle.mock.calls).toEqual([
      [{ kind: 'rejected', reason: 'internal', detail: 'x', device: 'phone-1' }],
    ]);
  });

  it('rejects a message on which a decoder fails, says so, and goes on', () => {
    const error = new Error('torn page');
    const faulty = Object.defineProperty({ ...good(1) }, 'payload', {
      get: () => {
        throw error;
      },
    });
    const settle = vi.fn();
    const onFault = vi.fn();
    const seen: unknown[] = [];
    of(delivery(faulty, settle), delivery(good(2)))
      .pipe(decode(quiet, onFault))
      .subscribe((decoded) => seen.push(sequenceOf(decoded)));
    const detail = 'a fault in the stage decode; the log has its stack';
    expect(settle.mock.calls).toEqual([[{ kind: 'rejected', reason: 'internal', detail }]]);
    expect(onFault.mock.calls).toEqual([[{ stage: 'decode', error }]]);
    expect(seen).toEqual([2]);
  });

  it('goes on when a settlement throws, and says so', () => {
    const error = new Error('callback');
    const onFault = vi.fn();
    const complete = vi.fn();
    const settle = (): never => {
      throw error;
    };
    of(delivery(bad, settle), delivery(bad, settle)).pipe(decode(quiet, onFault)).subscribe({ complete });
    expect(onFault.mock.calls).toEqual([[{ stage: 'decode', error }], [{ stage: 'decode', error }]]);
    expect(complete).toHaveBeenCalledOnce();
  });
});
