import { describe, expect, it } from 'vitest';
import { FencedSink, fencedStore } from '../../../src/cluster/fenced-sink.js';
import { NO_RESULTS, type Results, type WriteReport } from '../../../src/domain/store.js';

const NOTHING: Results = NO_RESULTS;
const REPORT: WriteReport = { written: 0, refused: 0, refusedWindows: 0, refusal: undefined };

/** A right that a test lets lapse, come back or be lost. */
function rightOf() {
  let resolve: () => void = () => undefined;
  let decided: Promise<void> | undefined;
  const right = { isLost: false, token: 3 };
  return {
    right,
    whenDecided: () => decided,
    lapse: () => {
      decided = new Promise((done) => {
        resolve = done;
      });
    },
    decide: (isLost: boolean) => {
      right.isLost = isLost;
      decided = undefined;
      resolve();
    },
  };
}

describe('FencedSink', () => {
  it('lets results out at once while the partition is owned', () => {
    const out: Results[] = [];
    new FencedSink({ accept: (results) => out.push(results) }, rightOf()).accept(NOTHING);
    expect(out).toHaveLength(1);
  });

  it('holds them while that is in doubt, and lets them out in order', async () => {
    const out: Results[] = [];
    const right = rightOf();
    const sink = new FencedSink({ accept: (results) => out.push(results) }, right);
    right.lapse();
    const [first, second] = [{ ...NOTHING }, { ...NOTHING }];
    sink.accept(first);
    sink.accept(second);
    expect(out).toEqual([]);
    right.decide(false);
    await expect.poll(() => out).toEqual([first, second]);
    expect(out[0]).toBe(first);
  });

  it('drops them once another has the partition', async () => {
    const out: Results[] = [];
    const right = rightOf();
    const sink = new FencedSink({ accept: (results) => out.push(results) }, right);
    right.lapse();
    sink.accept(NOTHING);
    right.decide(true);
    await new Promise(setImmediate);
    sink.accept(NOTHING);
    expect(out).toEqual([]);
  });
});

describe('fencedStore', () => {
  it('writes while the partition is owned, and nothing once another has it', async () => {
    const right = rightOf();
    let writes = 0;
    const store = fencedStore(
      {
        write: () => {
          writes += 1;
          return Promise.resolve(REPORT);
        },
      },
      right,
    );
    await store.write(NOTHING);
    right.lapse();
    const waiting = store.write(NOTHING);
    right.decide(true);
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED', retryable: true });
    expect(writes).toBe(1);
  });
});
