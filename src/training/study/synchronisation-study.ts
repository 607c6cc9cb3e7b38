import type { RecordedSensor, Recording } from '../../domain/recording.js';
import { INTERPOLATIONS, type Interpolation } from '../../domain/window.js';
import { type ActivitySeries, activitySeries } from './activity-series.js';
import { reconstructionError, type TimeDifferences, timeDifferences } from './grid-errors.js';
import { corrected, estimateClock, type SensorClock } from './sensor-clock.js';

/** What one interpolation makes of one sensor. */
export interface MethodFigures {
  readonly method: Interpolation;
  /** Rows to samples, by the stamps as recorded: what a window can say of itself. */
  readonly stamps: TimeDifferences;
  /** Rows to the moments at which the samples were taken, as far as is known: chosen by stamps as recorded, and by corrected ones. */
  readonly before: TimeDifferences;
  readonly after: TimeDifferences;
  /** Error of values in the middle of the gaps left by leaving out every other sample, in standard deviations. */
  readonly error: number;
}

export interface SensorStudy {
  readonly sensor: string;
  readonly isReference: boolean;
  /** `undefined` where it cannot be told, and for the reference. */
  readonly clock: SensorClock | undefined;
  readonly methods: readonly MethodFigures[];
}

export interface RecordingStudy {
  readonly recording: string;
  readonly sensors: readonly SensorStudy[];
}

export interface StudyOptions {
  readonly samplingRateHz: number;
  /** Samples further away than this are not used, milliseconds. */
  readonly toleranceMs: number;
}

/**
 * Measures, on a recording whose sensors were not synchronised, the time-stamp differences that each interpolation leaves,
 * before and after each sensor's offset and drift against a reference are taken out. The gyroscope is the reference, since
 * what turns it turns gravity and the magnetic field in the others; without one it is the first sensor.
 */
export function studyRecording(recording: Recording, options: StudyOptions): RecordingStudy {
  const sensors = recording.sensors.filter(({ samples }) => samples.timesMs.length > 2);
  const reference = sensors.find(({ kind }) => kind === 'gyroscope') ?? sensors[0];
  const series = reference && activitySeries(reference);
  return {
    recording: recording.id,
    sensors: sensors.map((sensor) => studySensor(sensor, sensor === reference ? undefined : series, options)),
  };
}

function studySensor(
  sensor: RecordedSensor,
  reference: ActivitySeries | undefined,
  { samplingRateHz, toleranceMs }: StudyOptions,
): SensorStudy {
  const clock = reference && estimateClock(reference, activitySeries(sensor));
  const stampsMs = sensor.samples.timesMs;
  const trueMs = corrected(stampsMs, clock);
  const periodMs = 1000 / samplingRateHz;
  const fromMs = Math.ceil((stampsMs[0] ?? 0) / periodMs) * periodMs;
  const grid = { fromMs, toMs: stampsMs.at(-1) ?? 0, periodMs, toleranceMs };
  return {
    sensor: sensor.name,
    isReference: reference === undefined,
    clock,
    methods: INTERPOLATIONS.map((method) => ({
      method,
      stamps: timeDifferences(method, stampsMs, stampsMs, grid),
      before: timeDifferences(method, stampsMs, trueMs, grid),
      after: timeDifferences(method, trueMs, trueMs, grid),
      error: reconstructionError(method, sensor.samples),
    })),
  };
}

/** One line a method over all sensors of all recordings, each sensor counting the same. */
export interface MethodSummary {
  readonly method: Interpolation;
  readonly stampsMs: number;
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly error: number;
  /** Share of rows without a sample. */
  readonly missing: number;
}

export function summarise(studies: readonly RecordingStudy[]): MethodSummary[] {
  const sensors = studies.flatMap((study) => study.sensors);
  return INTERPOLATIONS.map((method) => {
    const figures = sensors.flatMap(({ methods }) => methods.filter((each) => each.method === method));
    const mean = (of: (each: MethodFigures) => number): number =>
      figures.reduce((sum, each) => sum + of(each), 0) / figures.length;
    return {
      method,
      stampsMs: mean(({ stamps }) => stamps.meanMs),
      beforeMs: mean(({ before }) => before.meanMs),
      afterMs: mean(({ after }) => after.meanMs),
      error: mean((each) => each.error),
      missing: mean(({ stamps }) => stamps.missing / stamps.rows),
    };
  });
}
