import { z } from 'zod';
import { milliseconds } from './fields.js';

const influxdb = z
  .strictObject({
    url: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:8086'),
    database: z
      .string()
      .regex(/^[A-Za-z_][\w-]{0,63}$/)
      .default('alongside'),
    username: z.string().optional(),
    password: z.string().optional(),
    passwordFile: z.string().optional().describe('File whose first line is the password'),
    token: z
      .string()
      .min(1)
      .optional()
      .describe('API token of InfluxDB 2 or 3, in place of user and password'),
    organization: z
      .string()
      .optional()
      .describe('Of InfluxDB 2: whose bucket it is; needed to forget devices and to remove what is old'),
    batchLines: z.int().min(1).max(5000).default(5000).describe('Points a write at most'),
  })
  .prefault({});

const outbox = z
  .strictObject({
    maxBytes: z
      .int()
      .min(100_000)
      .default(1_000_000_000)
      .describe('Results that may wait on the disk, bytes; beyond that the oldest go'),
    maxAgeDays: z.number().positive().default(30).describe('Results that have waited for longer go'),
    catchUpBatchesPerSecond: z
      .number()
      .positive()
      .max(1000)
      .default(5)
      .describe('Pace at which an InfluxDB that is back is given what has waited'),
  })
  .prefault({})
  .describe('Where results wait while InfluxDB does not take them');

export const store = z
  .strictObject({
    type: z.enum(['embedded', 'influxdb']).default('embedded'),
    path: z.string().optional().describe('Folder of the embedded store; by default below dataDir'),
    flushIntervalMs: milliseconds(200, 'Longest time results wait to be written together'),
    maxBufferedPoints: z
      .int()
      .positive()
      .default(200_000)
      .describe('Points held in memory while they cannot be written, to the store or to the outbox'),
    influxdb,
    outbox,
  })
  .prefault({})
  .describe('Where results are kept');

const days = (what: string) =>
  z.number().positive().optional().describe(`Days after which ${what} are removed`);

export const retention = z
  .strictObject({
    windowsDays: days('results of windows'),
    statusesDays: days('statuses'),
    apparelDays: days('apparel labels'),
    recordingsDays: days('recordings'),
  })
  .prefault({})
  .describe('How long results are kept; without a setting for ever');

export const onOff = z.enum(['on', 'off']);

export const recording = z
  .strictObject({
    default: onOff.default('off').describe('For devices that do not say themselves'),
    maxBytes: z
      .int()
      .min(1_000_000)
      .default(10_000_000_000)
      .describe('Size of all recordings; beyond it nothing more is recorded, and that is counted and said'),
    maxHours: z.number().positive().max(24).default(4).describe('Longest recording; then another is begun'),
    silenceMs: milliseconds(600_000, 'Silence that ends a recording'),
    openLabelMs: milliseconds(3_600_000, 'How long a label holds that says no end, unless another follows'),
  })
  .prefault({})
  .describe('Labelled recordings of what devices send, below dataDir/recordings');
