import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SensorMessage } from '../../../../src/domain/samples.js';
import type { AlignedFrames, Interpolation, SampleWindow } from '../../../../src/domain/window.js';
import { SlidingWindow } from '../../../../src/stream/sliding-window.js';
import { DeviceAligner } from '../../../../src/stream/synchronise/device-aligner.js';
import { HopelessWindows } from '../../../../src/stream/synchronise/hopeless-windows.js';
import { blockAt, deviceId, messageOf, START_MS } from '../../../helpers/sensor-messages.js';
import { gridOf, SYNCHRONISE } from '../../../helpers/synchronise-options.js';

const RATE_HZ = 50;
const MIN_COVERAGE = 0.75;

interface Shape {
  readonly rows: number;
  readonly strideRows: number;
  readonly interpolation: Interpolation;
}

/** What came of messages: every window that was made, how many were due, and how many rows were made. */
interface Outcome {
  readonly windows: readonly SampleWindow[];
  readonly due: number;
  readonly rowsMade: number;
}

function outcomeOf(messages: readonly SensorMessage[], shape: Shape, minCoverage: number): Outcome {
  const { rows, strideRows, interpolation } = shape;
  const channels = ['accelerometer.x', 'gyroscope.z'];
  const grid = gridOf({ channels, maxGapRows: rows, window: { rows, strideRows } });
  const aligner = new DeviceAligner(deviceId('phone'), { ...SYNCHRONISE, interpolation, minCoverage }, [
    grid,
  ]);
  const cutter = new SlidingWindow({
    model: grid.model,
    samplingRateHz: RATE_HZ,
    sizeSamples: rows,
    strideSamples: strideRows,
    channelCount: channels.length,
    sensorCount: channels.length,
  });
  const windows: SampleWindow[] = [];
  let [leftOut, rowsMade] = [0, 0];
  const take = (frames: readonly AlignedFrames[]): void => {
    for (const block of frames) {
      leftOut += block.leftOut?.count ?? 0;
      rowsMade += block.rowCount;
      for (const window of cutter.push(block)) windows.push(window);
    }
  };
  const drain = (frames: readonly AlignedFrames[]): void => {
    take(frames);
    while (aligner.isBehind) take(aligner.advance());
  };
  for (const message of messages) drain(aligner.accept(message).frames);
  drain(aligner.flush());
  return { windows, due: windows.length + leftOut, rowsMade };
}

function message(sequence: number, accelerometerMs: readonly number[], gyroscopeMs: readonly number[]) {
  const blocks = [blockAt('accelerometer', accelerometerMs), blockAt('gyroscope', gyroscopeMs)].filter(
    ({ timesMs }) => timesMs.length > 0,
  );
  return messageOf({ session: 'a', sequence, receivedAtMs: START_MS + 1e9, blocks });
}

describe(HopelessWindows, () => {
  const gapMs = fc.oneof(
    fc.constantFrom(20, 40, 80, 160, 200, 640, 2550, 2560, 2580, 2600, 2640, 2660, 2661, 2680, 5000),
    fc.integer({ min: 1, max: 3000 }),
  );
  const run = fc.record({ gapMs, count: fc.integer({ min: 1, max: 60 }) });
  const timesMs = fc.array(run, { minLength: 1, maxLength: 8 }).map((runs) => {
    let atMs = START_MS;
    return runs.flatMap(({ gapMs: gap, count }) => Array.from({ length: count }, () => (atMs += gap)));
  });
  const shape = fc.record({
    rows: fc.constantFrom(4, 32, 128),
    strideRows: fc.constantFrom(1, 16, 64, 200),
    interpolation: fc.constantFrom<Interpolation>('nearest', 'previous', 'linear'),
  });

  it('leaves out windows that would have been skipped, and no other, whatever the gaps', () => {
    fc.assert(
      fc.property(
        timesMs,
        fc.option(timesMs),
        shape,
        fc.integer({ min: 1, max: 4 }),
        (first, second, each, parts) => {
          const messages = Array.from({ length: parts }, (_, part) => {
            const inPart = (atMs: number): boolean => Math.floor((atMs - START_MS) / 40_000) % parts === part;
            return message(part, first.filter(inPart), (second ?? []).filter(inPart));
          }).filter(({ blocks }) => blocks.length > 0);
          const whole = outcomeOf(messages, each, 0);
          const lean = outcomeOf(messages, each, MIN_COVERAGE);
          const isKept = ({ coverage }: SampleWindow): boolean => coverage >= MIN_COVERAGE;
          expect(lean.windows.filter(isKept)).toEqual(whole.windows.filter(isKept));
          expect(lean.due).toBe(whole.due);
          expect(lean.rowsMade).toBeLessThanOrEqual(whole.rowsMade);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps windows that have just the coverage asked for', () => {
    // Half-way between two rows a sample serves six of the eight rows of its window.
    const times = Array.from({ length: 50 }, (_, index) => START_MS + 70 + index * 160);
    const each = { rows: 8, strideRows: 8, interpolation: 'nearest' } as const;
    const { windows } = outcomeOf([message(0, times, times)], each, MIN_COVERAGE);
    expect(windows.filter(({ coverage }) => coverage === MIN_COVERAGE).length).toBeGreaterThan(40);
  });

  it.each([200, 2550, 2640])('makes next to no rows for samples %d ms apart', (gap) => {
    const times = Array.from({ length: 5000 }, (_, index) => START_MS + index * gap);
    const each = { rows: 128, strideRows: 64, interpolation: 'nearest' } as const;
    const { due, rowsMade } = outcomeOf([message(0, times, [])], each, MIN_COVERAGE);
    expect(due).toBe(outcomeOf([message(0, times, [])], each, 0).due);
    expect(rowsMade).toBeLessThan(1000);
  });
});
