import { map, of, Subject } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it, vi } from 'vitest';
import type { RawMessage } from '../../../../src/domain/message.js';
import { decode } from '../../../../src/ingest/decode/decode.js';
import type { DecodedMessage, RejectedMessage } from '../../../../src/ingest/decode/outcome.js';
import { AUTO, addressed, rawOf } from './make-raw.js';

const good = (sequence: number) =>
  addressed('alongside', {
    sequence,
    sensors: { gyroscope: { timeMs: [sequence], x: [1], y: [1], z: [1] } },
  });
const bad = addressed('alongside', 'hello');

const sequenceOf = ({ message }: DecodedMessage) => message?.sequence;
const ignore = () => undefined;
const quiet = { settings: AUTO, onRejected: ignore };

/**
 * Runs marbles in which a, b, c are good messages numbered 1, 2, 3 and x is a bad one.
 *
 * @param subscribed when the source is subscribed to and let go of
 * @param unsubscribing subscription and early unsubscription of the result, if any
 */
function expectMarbles(source: string, subscribed: string, expected: string, unsubscribing?: string): void {
  const scheduler = new TestScheduler((actual, wanted) => expect(actual).toEqual(wanted));
  scheduler.run(({ hot, expectObservable, expectSubscriptions }) => {
    const raw$ = hot(source, { a: good(1), b: good(2), c: good(3), x: bad });
    const numbers$ = raw$.pipe(decode(quiet), map(sequenceOf));
    expectObservable(numbers$, unsubscribing).toBe(expected, { a: 1, b: 2, c: 3 });
    expectSubscriptions(raw$.subscriptions).toBe(subscribed);
  });
}

describe(decode, () => {
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
    const raw$ = of(phone('accelerometeruncalibrated', -1), phone('gravity', -9.75));
    const lastZ = () => {
      let z: number | undefined;
      raw$.pipe(decode(quiet)).subscribe(({ message }) => {
        z = message?.blocks[0]?.values[2];
      });
      return z;
    };
    expect(lastZ()).toBe(9.75);
    expect(lastZ()).toBe(9.75);

    const source$ = new Subject<RawMessage>();
    const platforms: string[] = [];
    const decoded$ = source$.pipe(decode(quiet));
    decoded$.subscribe(({ platform }) => platforms.push(`first ${platform?.info.name}`));
    source$.next(phone('accelerometeruncalibrated', -1));
    decoded$.subscribe(({ platform }) => platforms.push(`second ${platform?.info.name}`));
    source$.next(phone('gravity', -9.75));
    expect(platforms).toEqual(['first ios', 'first ios', 'second android']);
  });

  it('tells of every message, accepted or refused, before it emits', () => {
    const told: unknown[] = [];
    of(bad, good(1))
      .pipe(
        decode({
          settings: AUTO,
          onRejected: (raw: RawMessage, outcome: RejectedMessage) => told.push([raw, outcome.reason]),
          onDecoded: (raw, decoded) => told.push([raw.topic, sequenceOf(decoded)]),
        }),
      )
      .subscribe((decoded) => told.push(sequenceOf(decoded)));
    expect(told).toEqual([[bad, 'not-json'], ['test/alongside', 1], 1]);
  });

  it('refuses a message on which a decoder fails, and goes on', () => {
    const faulty = Object.defineProperty({ ...good(1) }, 'payload', {
      get: () => {
        throw new Error('torn page');
      },
    });
    const onRejected = vi.fn();
    const seen: unknown[] = [];
    of(faulty, good(2))
      .pipe(decode({ settings: AUTO, onRejected }))
      .subscribe((decoded) => seen.push(sequenceOf(decoded)));
    expect(onRejected.mock.calls.map(([, outcome]) => outcome)).toEqual([
      {
        ok: false,
        reason: 'wrong-shape',
        detail: 'the alongside decoder failed on it: torn page',
      },
    ]);
    expect(seen).toEqual([2]);
  });

  it('goes on when a callback throws, and says so', () => {
    const error = new Error('callback');
    const onFault = vi.fn();
    const complete = vi.fn();
    of(bad, bad)
      .pipe(
        decode({
          settings: AUTO,
          onRejected: () => {
            throw error;
          },
          onFault,
        }),
      )
      .subscribe({ complete });
    expect(onFault.mock.calls).toEqual([[{ stage: 'decode', error }], [{ stage: 'decode', error }]]);
    expect(complete).toHaveBeenCalledOnce();
  });
});
