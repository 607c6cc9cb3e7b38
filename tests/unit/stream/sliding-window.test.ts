import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AlignedFrames, SampleWindow } from '../../../src/domain/window.js';
import { SlidingWindow, type WindowSpec } from '../../../src/stream/sliding-window.js';
import { framesAt } from '../../helpers/frames.js';

const SPEC: WindowSpec = {
  model: 'model',
  samplingRateHz: 50,
  sizeSamples: 8,
  strideSamples: 4,
  channelCount: 2,
  sensorCount: 1,
};

function windowsOf(blocks: readonly AlignedFrames[], spec = SPEC): SampleWindow[] {
  const cutter = new SlidingWindow(spec);
  return blocks.flatMap((block) => cutter.push(block));
}

describe(SlidingWindow, () => {
  it('anchors windows at the epoch, whatever row the stream begins with', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 1, max: 60 }), (firstRow, rows) => {
        const windows = windowsOf([framesAt(firstRow, rows)]);
        const starts: number[] = [];
        for (let row = firstRow; row + SPEC.sizeSamples <= firstRow + rows; row++) {
          if (row % SPEC.strideSamples === 0) starts.push(row * 20);
        }
        expect(windows.map(({ startMs }) => startMs)).toEqual(starts);
      }),
    );
  });

  it('holds the rows from its start on, oldest first', () => {
    const [first, second] = windowsOf([framesAt(100, 12)]);
    expect(first?.startMs).toBe(2000);
    expect(first?.endMs).toBe(2160);
    expect(Array.from(first?.values ?? [])).toEqual(
      [...Array(8).keys()].flatMap((index) => [100 + index, -1]),
    );
    expect(second?.values[0]).toBe(104);
  });

  it('gives the same windows however frames are cut into blocks', () => {
    const whole = windowsOf([framesAt(10, 200)]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 11, max: 209 })), (cuts) => {
        const edges = [10, ...new Set(cuts.sort((a, b) => a - b)), 210];
        const blocks = edges
          .slice(1)
          .map((to, index) => framesAt(edges[index] ?? 0, to - (edges[index] ?? 0)));
        expect(windowsOf(blocks)).toEqual(whole);
      }),
    );
  });

  it('spans no hole between stretches', () => {
    const windows = windowsOf([framesAt(0, 9), framesAt(40, 9)]);
    expect(windows.map(({ startMs }) => startMs)).toEqual([0, 800]);
    expect(windows[1]?.values[0]).toBe(40);
  });

  it('says how much is missing and how far samples lay from their rows', () => {
    const frames = framesAt(0, 8);
    frames.presentSensors.set([0, 0], 0);
    frames.deltaSumMs.fill(3, 2);
    frames.deltaMaxMs.set([9], 5);
    const [window] = windowsOf([frames]);
    expect(window?.coverage).toBe(0.75);
    expect(window?.meanDeltaMs).toBe(3);
    expect(window?.maxDeltaMs).toBe(9);
  });

  it('marks rows whose gravity is to be removed, and only if there are any', () => {
    const frames = framesAt(0, 12);
    frames.gravityToRemove.fill(1, 9);
    const [first, second] = windowsOf([frames]);
    expect(first?.gravityToRemove).toBeUndefined();
    expect(Array.from(second?.gravityToRemove ?? [])).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
  });

  it('gives times of whole microseconds where the rate does not divide a second', () => {
    const spec = { ...SPEC, samplingRateHz: 52 };
    const starts = windowsOf([framesAt(52e9 + 1, 40)], spec).map(({ startMs }) => startMs);
    for (const startMs of starts) expect(Math.round(startMs * 1000) / 1000).toBe(startMs);
    expect(starts[0]).toBe(Math.round((52e9 + 4) * (1e6 / 52)) / 1000);
  });

  it('leaves samples out where the stride is longer than the window', () => {
    const windows = windowsOf([framesAt(0, 40)], { ...SPEC, strideSamples: 16 });
    expect(windows.map(({ startMs }) => startMs)).toEqual([0, 320, 640]);
  });
});
