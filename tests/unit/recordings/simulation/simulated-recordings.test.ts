import { describe, expect, it } from 'vitest';
import type { Recording, RecordingLabel } from '../../../../src/domain/recording.js';
import { simulatedRecordings } from '../../../../src/recordings/simulation/simulated-recordings.js';

const SECONDS = 120;

describe('simulatedRecordings', () => {
  it('labels all of every recording, with times from 0', () => {
    for (const recording of simulatedRecordings({ people: 4, secondsEach: SECONDS, seed: 1 })) {
      expect(recording.labels[0]?.fromMs).toBe(0);
      expect(recording.labels.at(-1)?.toMs).toBe(SECONDS * 1000);
      recording.labels.forEach((label, index) => {
        expect(label.toMs).toBe(recording.labels[index + 1]?.fromMs ?? SECONDS * 1000);
      });
      expect(recording.sensors.map(({ name }) => name)).toEqual([
        'accelerometer',
        'gyroscope',
        'magnetometer',
      ]);
      for (const { samples, kind } of recording.sensors) {
        expect(samples.sensor).toBe(kind);
        expect(samples.timesMs[0]).toBeGreaterThanOrEqual(0);
        expect(samples.timesMs.at(-1)).toBeLessThan(SECONDS * 1000);
      }
    }
  });

  it('gives half of the people gravity in their accelerometer', () => {
    const kinds = simulatedRecordings({ people: 4, secondsEach: 1, seed: 1 }).map(
      ({ sensors }) => `${sensors[0]?.kind} ${sensors[0]?.gravity}`,
    );
    expect(kinds).toEqual([
      'accelerometer true',
      'linear-acceleration false',
      'accelerometer true',
      'linear-acceleration false',
    ]);
  });

  it('gives person n the same recording however many are asked for, and nobody that of another', () => {
    const all = simulatedRecordings({ people: 3, secondsEach: 5, seed: 1 });
    expect(simulatedRecordings({ people: 1, firstPerson: 2, secondsEach: 5, seed: 1 })[0]).toEqual(all[2]);
    expect(new Set(all.map(({ sensors }) => String(sensors[1]?.samples.values))).size).toBe(3);
  });

  it('shows talk as a tremor and company as slow turning, in people of any seed', () => {
    const rates = rateOfRightGuesses(simulatedRecordings({ people: 20, secondsEach: 240, seed: 99 }));
    expect(rates.conversation).toBeGreaterThan(0.9);
    expect(rates.accompanied).toBeGreaterThan(0.8);
  });
});

/** Guesses from the gyroscope alone: talk by the size of second differences, company by that of means over half a second. */
function rateOfRightGuesses(recordings: readonly Recording[]): { conversation: number; accompanied: number } {
  let stretches = 0;
  const right = { conversation: 0, accompanied: 0 };
  for (const recording of recordings) {
    for (const label of recording.labels.filter(({ fromMs, toMs }) => toMs - fromMs > 10_000)) {
      const rates = gyroscopeDuring(recording, label);
      const tremor = deviation(
        rates.slice(2).map((rate, at) => rate - 2 * (rates[at + 1] ?? 0) + (rates[at] ?? 0)),
      );
      const turning = deviation(meansOf(rates, 25));
      stretches += 1;
      if (tremor > 0.1 === label.conversation) right.conversation += 1;
      if (turning > 0.15 === label.accompanied) right.accompanied += 1;
    }
  }
  return { conversation: right.conversation / stretches, accompanied: right.accompanied / stretches };
}

/** Rotation about the phone's long axis, near the vertical. */
function gyroscopeDuring(recording: Recording, { fromMs, toMs }: RecordingLabel): number[] {
  const samples = recording.sensors.find(({ name }) => name === 'gyroscope')?.samples;
  if (samples === undefined) throw new Error('no gyroscope');
  return Array.from(samples.timesMs).flatMap((timeMs, index) =>
    timeMs >= fromMs && timeMs < toMs ? [samples.values[index * 3 + 1] ?? 0] : [],
  );
}

function meansOf(values: readonly number[], size: number): number[] {
  return Array.from({ length: Math.floor(values.length / size) }, (_, group) => {
    const part = values.slice(group * size, (group + 1) * size);
    return part.reduce((sum, value) => sum + value, 0) / size;
  });
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
