import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SensorMessage } from '../../../../src/domain/samples.js';
import type { AlignedFrames } from '../../../../src/domain/window.js';
import { DeviceAligner } from '../../../../src/stream/synchronise/device-aligner.js';
import type { GridSpec } from '../../../../src/stream/synchronise/grid-spec.js';
import { blockAt, deviceId, messageOf, START_MS, timesAt } from '../../../helpers/sensor-messages.js';
import { gridOf, SYNCHRONISE } from '../../../helpers/synchronise-options.js';

const GRID = gridOf();

interface Row {
  readonly row: number;
  readonly values: readonly number[];
  readonly deltaMaxMs: number;
  readonly present: number;
}

function rowsOf(blocks: readonly AlignedFrames[]): Row[] {
  return blocks.flatMap((block) => {
    const width = block.values.length / block.rowCount;
    return Array.from({ length: block.rowCount }, (_, index) => ({
      row: block.firstRow + index,
      values: Array.from(block.values.subarray(index * width, (index + 1) * width)),
      deltaMaxMs: block.deltaMaxMs[index] ?? Number.NaN,
      present: block.presentSensors[index] ?? 0,
    }));
  });
}

function align(messages: readonly SensorMessage[], grid: GridSpec = GRID, options = SYNCHRONISE): Row[] {
  const aligner = new DeviceAligner(deviceId('phone'), options, [grid]);
  const frames = messages.flatMap((message) => aligner.accept(message).frames);
  return rowsOf([...frames, ...aligner.flush()]);
}

/** The rule in its plainest form: for each row the sample with the smallest |Δt|, the earlier of two. */
function nearest(timesMs: readonly number[], rowMs: number): number {
  return timesMs.reduce((best, time) => (Math.abs(time - rowMs) < Math.abs(best - rowMs) ? time : best));
}

/** Messages of one second each, with every sensor's samples of that second. */
function messagesOf(
  sensors: Readonly<Record<string, readonly number[]>>,
  seconds: number,
  numbered = true,
): SensorMessage[] {
  return Array.from({ length: seconds }, (_, second) => {
    const from = START_MS + second * 1000;
    const inSecond = (times: readonly number[]) => times.filter((time) => time >= from && time < from + 1000);
    return messageOf({
      receivedAtMs: from + 1000,
      ...(numbered ? { session: 'a', sequence: second } : {}),
      blocks: [
        blockAt('accelerometer', inSecond(sensors['accelerometer'] ?? [])),
        blockAt('gyroscope', inSecond(sensors['gyroscope'] ?? [])),
      ].filter((block) => block.timesMs.length > 0),
    });
  });
}

const sensorTimes = (seconds: number) =>
  fc
    .record({
      rateHz: fc.double({ min: 15, max: 400, noNaN: true }),
      offsetMs: fc.double({ min: 0, max: 60, noNaN: true }),
      jitter: fc.array(fc.double({ min: 0, max: 0.9, noNaN: true }), { minLength: 7, maxLength: 7 }),
    })
    .map(({ rateHz, offsetMs, jitter }) =>
      timesAt(rateHz, START_MS + offsetMs, START_MS + seconds * 1000).map(
        (time, index) => time + ((jitter[index % jitter.length] ?? 0) * 1000) / rateHz,
      ),
    )
    .map((times) => times.filter((time) => time < START_MS + seconds * 1000));

describe(DeviceAligner, () => {
  it('agrees with a brute-force nearest search for two sensors at any rates and offsets', () => {
    fc.assert(
      fc.property(sensorTimes(4), sensorTimes(4), (accelerometer, gyroscope) => {
        const rows = align(messagesOf({ accelerometer, gyroscope }, 4));
        const lastMs = Math.min(accelerometer.at(-1) ?? 0, gyroscope.at(-1) ?? 0);
        const firstMs = Math.min(accelerometer[0] ?? 0, gyroscope[0] ?? 0);
        expect(rows[0]?.row).toBe(Math.ceil(firstMs / 20));
        expect(rows.at(-1)?.row).toBe(Math.floor(lastMs / 20));
        for (const { row, values } of rows) {
          const expected = [accelerometer, gyroscope].map((times, index) => {
            const time = nearest(times, row * 20);
            const isPresent = Math.abs(time - row * 20) <= SYNCHRONISE.toleranceMs;
            return isPresent ? Math.fround((time - START_MS) / (index + 1)) : Number.NaN;
          });
          expect(values).toEqual(expected);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('takes the earlier sample at a tie', () => {
    const times = [START_MS + 10, START_MS + 30, START_MS + 50, START_MS + 70];
    const rows = align(messagesOf({ accelerometer: times, gyroscope: times }, 1));
    expect(rows.map(({ values }) => values[0])).toEqual([10, 30, 50]);
  });

  it('gives the same rows for any order of numbered messages', () => {
    const times = timesAt(50, START_MS + 3, START_MS + 6000);
    const messages = messagesOf({ accelerometer: times, gyroscope: times.map((time) => time + 4) }, 6);
    const expected = align(messages);
    expect(expected.length).toBeGreaterThan(250);
    fc.assert(
      fc.property(fc.shuffledSubarray(messages, { minLength: messages.length }), (shuffled) => {
        const late = { ...SYNCHRONISE, gapWaitMs: 1e9, latenessMs: 1e9 };
        expect(align(shuffled, GRID, late)).toEqual(expected);
      }),
    );
  });

  it('gives the same rows for any order within the lateness when messages carry no numbers', () => {
    const times = timesAt(50, START_MS + 3, START_MS + 6000);
    const single = times.flatMap((time) => [
      messageOf({ receivedAtMs: time, blocks: [blockAt('accelerometer', [time])] }),
      messageOf({ receivedAtMs: time, blocks: [blockAt('gyroscope', [time + 4])] }),
    ]);
    const expected = align(single);
    const delays = fc.array(fc.double({ min: 0, max: 1900, noNaN: true }), {
      minLength: single.length,
      maxLength: single.length,
    });
    fc.assert(
      fc.property(delays, (delayMs) => {
        const arrivals = single
          .map((message, index) => ({ message, arrivalMs: message.receivedAtMs + (delayMs[index] ?? 0) }))
          .sort((a, b) => a.arrivalMs - b.arrivalMs);
        expect(align(arrivals.map(({ message }) => message))).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('gives the same rows however samples are split into messages', () => {
    const times = timesAt(100, START_MS + 1, START_MS + 5000);
    const whole = align([messageOf({ session: 'a', sequence: 0, blocks: bothAt(times) })]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 499 }), { maxLength: 40 }), (cuts) => {
        const edges = [0, ...new Set(cuts.sort((a, b) => a - b)), times.length];
        const messages = edges
          .slice(1)
          .map((to, index) =>
            messageOf({ session: 'a', sequence: index, blocks: bothAt(times.slice(edges[index], to)) }),
          );
        expect(align(messages)).toEqual(whole);
      }),
    );
  });

  it('gives the same rows when messages come twice', () => {
    const times = timesAt(50, START_MS, START_MS + 5000);
    const messages = messagesOf({ accelerometer: times, gyroscope: times }, 5);
    const aligner = new DeviceAligner(deviceId('phone'), SYNCHRONISE, [GRID]);
    const frames = messages.flatMap((message) => [
      ...aligner.accept(message).frames,
      ...aligner.accept(message).frames,
    ]);
    expect(rowsOf([...frames, ...aligner.flush()])).toEqual(align(messages));
    expect(aligner.delivery.duplicates).toBe(5);
  });

  it('closes rows at once when numbers prove that nothing is missing, and later when they do not', () => {
    const times = timesAt(50, START_MS, START_MS + 1000);
    const blocks = bothAt(times);
    const numbered = new DeviceAligner(deviceId('phone'), SYNCHRONISE, [GRID]);
    const unnumbered = new DeviceAligner(deviceId('phone'), SYNCHRONISE, [GRID]);
    expect(rowsOf(numbered.accept(messageOf({ session: 'a', sequence: 0, blocks })).frames)).toHaveLength(50);
    expect(rowsOf(unnumbered.accept(messageOf({ blocks })).frames)).toHaveLength(0);
  });

  it('leaves holes empty and does not invent what lies beyond the tolerance', () => {
    const times = [
      ...timesAt(50, START_MS, START_MS + 500),
      ...timesAt(50, START_MS + 1000, START_MS + 1500),
    ];
    const rows = align([messageOf({ session: 'a', sequence: 0, blocks: bothAt(times) })]);
    const empty = rows.filter(({ present }) => present === 0);
    expect(rows.map(({ row }) => row)).toEqual(rows.map((_, index) => (rows[0]?.row ?? 0) + index));
    expect(empty.map(({ row }) => row * 20 - START_MS)).toEqual(timesAt(50, 540, 960));
  });

  it('ends the stretch at a hole longer than allowed and begins the next at a sample', () => {
    const times = [
      ...timesAt(50, START_MS, START_MS + 500),
      ...timesAt(50, START_MS + 60_013, START_MS + 61_000),
    ];
    const aligner = new DeviceAligner(deviceId('phone'), SYNCHRONISE, [GRID]);
    const { frames } = aligner.accept(messageOf({ session: 'a', sequence: 0, blocks: bothAt(times) }));
    expect(frames.map((block) => block.firstRow * 20 - START_MS)).toEqual([0, 60_020]);
  });

  it('jumps over a silence of years without making rows for it', () => {
    const yearMs = 365 * 24 * 3600 * 1000;
    const aligner = new DeviceAligner(deviceId('phone'), SYNCHRONISE, [GRID]);
    aligner.accept(
      messageOf({ session: 'a', sequence: 0, blocks: bothAt(timesAt(50, START_MS, START_MS + 1000)) }),
    );
    const later = START_MS + yearMs;
    const { frames } = aligner.accept(
      messageOf({ session: 'a', sequence: 1, blocks: bothAt(timesAt(50, later, later + 1000)) }),
    );
    expect(rowsOf(frames).filter(({ row }) => row * 20 >= later)).toHaveLength(50);
    expect(rowsOf(frames).length).toBeLessThan(60);
  });

  it('goes on without a sensor that stops, and counts it as missing', () => {
    const accelerometer = timesAt(50, START_MS, START_MS + 10_000);
    const rows = align(messagesOf({ accelerometer, gyroscope: timesAt(50, START_MS, START_MS + 3000) }, 10));
    expect(rows.at(-1)?.row).toBe((START_MS + 9980) / 20);
    expect(rows.filter(({ present }) => present === 1).length).toBeGreaterThan(330);
  });

  it('counts samples by fate and lets none change what is closed', () => {
    const aligner = new DeviceAligner(deviceId('phone'), SYNCHRONISE, [GRID]);
    const times = timesAt(50, START_MS, START_MS + 5000);
    aligner.accept(
      messageOf({ session: 'a', sequence: 0, receivedAtMs: START_MS + 5000, blocks: bothAt(times) }),
    );
    const odd = blockAt('accelerometer', [
      START_MS + 1,
      START_MS + 4_980,
      START_MS + 4_990,
      START_MS + 90_000,
      -1,
      0,
      Number.NaN,
    ]);
    odd.values[6] = Number.NaN;
    const { fates } = aligner.accept(
      messageOf({ session: 'a', sequence: 1, receivedAtMs: START_MS + 5000, blocks: [odd] }),
    );
    expect(fates).toEqual({
      used: 0,
      late: 2,
      future: 1,
      past: 2,
      duplicate: 0,
      invalid: 2,
      'too-fast': 0,
      overflow: 0,
    });
  });

  it('takes what is dated at the very bounds of what is believed', () => {
    const aligner = new DeviceAligner(deviceId('phone'), SYNCHRONISE, [GRID]);
    const { earliestMs, futureMs } = SYNCHRONISE;
    const edges = [earliestMs - 1, earliestMs, START_MS + futureMs, START_MS + futureMs + 1];
    const { fates } = aligner.accept(
      messageOf({ receivedAtMs: START_MS, blocks: [blockAt('accelerometer', edges)] }),
    );
    expect(fates).toMatchObject({ past: 1, used: 2, future: 1 });
  });

  it('says how many samples of a sensor came, and how many a second', () => {
    const aligner = new DeviceAligner(deviceId('phone'), SYNCHRONISE, [GRID]);
    const blocks = [blockAt('accelerometer', timesAt(50, START_MS, START_MS + 1000))];
    aligner.accept(messageOf({ session: 'a', sequence: 0, blocks }));
    expect(aligner.sensors).toEqual([{ sensor: 'accelerometer', samples: 50, rateHz: 50 }]);
  });

  it('says the same of a message that comes again, and uses it once it can', () => {
    const aligner = new DeviceAligner(deviceId('phone'), SYNCHRONISE, [GRID]);
    const send = (sequence: number, fromMs: number, receivedAtMs = START_MS) => {
      const blocks = [blockAt('accelerometer', timesAt(50, fromMs, fromMs + 1000))];
      const { fates } = aligner.accept(messageOf({ session: 'a', sequence, receivedAtMs, blocks }));
      return Object.entries(fates).filter(([, count]) => count > 0);
    };
    send(0, START_MS - 10_000);
    for (const _ of ['once', 'again', 'and again']) {
      expect(send(1, 0)).toEqual([['past', 50]]);
      expect(send(2, START_MS + 120_000)).toEqual([['future', 50]]);
      expect(send(0, START_MS - 10_000)).toEqual([['duplicate', 50]]);
    }
    expect(send(2, START_MS + 120_000, START_MS + 120_000)).toEqual([['used', 50]]);
    expect(send(2, START_MS + 120_000, START_MS + 120_000)).toEqual([['duplicate', 50]]);
    expect(send(3, START_MS + 60_000, START_MS + 120_000)).toEqual([['late', 50]]);
    for (let time = 0; time < 20; time++)
      expect(send(3, START_MS + 60_000, START_MS + 120_000)).toEqual([['late', 50]]);
    expect(send(0, START_MS - 10_000)).toEqual([['duplicate', 50]]);
    expect(aligner.delivery.messages).toBe(4);
  });

  it('recovers when a clock is set back by a day', () => {
    const dayMs = 24 * 3600 * 1000;
    const aligner = new DeviceAligner(deviceId('phone'), SYNCHRONISE, [GRID]);
    const send = (sequence: number, fromMs: number) =>
      aligner.accept(
        messageOf({
          session: 'a',
          sequence,
          receivedAtMs: START_MS + dayMs,
          blocks: bothAt(timesAt(50, fromMs, fromMs + 1000)),
        }),
      );
    for (let second = 0; second < 5; second++) send(second, START_MS + dayMs + second * 1000);
    const rows = Array.from({ length: 20 }, (_, second) => send(5 + second, START_MS + second * 1000).frames);
    expect(rowsOf(rows.flat()).length).toBeGreaterThan(400);
  });

  it('does not take messages that are gone through again for a clock that was set back', () => {
    const aligner = new DeviceAligner(deviceId('phone'), SYNCHRONISE, [GRID]);
    const second = (sequence: number, overrides: Partial<SensorMessage> = {}) => {
      const fromMs = START_MS + sequence * 1000;
      const blocks = bothAt(timesAt(50, fromMs, fromMs + 1000));
      return messageOf({ session: 'a', sequence, receivedAtMs: fromMs + 1000, blocks, ...overrides });
    };
    for (let sequence = 0; sequence < 40; sequence++) aligner.accept(second(sequence));
    const again = Array.from({ length: 20 }, (_, sequence) =>
      aligner.accept(second(sequence, { recovery: 'covered' })),
    );
    expect(again.some(({ isClockSetBack }) => isClockSetBack)).toBe(false);
    const live = Array.from({ length: 10 }, (_, sequence) =>
      aligner.accept(second(sequence, { session: undefined, sequence: undefined })),
    );
    expect(live.map(({ isClockSetBack }) => isClockSetBack)).toEqual([
      ...Array.from({ length: 9 }, () => false),
      true,
    ]);
  });

  it('holds memory bounded however long a device sends', () => {
    const aligner = new DeviceAligner(deviceId('phone'), { ...SYNCHRONISE, maxBufferedSamples: 400 }, [GRID]);
    let overflow = 0;
    for (let second = 0; second < 120; second++) {
      const from = START_MS + second * 1000;
      const message = messageOf({
        session: 'a',
        sequence: second,
        receivedAtMs: from,
        blocks: bothAt(timesAt(50, from, from + 1000)),
      });
      overflow += aligner.accept(message).fates.overflow;
    }
    expect(overflow).toBe(0);
  });
});

function bothAt(times: readonly number[]) {
  return [blockAt('accelerometer', times), blockAt('gyroscope', times)];
}
