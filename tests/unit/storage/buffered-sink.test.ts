import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ResultBatch, WriteReport } from '../../../src/domain/store.js';
import { GatewayError } from '../../../src/shared/errors.js';
import { startBufferedSink } from '../../../src/storage/buffered-sink.js';
import type { BufferedSinkHooks, BufferedSinkOptions } from '../../../src/storage/buffered-sink-options.js';
import { pointCount } from '../../../src/storage/points.js';
import { makeResults, makeUpdate, makeWindow } from '../../helpers/make-results.js';
import { VirtualTime } from '../../helpers/virtual-time.js';

const down = new GatewayError('STORE_UNAVAILABLE', 'nobody there', { retryable: true });
const poison = new TypeError('a bug');

const taken = (batch: ResultBatch): WriteReport => ({
  written: pointCount(batch),
  refused: 0,
  refusedWindows: 0,
  refusal: undefined,
});

/** A sink over a store that a test makes answer at will; `log` is what the sink told, with the time. */
function setUp(options: Partial<BufferedSinkOptions> = {}, hooks: Partial<BufferedSinkHooks> = {}) {
  const time = new VirtualTime();
  const log: string[] = [];
  const store = {
    answer: (batch: ResultBatch): Promise<WriteReport> => Promise.resolve(taken(batch)),
    batches: [] as number[],
    writing: 0,
    mostAtOnce: 0,
    async write(batch: ResultBatch) {
      store.batches.push(pointCount(batch));
      store.writing += 1;
      store.mostAtOnce = Math.max(store.mostAtOnce, store.writing);
      try {
        return await store.answer(batch);
      } finally {
        store.writing -= 1;
      }
    },
  };
  const say = (text: string) => log.push(`${time.now()} ${text}`);
  const sink = startBufferedSink(
    {
      store,
      scheduler: time,
      random: () => 1,
      hooks: {
        onStored: (batch, info) =>
          say(`stored ${pointCount(batch)} waited ${info.oldestWaitMs} took ${info.writeMs}`),
        onRefused: ({ reason, points, windows, batch }) =>
          say(`refused ${reason} ${points} (${windows}) of ${pointCount(batch)}`),
        onPressure: (isHigh) => say(isHigh ? 'high' : 'low'),
        onUnavailable: () => say('unavailable'),
        onRecovered: () => say('recovered'),
        ...hooks,
      },
    },
    { batchPoints: 10, flushIntervalMs: 200, retry: { initialMs: 100, maxMs: 400 }, ...options },
  );
  const accept = (windows: number) =>
    sink.accept(makeResults({ windows: Array.from({ length: windows }, () => makeWindow()) }));
  /** Makes every write take this long. */
  const takeMs = (ms: number) => {
    store.answer = (batch) =>
      new Promise((resolve) => {
        time.schedule(() => resolve(taken(batch)), ms);
      });
  };
  return { time, log, store, sink, accept, takeMs };
}

describe('batches', () => {
  it('are written after the interval since the first of their results', async () => {
    const { time, log, accept } = setUp();
    accept(1);
    await time.advance(150);
    accept(2);
    await time.advance(49);
    expect(log).toEqual([]);
    await time.advance(1);
    expect(log).toEqual(['200 stored 3 waited 200 took 0']);
  });

  it('are under pressure from the high water on, until half of it is left', async () => {
    const { log, accept, time, takeMs } = setUp({ batchPoints: 2, highWaterPoints: 4 });
    takeMs(10);
    accept(2);
    await time.advance(0);
    accept(1);
    expect(log).toEqual([]);
    accept(1);
    expect(log).toEqual(['0 high']);
    await time.advance(30);
    expect(log.filter((line) => line.endsWith('low'))).toEqual(['20 low']);
  });

  it('are written at once when enough waits', async () => {
    const { time, log, accept } = setUp();
    accept(9);
    await time.advance(10);
    accept(1);
    await time.advance(0);
    expect(log).toEqual(['10 stored 10 waited 10 took 0']);
  });

  it('start the interval again after a write, however fast the store is', async () => {
    const { time, log, accept } = setUp();
    for (let step = 0; step < 10; step++) {
      accept(1);
      await time.advance(50);
    }
    expect(log).toEqual(['200 stored 4 waited 200 took 0', '400 stored 4 waited 200 took 0']);
  });

  it('are of no more than the wanted size, and keep together what came together', async () => {
    const { time, store, accept } = setUp();
    for (let index = 0; index < 9; index++) accept(4);
    await time.advance(1_000);
    expect(store.batches).toEqual([8, 8, 8, 8, 4]);
  });

  it('are written one at a time, gathering what comes meanwhile', async () => {
    const { time, store, accept, takeMs } = setUp();
    takeMs(500);
    accept(10);
    await time.advance(100);
    accept(5);
    await time.advance(300);
    accept(5);
    await time.advance(2_000);
    expect(store.batches).toEqual([10, 10]);
    expect(store.mostAtOnce).toBe(1);
  });

  it('are not written when there is nothing', async () => {
    const { time, store, sink } = setUp();
    sink.accept(makeResults());
    await time.advance(10_000);
    await sink.flush();
    expect(store.batches).toEqual([]);
    expect(await sink.dispose()).toBe(0);
  });

  it('hold status updates as points', async () => {
    const { time, store, sink } = setUp();
    const batches: ResultBatch[] = [];
    store.answer = (batch) => {
      batches.push(batch);
      return Promise.resolve(taken(batch));
    };
    sink.accept(makeResults({ statuses: [makeUpdate()] }));
    await time.advance(200);
    expect(batches[0]?.statuses).toEqual([
      { device: 'phone-1', target: 'accompanied', atMs: 1_700_000_002_560, status: 'yes', confidence: 0.88 },
    ]);
  });
});

describe('a store that is unavailable', () => {
  it('is tried again after 100, 200, 400, 400 ms, and told of once', async () => {
    const { time, log, store, accept } = setUp();
    store.answer = () => Promise.reject(down);
    accept(10);
    await time.advance(1_099);
    expect(store.batches).toHaveLength(4);
    store.answer = (batch) => Promise.resolve(taken(batch));
    await time.advance(1);
    expect(log).toEqual(['0 unavailable', '1100 recovered', '1100 stored 10 waited 1100 took 0']);
  });

  it('gets all that has gathered as soon as it is back', async () => {
    const { time, store, sink, accept } = setUp();
    store.answer = () => Promise.reject(down);
    for (let index = 0; index < 5; index++) accept(10);
    await time.advance(50);
    store.answer = (batch) => Promise.resolve(taken(batch));
    await time.advance(50);
    expect(store.batches).toEqual([10, 10, 10, 10, 10, 10]);
    expect(sink.pending).toEqual({ points: 0, windows: 0 });
  });

  it('is told of again at the next outage', async () => {
    const { time, log, store, accept } = setUp();
    for (let outage = 0; outage < 2; outage++) {
      store.answer = () => Promise.reject(down);
      accept(10);
      await time.advance(10);
      store.answer = (batch) => Promise.resolve(taken(batch));
      await time.advance(100);
    }
    expect(log.filter((line) => /unavailable|recovered/.test(line))).toHaveLength(4);
  });
});

describe('refusals', () => {
  it('by the store are counted apart from what was written', async () => {
    const { time, log, store, accept } = setUp();
    store.answer = () => Promise.resolve({ written: 7, refused: 3, refusedWindows: 2, refusal: 'too old' });
    accept(10);
    await time.advance(0);
    expect(log).toEqual(['0 stored 10 waited 0 took 0', '0 refused store-refused 3 (2) of 10']);
  });

  it('come for a batch that the store fails on for good, and the next is written', async () => {
    const { time, log, store, accept } = setUp();
    store.answer = () => Promise.reject(poison);
    accept(10);
    await time.advance(0);
    store.answer = (batch) => Promise.resolve(taken(batch));
    accept(10);
    await time.advance(0);
    expect(log).toEqual(['0 refused write-failed 10 (10) of 10', '0 stored 10 waited 0 took 0']);
  });

  it('come for a batch on which the store throws instead of rejecting', async () => {
    const { time, log, store, accept } = setUp();
    store.answer = () => {
      throw poison;
    };
    accept(10);
    await time.advance(0);
    expect(log).toEqual(['0 refused write-failed 10 (10) of 10']);
  });

  it('come for the newest once too much waits, after a warning', async () => {
    const { time, log, store, sink, accept } = setUp({ highWaterPoints: 20, maxPoints: 40 });
    store.answer = () => Promise.reject(down);
    for (let index = 0; index < 5; index++) accept(9);
    expect(log).toEqual(['0 high', '0 refused buffer-full 9 (9) of 9']);
    expect(sink.pending).toEqual({ points: 36, windows: 36 });
    store.answer = (batch) => Promise.resolve(taken(batch));
    await time.advance(2_000);
    expect(log.slice(2).map((line) => line.replace(/^\d+ /, '').split(' waited')[0])).toEqual([
      ...['stored 9', 'stored 9', 'low', 'stored 9', 'stored 9'],
    ]);
  });
});

describe('flush', () => {
  it('writes at once, and resolves when that is stored', async () => {
    const { time, sink, accept, takeMs, log } = setUp();
    takeMs(30);
    accept(1);
    let isFlushed = false;
    const flushed = sink.flush().then(() => {
      isFlushed = true;
    });
    await time.advance(29);
    expect(isFlushed).toBe(false);
    await time.advance(1);
    await flushed;
    expect(log).toEqual(['30 stored 1 waited 30 took 30']);
  });

  it('does not wait for what is accepted later', async () => {
    const { time, sink, accept, takeMs, store } = setUp();
    takeMs(100);
    accept(1);
    const flushed = sink.flush();
    await time.advance(50);
    accept(1);
    await time.advance(50);
    await flushed;
    expect(store.batches).toEqual([1]);
    expect(sink.pending.points).toBe(1);
  });

  it('waits through an outage, and is let go when the sink closes', async () => {
    const { time, sink, accept, store } = setUp();
    store.answer = () => Promise.reject(down);
    accept(1);
    const flushed = sink.flush();
    await time.advance(1_000);
    expect(await sink.dispose()).toBe(1);
    await flushed;
  });
});

describe('dispose', () => {
  it('writes all that waits, in batches, without waiting for the interval', async () => {
    const { sink, accept, store } = setUp({ batchPoints: 100 });
    accept(5);
    accept(99);
    expect(await sink.dispose()).toBe(0);
    expect(await sink.areKept()).toBe(true);
    expect(store.batches).toEqual([5, 99]);
  });

  it('tries once more during an outage, and says how many points were not written', async () => {
    const { time, sink, accept, store, log } = setUp();
    store.answer = () => Promise.reject(down);
    accept(10);
    accept(3);
    await time.advance(10);
    expect(await sink.dispose()).toBe(13);
    expect(await sink.areKept()).toBe(false);
    expect(store.batches).toEqual([10, 10]);
    expect(log).toEqual(['0 unavailable', '10 refused closed 13 (13) of 13']);
  });

  it('does not forget what came too late over what was refused after it', async () => {
    const { time, sink, accept, store, log } = setUp();
    store.answer = () =>
      new Promise((_, reject) => {
        time.schedule(() => reject(poison), 50);
      });
    accept(10);
    await time.advance(0);
    const disposed = sink.dispose();
    accept(1);
    await time.advance(50);
    expect(await disposed).toBe(0);
    expect(log).toEqual(['0 refused closed 1 (1) of 1', '50 refused write-failed 10 (10) of 10']);
    expect(await sink.areKept()).toBe(false);
  });

  it('does not wait for a store that never answers', async () => {
    const { time, sink, accept, store, log } = setUp({ closeTimeoutMs: 3_000 });
    let answerLate = (_: WriteReport): void => undefined;
    store.answer = () =>
      new Promise((resolve) => {
        answerLate = resolve;
      });
    accept(10);
    await time.advance(0);
    const disposed = sink.dispose();
    await time.advance(3_000);
    expect(await disposed).toBe(10);
    answerLate({ written: 10, refused: 0, refusedWindows: 0, refusal: undefined });
    await nextTurn();
    expect(log).toEqual(['3000 refused closed 10 (10) of 10']);
  });

  it('does the same once, however often it is called, and refuses what comes after', async () => {
    const { sink, accept, log } = setUp();
    accept(1);
    expect(await Promise.all([sink.dispose(), sink.dispose()])).toEqual([0, 0]);
    await sink[Symbol.asyncDispose]();
    accept(2);
    await sink.flush();
    expect(log).toEqual(['0 stored 1 waited 0 took 0', '0 refused closed 2 (2) of 2']);
  });
});

describe('a hook that throws', () => {
  it('neither reaches the pipeline nor stops the writing, and is not hidden', async () => {
    const uncaught: unknown[] = [];
    process.setUncaughtExceptionCaptureCallback((error) => uncaught.push(error));
    try {
      const fail = () => {
        throw poison;
      };
      const { time, store, accept } = setUp(
        { maxPoints: 15, highWaterPoints: 5 },
        { onStored: fail, onPressure: fail, onRefused: fail },
      );
      accept(10);
      accept(10);
      await time.advance(0);
      accept(10);
      await time.advance(0);
      expect(store.batches).toEqual([10, 10]);
      await nextTurn();
      expect(uncaught).toEqual(Array.from({ length: 7 }, () => poison));
    } finally {
      process.setUncaughtExceptionCaptureCallback(null);
    }
  });
});
