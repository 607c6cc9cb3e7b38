import { describe, expect, it } from 'vitest';
import { SignatureQueue } from '../../../src/cluster/signature-queue.js';
import { SignatureShelf } from '../../../src/company/signature-shelf.js';
import { SIGNATURE_SIZE } from '../../../src/domain/company.js';
import { deviceId } from '../../helpers/make-results.js';

const [ANNA, BEN] = [deviceId('anna'), deviceId('ben')];

function setUp() {
  const shelf = new SignatureShelf();
  const queue = new SignatureQueue(shelf);
  const add = (device: typeof ANNA, fromSecond: number, toSecond: number, nowMs = 0): void => {
    for (let second = fromSecond; second <= toSecond; second++)
      queue.add({ device, endMs: second * 1000, values: new Float32Array(SIGNATURE_SIZE) }, nowMs);
  };
  /** How far the shelf goes after each step. */
  const steps = (nowMs = 0, keptToMs = Number.POSITIVE_INFINITY): number[][] => {
    const reached: number[][] = [];
    for (let isMore = true; isMore; ) {
      isMore = queue.step(nowMs, keptToMs);
      reached.push([ANNA, BEN].map((device) => (shelf.newestMs(device) ?? 0) / 1000));
    }
    return reached;
  };
  return { shelf, queue, add, steps };
}

describe(SignatureQueue, () => {
  it('gives a backlog out a minute at a time, and of nobody more than two minutes ahead of the last', () => {
    const { add, steps } = setUp();
    add(ANNA, 1, 700);
    add(BEN, 1, 100);
    expect(steps()).toEqual([
      [61, 61],
      [122, 100],
      [183, 100],
      [220, 100],
    ]);
    add(BEN, 101, 700);
    expect(steps().at(-1)).toEqual([700, 700]);
  });

  it('waits for nobody who is silent, nor for long for one who stays behind', () => {
    const { add, steps } = setUp();
    add(BEN, 1, 10);
    add(ANNA, 500, 900, 20_000);
    expect(steps(20_000).at(-1)).toEqual([900, 10]);
    add(BEN, 11, 12, 30_000);
    add(ANNA, 901, 910, 30_000);
    expect(steps(30_000).at(-1)).toEqual([900, 12]);
    add(BEN, 13, 14, 151_000);
    expect(steps(151_000).at(-1)).toEqual([910, 14]);
  });

  it('gets no more than a minute ahead of what is written down', () => {
    const { add, steps } = setUp();
    add(ANNA, 1, 200);
    add(BEN, 1, 200);
    expect(steps(0, 20_000).at(-1)).toEqual([80, 80]);
    expect(steps(0, 80_000).at(-1)).toEqual([140, 140]);
  });

  it('takes nothing twice, and knows nothing of a device that was forgotten', () => {
    const { shelf, queue, add, steps } = setUp();
    add(ANNA, 1, 5);
    add(ANNA, 3, 6);
    expect(steps()).toEqual([[6, 0]]);
    queue.forget(ANNA);
    expect(shelf.get(ANNA)).toBeUndefined();
    expect(queue.unheardSince(1)).toEqual([]);
  });
});
