import { describe, expect, it } from 'vitest';
import type { RecordedSensor, Recording } from '../../../../src/domain/recording.js';
import type { Interpolation } from '../../../../src/domain/window.js';
import { createRandom } from '../../../../src/training/random.js';
import { reconstructionError, timeDifferences } from '../../../../src/training/study/grid-errors.js';
import { studyPage } from '../../../../src/training/study/study-report.js';
import { studyRecording, summarise } from '../../../../src/training/study/synchronisation-study.js';

const OPTIONS = { samplingRateHz: 50, toleranceMs: 50 };
const SECONDS = 400;

/** How a body turns about x: slow sums of sines of no common period, rad/s at a time in seconds. */
function turn(seconds: number): number {
  return [0.31, 0.83, 1.47, 2.3].reduce(
    (sum, hz, n) => sum + Math.sin(2 * Math.PI * hz * seconds + n * n),
    0,
  );
}

/** The angle that comes of it. */
function angle(seconds: number): number {
  return [0.31, 0.83, 1.47, 2.3].reduce(
    (sum, hz, n) => sum - Math.cos(2 * Math.PI * hz * seconds + n * n) / (2 * Math.PI * hz),
    0,
  );
}

/** A sensor of that body whose stamps are late by `offsetMs` and drift by `driftPpm`. */
function sensor(
  kind: 'gyroscope' | 'magnetometer' | 'accelerometer',
  rateHz: number,
  offsetMs = 0,
  driftPpm = 0,
): RecordedSensor {
  const random = createRandom(7, rateHz);
  const times = Array.from(
    { length: SECONDS * rateHz },
    (_, index) => index / rateHz + random.uniform() * 0.001,
  );
  const values = times.flatMap((seconds) => {
    if (kind === 'gyroscope') return [turn(seconds), 0, 0];
    const size = kind === 'magnetometer' ? 45 : 9.81;
    return [0, size * Math.cos(angle(seconds)), size * Math.sin(angle(seconds))];
  });
  return {
    name: kind,
    kind,
    unit: '',
    gravity: undefined,
    nominalRateHz: rateHz,
    samples: {
      sensor: kind,
      timesMs: Float64Array.from(times, (seconds) => seconds * 1000 * (1 + driftPpm / 1e6) + offsetMs),
      values: Float32Array.from(values),
    },
  };
}

function recordingOf(sensors: readonly RecordedSensor[]): Recording {
  return { id: 'turning', subject: 'one', device: 'phone', startMs: 0, sensors, labels: [] };
}

describe('studyRecording', () => {
  it('finds the offset and the drift of a sensor’s clock', () => {
    const study = studyRecording(
      recordingOf([
        sensor('gyroscope', 100),
        sensor('magnetometer', 80, 40),
        sensor('accelerometer', 90, -25, 150),
      ]),
      OPTIONS,
    );
    const [gyroscope, magnetometer, accelerometer] = study.sensors;
    expect(gyroscope).toMatchObject({ isReference: true, clock: undefined });
    expect(magnetometer?.clock?.offsetMs).toBeCloseTo(40, 0);
    expect(Math.abs(magnetometer?.clock?.driftPpm ?? Number.NaN)).toBeLessThan(5);
    const { atMs = 0, offsetMs = 0, driftPpm = 0 } = accelerometer?.clock ?? {};
    expect(driftPpm).toBeCloseTo(150, -1);
    expect(offsetMs - (driftPpm / 1e6) * atMs).toBeCloseTo(-25, 0);
  });

  it('shows what taking them out leaves', () => {
    const study = studyRecording(
      recordingOf([sensor('gyroscope', 100), sensor('magnetometer', 100, 40)]),
      OPTIONS,
    );
    const nearest = study.sensors[1]?.methods.find(({ method }) => method === 'nearest');
    expect(nearest?.stamps.meanMs).toBeLessThan(6);
    expect(nearest?.before.meanMs).toBeGreaterThan(30);
    expect(nearest?.after.meanMs).toBeLessThan(6);
  });

  it('does not tell a clock from sensors that have nothing in common', () => {
    const random = createRandom(3, 1);
    const noise = sensor('magnetometer', 50);
    const values = noise.samples.values.map(() => random.normal());
    const study = studyRecording(
      recordingOf([sensor('gyroscope', 100), { ...noise, samples: { ...noise.samples, values } }]),
      OPTIONS,
    );
    expect(study.sensors[1]?.clock).toBeUndefined();
  });

  it('becomes a page that holds everything it shows', () => {
    const studies = [
      studyRecording(recordingOf([sensor('gyroscope', 50), sensor('magnetometer', 50, 10)]), OPTIONS),
    ];
    const summary = summarise(studies);
    expect(summary.map(({ method }) => method)).toEqual(['nearest', 'previous', 'linear']);
    const page = studyPage(studies, summary);
    expect(page.match(/<svg/g)).toHaveLength(2);
    expect(page).toContain('turning, magnetometer');
    expect(page).not.toMatch(/<script|src=|href=/);
  });
});

describe('timeDifferences', () => {
  const stampsMs = Float64Array.of(0, 15, 25, 60, 200);
  const grid = { fromMs: 20, toMs: 60, periodMs: 20, toleranceMs: 50 };
  const differences = (method: Interpolation) => timeDifferences(method, stampsMs, stampsMs, grid);

  it('measures each interpolation by the samples it takes', () => {
    expect(differences('nearest')).toMatchObject({ rows: 2, missing: 0, meanMs: (5 + 15) / 2, maxMs: 15 });
    expect(differences('previous')).toMatchObject({ meanMs: (5 + 15) / 2, maxMs: 15 });
    const { meanMs } = differences('linear');
    expect(meanMs).toBeCloseTo((5 + (15 * 20 + 20 * 15) / 35) / 2, 9);
  });

  it('counts rows without a sample near enough', () => {
    const far = { ...grid, fromMs: 120, toMs: 140 };
    expect(timeDifferences('nearest', stampsMs, stampsMs, far)).toMatchObject({ rows: 1, missing: 1 });
  });
});

describe('reconstructionError', () => {
  const timesMs = Float64Array.from({ length: 41 }, (_, index) => index * 10);
  const line = { sensor: 'gyroscope' as const, timesMs, values: Float32Array.from(timesMs, Number) };
  const samples = { ...line, values: Float32Array.from([...timesMs].flatMap((time) => [time, 0, 0])) };

  it('is nothing for a line told linearly, and the step over the deviation for its neighbours', () => {
    const deviation = Math.sqrt([...timesMs].reduce((sum, time) => sum + (time - 200) ** 2, 0) / 41);
    expect(reconstructionError('linear', samples)).toBeCloseTo(0, 6);
    expect(reconstructionError('previous', samples)).toBeCloseTo(10 / deviation, 6);
    expect(reconstructionError('nearest', samples)).toBeCloseTo(10 / deviation, 6);
  });
});
