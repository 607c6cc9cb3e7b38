import { firstValueFrom, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ResultBatch, WriteReport } from '../../../../src/domain/store.js';
import { GatewayError } from '../../../../src/shared/errors.js';
import type { DeadLetter } from '../../../../src/storage/outbox/dead-letter-file.js';
import { startOutboxSink } from '../../../../src/storage/outbox/outbox-sink.js';
import type { OutboxSinkOptions } from '../../../../src/storage/outbox/outbox-sink-options.js';
import { pointCount } from '../../../../src/storage/points.js';
import {
  deviceId,
  makeResults,
  makeStatus,
  makeUpdate,
  makeWindow,
  PHONE,
} from '../../../helpers/make-results.js';
import { createMemoryOutbox } from '../../../helpers/memory-outbox.js';
import { VirtualTime } from '../../../helpers/virtual-time.js';

const down = new GatewayError('STORE_UNAVAILABLE', 'nobody there', { retryable: true });
const full = new GatewayError('OUTBOX_UNAVAILABLE', 'the disk is full', { retryable: true });
const poison = new TypeError('a bug');

const taken = (batch: ResultBatch): WriteReport => ({
  written: pointCount(batch),
  refused: 0,
  refusedWindows: 0,
  refusal: undefined,
});

/** A sink between a disk and a store that a test makes fail at will; `log` is what the sink told, with the time. */
function setUp(options: Partial<OutboxSinkOptions> = {}, outbox = createMemoryOutbox()) {
  const time = new VirtualTime();
  const log: string[] = [];
  const letters: DeadLetter[] = [];
  const dead = { failure: undefined as unknown, deleted: 0 };
  const store = {
    answer: (batch: ResultBatch): Promise<WriteReport> => Promise.resolve(taken(batch)),
    batches: [] as ResultBatch[],
    get sizes(): number[] {
      return store.batches.map(pointCount);
    },
    write(batch: ResultBatch) {
      store.batches.push(batch);
      return store.answer(batch);
    },
  };
  const say = (text: string) => log.push(`${time.now()} ${text}`);
  const sink = startOutboxSink(
    {
      store,
      outbox,
      deadLetters: {
        append: (some) => {
          if (dead.failure !== undefined) return Promise.reject(dead.failure);
          letters.push(...some);
          return Promise.resolve(dead.deleted);
        },
      },
      scheduler: time,
      random: () => 1,
      hooks: {
        onKept: (batch, refused) => say(`kept ${pointCount(batch)} but ${refused}`),
        onStored: (batch, { oldestWaitMs }) => say(`stored ${pointCount(batch)} waited ${oldestWaitMs}`),
        onRefused: ({ reason, points, windows, detail }) =>
          say(`refused ${reason} ${points} (${windows}): ${detail}`),
        onExpired: ({ reason, points, windows }) => say(`expired ${reason} ${points} (${windows})`),
        onForgotten: (windows) => say(`forgotten ${windows}`),
        onRestored: (windows) => say(`restored ${windows}`),
        onPressure: (isHigh) => say(isHigh ? 'high' : 'low'),
        onUnavailable: () => say('unavailable'),
        onRecovered: () => say('recovered'),
        onDiskUnavailable: () => say('disk unavailable'),
        onDiskRecovered: () => say('disk recovered'),
        onDeadLetters: (written, deleted) => say(`buried ${written} for ${deleted}`),
      },
    },
    {
      batchPoints: 1000,
      flushIntervalMs: 200,
      retry: { initialMs: 100, maxMs: 400 },
      catchUpBatchesPerSecond: 2,
      ...options,
    },
  );
  let serial = 0;
  const accept = (windows: number) =>
    sink.accept(
      makeResults({ windows: Array.from({ length: windows }, () => makeWindow({ endMs: serial++ })) }),
    );
  const say$ = { log, sayings: () => log.map((line) => line.replace(/^\d+ /, '')) };
  return { time, store, outbox, sink, accept, letters, dead, ...say$ };
}

describe('results', () => {
  it('are kept after the interval, and written at once then', async () => {
    const { time, log, accept, outbox } = setUp();
    accept(2);
    await time.advance(150);
    accept(1);
    await time.advance(50);
    expect(log).toEqual(['200 kept 3 but 0', '200 stored 3 waited 0']);
    expect(outbox.texts('store/windows')).toEqual([]);
  });

  it('go to the disk while the store is slow, and go on together', async () => {
    const { time, store, accept, sink } = setUp();
    store.answer = (batch) =>
      new Promise((resolve) => {
        time.schedule(() => resolve(taken(batch)), 1000);
      });
    for (let step = 0; step < 10; step++) {
      accept(1);
      await time.advance(100);
    }
    expect(sink.backlog).toMatchObject({ points: 10, windows: 10, oldestAtMs: 200 });
    await time.advance(3000);
    expect(store.sizes).toEqual([2, 8]);
    expect(sink.backlog).toEqual({ points: 0, windows: 0, bytes: 0, oldestAtMs: undefined });
  });

  it('that no store can keep are told of, and the others are kept', async () => {
    const { time, sayings, sink, letters } = setUp();
    sink.accept(makeResults({ windows: [makeWindow({ coverage: Number.NaN }), makeWindow()] }));
    await time.advance(200);
    expect(sayings()).toEqual([
      'kept 2 but 1',
      expect.stringMatching(/^refused store-refused 1 \(1\): not a finite number/),
      'stored 1 waited 0',
    ]);
    expect(letters).toEqual([]);
  });
});

describe('results that may go past the disk', () => {
  const slowly = (time: VirtualTime, ms: number) => (batch: ResultBatch) =>
    new Promise<WriteReport>((resolve) => {
      time.schedule(() => resolve(taken(batch)), ms);
    });

  it('do so while nothing waits there, and are told of as if they had been there', async () => {
    const { time, log, accept, outbox, store } = setUp({ passWithinMs: 50 });
    await time.advance(1);
    outbox.failure = full;
    store.answer = slowly(time, 20);
    accept(3);
    await time.advance(250);
    expect(log).toEqual(['221 kept 3 but 0', '221 stored 3 waited 20']);
  });

  it('go to the disk once the store is slow, and from there when it answers', async () => {
    const { time, accept, sink, store, outbox, sayings } = setUp({ passWithinMs: 50 });
    await time.advance(1);
    store.answer = slowly(time, 400);
    accept(3);
    await time.advance(260);
    expect(outbox.texts('store/windows')).toHaveLength(3);
    expect(sink.pending.points).toBe(0);
    await time.advance(1000);
    expect(sayings()).toEqual(['kept 3 but 0', 'stored 3 waited 750']);
    expect(sink.backlog.points).toBe(0);
  });

  it('go to the disk when the store fails, behind what waits there', async () => {
    const { time, accept, store, sayings } = setUp({ passWithinMs: 50, batchPoints: 4 });
    await time.advance(1);
    store.answer = () => Promise.reject(down);
    accept(3);
    await time.advance(210);
    accept(1);
    await time.advance(210);
    store.answer = (batch) => Promise.resolve(taken(batch));
    await time.advance(1000);
    expect(sayings()).toEqual([
      'kept 3 but 0',
      'unavailable',
      'kept 1 but 0',
      'recovered',
      expect.any(String),
    ]);
    expect(store.sizes.at(-1)).toBe(4);
  });

  it('lie among the dead letters as others do, once each', async () => {
    const { time, accept, store, sayings, letters, dead, sink } = setUp({ passWithinMs: 50 });
    await time.advance(1);
    store.answer = (batch) =>
      Promise.resolve({
        written: 1,
        refused: 1,
        refusedWindows: 1,
        refusal: 'too old',
        refusedPoints: [{ batch: { ...batch, windows: batch.windows.slice(0, 1) }, words: 'too old' }],
      });
    accept(2);
    await time.advance(250);
    expect(sayings()).toEqual([
      ...['buried 1 for 0', 'kept 2 but 0', 'stored 2 waited 0'],
      'refused store-refused 1 (1): too old',
    ]);
    expect(letters).toHaveLength(1);
    dead.failure = full;
    accept(2);
    await time.advance(250);
    expect(sink.backlog.points).toBe(2);
  });

  it('lie there once, also where the store refused them too late and then again', async () => {
    const { time, accept, store, letters, sink } = setUp({ passWithinMs: 50 });
    await time.advance(1);
    const refused = (batch: ResultBatch): WriteReport => ({
      written: 0,
      refused: 1,
      refusedWindows: 1,
      refusal: 'too old',
      refusedPoints: [{ batch, words: 'too old' }],
    });
    store.answer = (batch) =>
      new Promise((resolve) => {
        time.schedule(() => resolve(refused(batch)), 400);
      });
    accept(1);
    await time.advance(2000);
    expect(store.sizes).toEqual([1, 1]);
    expect(letters).toHaveLength(1);
    expect(sink.backlog.points).toBe(0);
  });

  it('of a device that is forgotten are not on their way any more', async () => {
    const { time, accept, sink, store } = setUp({ passWithinMs: 50 });
    await time.advance(1);
    store.answer = slowly(time, 400);
    accept(3);
    await time.advance(260);
    store.answer = (batch) => Promise.resolve(taken(batch));
    let isForgotten = false;
    const forgotten = sink.forget(PHONE).then(() => {
      isForgotten = true;
    });
    await time.advance(300);
    expect(isForgotten).toBe(false);
    await time.advance(100);
    await forgotten;
    const { length } = store.sizes;
    await time.advance(2000);
    expect(store.sizes).toHaveLength(length);
  });
});

describe('a store that is unavailable', () => {
  it('is tried again with pauses, told of once, and gets everything as soon as it is back', async () => {
    const { time, store, log, accept, sink } = setUp();
    store.answer = () => Promise.reject(down);
    accept(10);
    await time.advance(1050);
    accept(5);
    await time.advance(200);
    expect(sink.backlog.points).toBe(15);
    store.answer = (batch) => Promise.resolve(taken(batch));
    await time.advance(100);
    expect(log).toEqual([
      ...['200 kept 10 but 0', '200 unavailable', '1250 kept 5 but 0'],
      ...['1300 recovered', '1300 stored 15 waited 1100'],
    ]);
    expect(store.sizes).toEqual([10, 10, 10, 10, 15]);
  });

  it('is left alone for as long as it asks', async () => {
    const { time, store, accept } = setUp();
    const busy = new GatewayError('STORE_UNAVAILABLE', 'busy', { retryable: true, retryAfterMs: 5000 });
    store.answer = () => Promise.reject(busy);
    accept(1);
    await time.advance(5199);
    expect(store.sizes).toHaveLength(1);
    await time.advance(1);
    expect(store.sizes).toHaveLength(2);
  });

  it('is not asked for more at once than it can do', async () => {
    const { time, store, accept } = setUp();
    store.answer = (batch) =>
      pointCount(batch) > 300 ? Promise.reject(down) : Promise.resolve(taken(batch));
    accept(1000);
    await time.advance(30_000);
    expect(store.sizes.slice(0, 3)).toEqual([1000, 500, 250]);
    expect(store.sizes.filter((points) => points <= 300).reduce((sum, points) => sum + points)).toBe(1000);
  });

  it('is asked for as little as before once what waited for it has become too old', async () => {
    const { time, store, accept, sink } = setUp({ batchPoints: 400, maxAgeMs: 3000 });
    store.answer = () => Promise.reject(down);
    accept(1);
    await time.advance(5000);
    expect(sink.backlog.points).toBe(0);
    store.answer = (batch) => Promise.resolve(taken(batch));
    const { length } = store.sizes;
    accept(300);
    await time.advance(1000);
    expect(store.sizes[length]).toBe(100);
  });

  it('that comes back after long is given batches at a pace', async () => {
    const { time, store, accept, log } = setUp();
    store.answer = () => Promise.reject(down);
    for (let index = 0; index < 5; index++) accept(1000);
    await time.advance(250);
    store.answer = (batch) => Promise.resolve(taken(batch));
    await time.advance(10_000);
    const stored = log.filter((line) => line.includes('stored'));
    expect(stored.map((line) => line.replace(/ waited.*/, ''))).toEqual([
      ...['300 stored 250', '800 stored 500', '1300 stored 1000', '1800 stored 1000', '2300 stored 1000'],
      ...['2800 stored 1000', '3300 stored 250'],
    ]);
  });
});

describe('statuses', () => {
  it('that are new are not kept waiting by an old backlog', async () => {
    const { time, store, accept, sink } = setUp({ batchPoints: 100 });
    store.answer = () => Promise.reject(down);
    for (let index = 0; index < 20; index++) accept(50);
    for (let atMs = 0; atMs < 300; atMs++) sink.accept(makeResults({ statuses: [makeUpdate({ atMs })] }));
    await time.advance(1000);
    store.answer = (batch) => Promise.resolve(taken(batch));
    const before = store.batches.length;
    await time.advance(400);
    sink.accept(makeResults({ statuses: [makeUpdate({ atMs: 1000 })] }));
    await time.advance(10_000);
    const written = store.batches.slice(before);
    const statusTimes = written.map(({ statuses }) => statuses.map(({ atMs }) => atMs));
    expect(statusTimes[0]?.slice(0, 3)).toEqual([299, 298, 297]);
    expect(statusTimes[1]?.[0]).toBe(1000);
    const windowTimes = written.flatMap(({ windows }) => windows.map(({ endMs }) => endMs));
    expect(windowTimes).toEqual(Array.from({ length: 1000 }, (_, index) => index));
    expect(written[0]?.windows.length).toBe(written[0]?.statuses.length);
    expect(new Set(statusTimes.flat()).size).toBe(301);
  });
});

describe('points that the store refuses', () => {
  it('lie among the dead letters before they are let go, each with the words about it', async () => {
    const { time, store, accept, letters, sayings, sink } = setUp();
    const bad = makeWindow({ endMs: 1 });
    store.answer = (batch) =>
      Promise.resolve({
        written: 2,
        refused: 1,
        refusedWindows: 1,
        refusal: 'too old',
        refusedPoints: [{ batch: { ...batch, windows: [bad] }, words: 'too old' }],
      });
    accept(3);
    await time.advance(200);
    expect(letters).toEqual([{ atMs: 200, words: 'too old', payload: { kind: 'windows', point: bad } }]);
    expect(sayings()).toEqual([
      ...['kept 3 but 0', 'buried 1 for 0', 'stored 3 waited 0'],
      'refused store-refused 1 (1): too old',
    ]);
    expect(sink.backlog.points).toBe(0);
  });

  it('stay on the disk as long as they cannot be put among the dead letters', async () => {
    const { time, store, accept, dead, sayings, sink, letters } = setUp();
    store.answer = (batch) =>
      Promise.resolve({
        written: 0,
        refused: 1,
        refusedWindows: 1,
        refusal: 'no',
        refusedPoints: [{ batch, words: 'no' }],
      });
    dead.failure = full;
    accept(1);
    await time.advance(1000);
    expect(sink.backlog.points).toBe(1);
    dead.failure = undefined;
    dead.deleted = 7;
    await time.advance(400);
    expect(letters).toHaveLength(1);
    expect(sayings()).toEqual([
      ...['kept 1 but 0', 'disk unavailable', 'buried 1 for 7', 'disk recovered'],
      ...['stored 1 waited 1100', 'refused store-refused 1 (1): no'],
    ]);
  });

  it('by an error that will not pass go there as well, and do not block the others', async () => {
    const { time, store, accept, letters, sayings, sink } = setUp();
    store.answer = () => Promise.reject(poison);
    accept(2);
    await time.advance(200);
    store.answer = (batch) => Promise.resolve(taken(batch));
    accept(1);
    await time.advance(200);
    expect(letters.map(({ words }) => words)).toEqual(['a bug', 'a bug']);
    expect(sayings()).toEqual([
      ...['kept 2 but 0', 'buried 2 for 0', 'refused write-failed 2 (2): a bug'],
      ...['kept 1 but 0', 'stored 1 waited 0'],
    ]);
    expect(sink.backlog.points).toBe(0);
  });
});

describe('a disk that cannot be used', () => {
  it('makes results wait in memory, then slows the source, then refuses, and loses nothing it said it kept', async () => {
    const { time, outbox, accept, sayings, store } = setUp({ highWaterPoints: 20, maxPoints: 30 });
    outbox.failure = full;
    accept(10);
    await time.advance(300);
    accept(15);
    accept(10);
    await time.advance(1000);
    outbox.failure = undefined;
    await time.advance(1000);
    expect(sayings()).toEqual([
      ...['disk unavailable', 'high', 'refused buffer-full 10 (10): 25 of at most 30 points wait already'],
      ...['disk recovered', 'low', 'kept 25 but 0', 'stored 25 waited 0'],
    ]);
    expect(store.sizes).toEqual([25]);
  });

  it('keeps what is written in memory of no one: it is written again', async () => {
    const { time, outbox, accept, store, sink } = setUp();
    accept(3);
    store.answer = (batch) => {
      outbox.failure = full;
      return Promise.resolve(taken(batch));
    };
    await time.advance(250);
    expect(sink.backlog.points).toBe(3);
    store.answer = (batch) => Promise.resolve(taken(batch));
    outbox.failure = undefined;
    await time.advance(1000);
    expect(store.sizes).toEqual([3, 3]);
    expect(sink.backlog.points).toBe(0);
  });
});

describe('limits', () => {
  it('let the oldest points go, counted by kind, while the store is away', async () => {
    const { time, store, accept, sayings, sink } = setUp({ maxBytes: 10_000 });
    store.answer = () => Promise.reject(down);
    accept(20);
    await time.advance(300);
    const { bytes } = sink.backlog;
    accept(60);
    await time.advance(1000);
    expect(sink.backlog.bytes).toBeLessThanOrEqual(10_000);
    expect(sink.backlog.bytes).toBeGreaterThan(10_000 - bytes / 20);
    const expired = sayings().filter((line) => line.startsWith('expired too-much'));
    const left = sink.backlog.windows;
    expect(expired).toEqual([`expired too-much ${80 - left} (${80 - left})`]);
    store.answer = (batch) => Promise.resolve(taken(batch));
    await time.advance(1000);
    expect(store.batches.at(-1)?.windows.map(({ endMs }) => endMs)).toEqual(
      Array.from({ length: left }, (_, index) => 80 - left + index),
    );
  });

  it('keep statuses from pushing windows out', async () => {
    const { time, store, accept, sink } = setUp({ maxBytes: 20_000 });
    store.answer = () => Promise.reject(down);
    accept(30);
    for (let atMs = 0; atMs < 500; atMs++) sink.accept(makeResults({ statuses: [makeUpdate({ atMs })] }));
    await time.advance(1000);
    expect(sink.backlog.windows).toBe(30);
    expect(sink.backlog.points).toBeLessThan(60);
  });

  it('let points go that have waited for too long', async () => {
    const { time, store, accept, log, sink } = setUp({ maxAgeMs: 10_000 });
    store.answer = () => Promise.reject(down);
    accept(2);
    await time.advance(5000);
    accept(3);
    await time.advance(6000);
    expect(log.filter((line) => line.includes('expired'))).toEqual([
      expect.stringMatching(/^10\d\d\d expired too-old 2 \(2\)$/),
    ]);
    expect(sink.backlog.points).toBe(3);
  });
});

describe('what an earlier run has left', () => {
  it('is told of when it is known, and written', async () => {
    const outbox = createMemoryOutbox();
    const first = setUp({}, outbox);
    first.store.answer = () => Promise.reject(down);
    first.accept(3);
    first.sink.accept(makeResults({ statuses: [makeUpdate()] }));
    await first.time.advance(300);
    await Promise.all([first.sink.dispose(), first.time.advance(10_000)]);

    const second = setUp({}, outbox);
    outbox.reopen();
    await second.time.advance(10);
    expect(second.sayings()).toEqual(['restored 3', expect.stringMatching(/^stored 4/)]);
    expect(second.store.batches[0]?.statuses).toEqual([makeStatus()]);
  });

  it('is not told of when the folder is opened again in between', async () => {
    const { time, store, accept, outbox, sayings } = setUp();
    store.answer = () => Promise.reject(down);
    accept(3);
    await time.advance(1000);
    outbox.reopen();
    expect(sayings()).toEqual(['kept 3 but 0', 'unavailable']);
  });

  it('and is gone with a damaged folder is counted', async () => {
    const { time, store, accept, outbox, sayings } = setUp();
    store.answer = () => Promise.reject(down);
    accept(3);
    await time.advance(1000);
    await outbox.trim('store/windows', { maxBytes: 0, keepFromMs: 0 });
    outbox.reopen();
    expect(sayings()).toEqual(['kept 3 but 0', 'unavailable', 'expired damaged 3 (3)']);
  });
});

describe('forgetting a device', () => {
  it('removes what waits of it, while nothing is written, and counts its windows', async () => {
    const { time, store, sink, accept, sayings } = setUp();
    const other = deviceId('other');
    const answers: (() => void)[] = [];
    store.answer = (batch) =>
      new Promise((resolve) => {
        answers.push(() => resolve(taken(batch)));
      });
    sink.accept(makeResults({ windows: [makeWindow({ device: other })] }));
    await time.advance(200);
    accept(2);
    sink.accept(
      makeResults({ windows: [makeWindow({ device: other })], statuses: [makeUpdate({ device: other })] }),
    );
    await sink.flush();
    expect(await sink.holds(other)).toBe(true);
    const forgotten = sink.forget(other);
    await time.advance(100);
    expect(sink.backlog.points).toBe(5);
    answers.shift()?.();
    await forgotten;
    expect(await sink.holds(other)).toBe(false);
    expect(sink.backlog).toMatchObject({ points: 2, windows: 2 });
    await time.advance(1000);
    answers.shift()?.();
    await time.advance(0);
    expect(sayings()).toEqual([
      ...['kept 1 but 0', 'kept 4 but 0', 'stored 1 waited 100', 'forgotten 1', 'stored 2 waited 1100'],
    ]);
  });
});

describe('an entry that cannot be read', () => {
  it('is let go and counted, and the others are written', async () => {
    const outbox = createMemoryOutbox();
    await outbox.append('store/windows', [Buffer.from('not a window'), Buffer.from('{}')], 0);
    const { time, accept, sayings, sink } = setUp({}, outbox);
    outbox.reopen();
    accept(1);
    await time.advance(300);
    expect(sayings()).toEqual([
      ...['restored 2', 'expired damaged 2 (2)', 'kept 1 but 0', 'stored 1 waited 0'],
    ]);
    expect(sink.backlog.points).toBe(0);
  });
});

describe('flush', () => {
  it('resolves when all that was accepted is on the disk', async () => {
    const { time, accept, sink, store } = setUp();
    store.answer = () => Promise.reject(down);
    accept(3);
    await sink.flush();
    expect(sink.backlog.points).toBe(3);
    expect(sink.pending.points).toBe(0);
    await time.advance(0);
  });
});

describe('drained', () => {
  it('resolves when nothing waits any more', async () => {
    const { time, accept, sink, store } = setUp();
    let isDrained = false;
    store.answer = () => Promise.reject(down);
    accept(3);
    await sink.flush();
    const drained = sink.drained().then(() => {
      isDrained = true;
    });
    await time.advance(1000);
    expect(isDrained).toBe(false);
    store.answer = (batch) => Promise.resolve(taken(batch));
    await time.advance(1000);
    await drained;
  });
});

describe('dispose', () => {
  it('keeps and writes what is pending without waiting', async () => {
    const { accept, sink, sayings } = setUp();
    accept(3);
    expect(await sink.dispose()).toBe(0);
    expect(sayings()).toEqual(['kept 3 but 0', 'stored 3 waited 0']);
    accept(1);
    expect(sayings().at(-1)).toBe('refused closed 1 (1): the sink is closed');
    expect(await sink.dispose()).toBe(0);
  });

  it('writes all batches that wait, without a pace, when the store works', async () => {
    const { accept, sink, store } = setUp();
    for (let index = 0; index < 5; index++) accept(1000);
    await sink[Symbol.asyncDispose]();
    expect(store.sizes).toEqual([1000, 1000, 1000, 1000, 1000]);
  });

  it('leaves on the disk what the store does not take', async () => {
    const { time, accept, sink, store, sayings } = setUp();
    store.answer = () => Promise.reject(down);
    accept(3);
    await time.advance(250);
    const tries = store.sizes.length;
    expect(await sink.dispose()).toBe(0);
    expect(store.sizes.length).toBe(tries + 1);
    expect(sink.backlog.points).toBe(3);
    expect(sayings()).toEqual(['kept 3 but 0', 'unavailable']);
  });

  it('does not wait for a store that never answers', async () => {
    const { time, accept, sink, store } = setUp();
    store.answer = () => new Promise(() => undefined);
    accept(3);
    await time.advance(250);
    const disposed = sink.dispose();
    await time.advance(2500);
    expect(await disposed).toBe(0);
    expect(sink.backlog.points).toBe(3);
  });

  it('ends the wait of those who wait for the disk to be empty', async () => {
    const { time, accept, sink, store } = setUp();
    store.answer = () => new Promise(() => undefined);
    accept(3);
    await time.advance(250);
    const drained = sink.drained();
    const disposed = sink.dispose();
    await time.advance(2500);
    await Promise.all([drained, disposed]);
  });

  it('lets go of nothing when a store answers after it', async () => {
    const { time, accept, sink, store, sayings } = setUp();
    store.answer = () => Promise.reject(down);
    accept(3);
    await time.advance(250);
    const answered$ = new Subject<WriteReport>();
    store.answer = () => firstValueFrom(answered$);
    const disposed = sink.dispose();
    await time.advance(2500);
    await disposed;
    const told = sayings();
    answered$.next({ written: 3, refused: 0, refusedWindows: 0, refusal: undefined });
    await time.advance(1000);
    expect(sink.backlog.points).toBe(3);
    expect(sayings()).toEqual(told);
  });

  it.each([true, false])(
    'tells nothing of a change to the disk that ends after it, well or not: %s',
    async (isWell) => {
      const { time, accept, sink, store, sayings, outbox } = setUp();
      const changed$ = new Subject<void>();
      outbox.settle = () => firstValueFrom(changed$);
      store.answer = () => Promise.reject(down);
      accept(3);
      await time.advance(250);
      store.answer = (batch) => Promise.resolve(taken(batch));
      const disposed = sink.dispose();
      await time.advance(2500);
      await disposed;
      const told = sayings();
      if (isWell) changed$.next();
      else changed$.error(full);
      await time.advance(1000);
      expect(sayings()).toEqual(told);
    },
  );

  it('says how many points a disk that cannot be used has cost', async () => {
    const { time, accept, sink, outbox, sayings } = setUp();
    outbox.failure = full;
    accept(3);
    await time.advance(250);
    expect(await sink.dispose()).toBe(3);
    expect(sayings()).toEqual(['disk unavailable', 'refused closed 3 (3): closed before they were written']);
  });
});
