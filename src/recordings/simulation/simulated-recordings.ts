import type { RecordedSensor, Recording } from '../../domain/recording.js';
import { createDayPlan, type DayPlanOptions, DEFAULT_DAY_PLAN } from './day-plan.js';
import { createMotion, type Motion, type SimulatedSensor } from './motion.js';
import { createPerson } from './person.js';
import { hash32 } from './random.js';

export interface SimulatedRecordingsOptions {
  readonly people: number;
  /** Number of the first person; other numbers under the same seed are other people. */
  readonly firstPerson?: number;
  readonly secondsEach: number;
  readonly seed: number;
  readonly rateHz?: number;
  readonly plan?: DayPlanOptions;
  /** Epoch milliseconds of t = 0. */
  readonly startMs?: number;
}

/** 2025-01-01, so that recordings are the same whenever they are made. */
const DEFAULT_START_MS = 1_735_689_600_000;
const DEFAULT_RATE_HZ = 50;
/** Keeps the people of recordings apart from those of fleets, whatever the seeds. */
const RECORDINGS_SALT = 0x5ec0;

/**
 * Labelled recordings of simulated people, for training and evaluation: person `n` is the same for the same seed however
 * many are asked for. People with even numbers have a phone that records gravity in its accelerometer, those with odd
 * numbers one that leaves it out.
 */
export function simulatedRecordings(options: SimulatedRecordingsOptions): Recording[] {
  const first = options.firstPerson ?? 0;
  return Array.from({ length: options.people }, (_, index) => simulateRecording(options, first + index));
}

function simulateRecording(options: SimulatedRecordingsOptions, number: number): Recording {
  const startMs = options.startMs ?? DEFAULT_START_MS;
  const toMs = startMs + options.secondsEach * 1000;
  const rateHz = options.rateHz ?? DEFAULT_RATE_HZ;
  const seed = hash32(hash32(RECORDINGS_SALT, options.seed), number);
  const plan = createDayPlan(seed, startMs, options.plan ?? DEFAULT_DAY_PLAN);
  const motion = createMotion(createPerson(seed), plan, { rateHz, startMs });
  const hasGravity = number % 2 === 0;
  const record = (
    name: string,
    sensor: SimulatedSensor,
    unit: string,
    gravity?: boolean,
  ): RecordedSensor => ({
    name,
    kind: sensor,
    unit,
    gravity,
    nominalRateHz: rateHz,
    samples: relativeSamples(motion, sensor, startMs, toMs),
  });
  return {
    id: `simulated-${options.seed}-${number}`,
    subject: `simulated-${options.seed}-${number}`,
    device: 'simulated phone',
    startMs,
    sensors: [
      record('accelerometer', hasGravity ? 'accelerometer' : 'linear-acceleration', 'm/s2', hasGravity),
      record('gyroscope', 'gyroscope', 'rad/s'),
      record('magnetometer', 'magnetometer', 'uT'),
    ],
    labels: plan.stretches(startMs, toMs).map((stretch) => ({
      fromMs: Math.max(stretch.fromMs, startMs) - startMs,
      toMs: Math.min(stretch.toMs, toMs) - startMs,
      activity: stretch.activity,
      accompanied: stretch.accompanied,
      conversation: stretch.conversation,
    })),
  };
}

function relativeSamples(
  motion: Motion,
  sensor: SimulatedSensor,
  fromMs: number,
  toMs: number,
): RecordedSensor['samples'] {
  const block = motion.samples(sensor, fromMs, toMs);
  return { ...block, timesMs: block.timesMs.map((timeMs) => Math.round((timeMs - fromMs) * 1000) / 1000) };
}
