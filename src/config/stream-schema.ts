import { z } from 'zod';
import { INTERPOLATIONS } from '../domain/window.js';
import { milliseconds } from './fields.js';

export const stream = z
  .strictObject({
    interpolation: z
      .enum(INTERPOLATIONS)
      .default('nearest')
      .describe(
        'How a row of the common grid gets its values: nearest (as in the paper), previous or linear',
      ),
    toleranceMs: milliseconds(50, 'Largest distance between a row of the common grid and its sample'),
    latenessMs: milliseconds(2000, 'How far a sample may lag behind its device’s newest and still count'),
    gapWaitMs: milliseconds(5000, 'How long a missing numbered message holds windows back'),
    futureMs: milliseconds(
      7_200_000,
      'How far ahead of the gateway’s clock a sample may be; a replay faster than real time runs ahead',
    ),
    earliest: z.iso
      .datetime()
      .default('2000-01-01T00:00:00Z')
      .describe('Samples before this come from a clock that was never set and are refused'),
    maxRateHz: z.int().positive().default(2000).describe('Samples a second and sensor; more are refused'),
    maxBufferedSamples: z.int().positive().default(65_536).describe('Samples held a sensor and device'),
    maxDevices: z.int().positive().default(10_000).describe('Devices at once; messages of more are refused'),
    quietMs: milliseconds(10_000, 'Silence after which nothing more is waited for'),
    offlineMs: milliseconds(30_000, 'Silence after which a device counts as offline'),
    idleMs: milliseconds(600_000, 'Silence after which a device’s buffers are freed'),
  })
  .prefault({})
  .describe('Synchronising and windowing')
  .refine((value) => value.gapWaitMs >= value.latenessMs, 'gapWaitMs must be at least latenessMs');

export const infer = z
  .strictObject({
    workers: z
      .int()
      .min(1)
      .max(64)
      .default(1)
      .describe('Threads that run models at most; one from the start, further ones when it has work'),
    maxBatch: z.int().min(1).max(256).default(16).describe('Windows run together at most'),
    latencyMs: milliseconds(
      40,
      'Longest time a window waits for others on its way to the store, to be run and written with them; less is quicker, more is cheaper',
    ),
    maxWaitMs: z
      .number()
      .nonnegative()
      .optional()
      .describe('Of that, how long it waits to be run, milliseconds; by default nine tenths'),
    queueSoftWindows: z
      .int()
      .positive()
      .default(2000)
      .describe('Queued windows from which sources are slowed'),
    queueHardWindows: z
      .int()
      .positive()
      .default(20_000)
      .describe('Queued windows beyond which windows are refused'),
    minCoverage: z.number().min(0).max(1).default(0.75).describe('Windows with fewer samples are skipped'),
  })
  .prefault({})
  .describe('Running the models')
  .refine(
    (value) => value.queueHardWindows >= value.queueSoftWindows,
    'queueHardWindows must be at least queueSoftWindows',
  );

const tracking = {
  filter: z
    .enum(['learnt', 'smoothing'])
    .default('learnt')
    .describe(
      'learnt: a model’s own filter, where its manifest has one; smoothing: smoothingMs, hysteresis and dwellMs for all models',
    ),
  meanDurationMs: z
    .number()
    .positive()
    .optional()
    .describe('Of a learnt filter: how long a status lasts on average, milliseconds; by default as learnt'),
  independentMs: z
    .number()
    .nonnegative()
    .optional()
    .describe('Of a learnt filter: windows so far apart count in full, milliseconds; by default as learnt'),
  certainty: z
    .number()
    .min(0.5)
    .lt(1)
    .optional()
    .describe(
      'Of a learnt filter: the belief from which a status is said, of every class; by default as learnt',
    ),
  smoothingMs: milliseconds(
    4000,
    'Time constant of the smoothing of probabilities, at least three strides of the model; 0: none',
  ),
  hysteresis: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.1)
    .describe('How far beyond the threshold the smoothed probability must go'),
  dwellMs: milliseconds(5000, 'How long a change must hold before it is reported'),
  silenceMs: milliseconds(
    15_000,
    'Time without a usable window after which a status is unknown; at least one and a half strides of the model',
  ),
  heartbeatMs: z.number().positive().default(60_000).describe('How often a status is repeated, milliseconds'),
};

/** Of a single target: without a default, so that what it leaves out is as for all targets. */
const own = <T extends z.ZodType>(setting: z.ZodDefault<T>) =>
  setting
    .removeDefault()
    .optional()
    .describe(setting.description ?? '');

const ownTracking = {
  ...tracking,
  filter: own(tracking.filter),
  smoothingMs: own(tracking.smoothingMs),
  hysteresis: own(tracking.hysteresis),
  dwellMs: own(tracking.dwellMs),
  silenceMs: own(tracking.silenceMs),
  heartbeatMs: own(tracking.heartbeatMs),
};

export const track = z
  .strictObject({
    ...tracking,
    targets: z
      .record(z.string(), z.strictObject(ownTracking))
      .default({})
      .describe('Other values for single targets, by name'),
  })
  .prefault({})
  .describe('From predictions to statuses');
