import { z } from 'zod';
import { milliseconds } from './fields.js';

const influxdb = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .default('http://127.0.0.1:8086')
      .describe('Address of InfluxDB'),
    database: z
      .string()
      .regex(/^[A-Za-z_][\w-]{0,63}$/)
      .default('alongside')
      .describe('Database; of InfluxDB 1.x it is made if it is missing'),
    username: z.string().optional().describe('User of InfluxDB 1.x'),
    password: z.string().optional().describe('Its password; passwordFile shows it to fewer people'),
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
      .describe('Results that may wait on the disk, bytes; beyond that the oldest are deleted'),
    maxAgeDays: z.number().positive().default(30).describe('Results that have waited for longer are deleted'),
    catchUpBatchesPerSecond: z
      .number()
      .positive()
      .max(1000)
      .default(5)
      .describe('Pace at which waiting results are written once InfluxDB is back'),
  })
  .prefault({})
  .describe('Where results wait while InfluxDB does not take them');

export const store = z
  .strictObject({
    type: z
      .enum(['embedded', 'influxdb'])
      .default('embedded')
      .describe('embedded: a folder, no server needed; influxdb: a database'),
    path: z.string().optional().describe('Folder of the embedded store; by default below dataDir'),
    flushIntervalMs: z
      .number()
      .nonnegative()
      .optional()
      .describe(
        'Longest time results wait to be written together, milliseconds; by default a tenth of infer.latencyMs',
      ),
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
    companyDays: days('changes of company'),
    recordingsDays: days('recordings'),
  })
  .prefault({})
  .describe('How long results are kept; without a setting for ever');

export const onOff = z.enum(['on', 'off']);

export const recording = z
  .strictObject({
    default: onOff.default('off').describe('For devices without a setting of their own'),
    maxBytes: z
      .int()
      .min(1_000_000)
      .default(10_000_000_000)
      .describe('Size of all recordings; beyond it nothing more is recorded; that is counted and logged'),
    maxHours: z.number().positive().max(24).default(4).describe('Longest recording; then a new one begins'),
    silenceMs: milliseconds(600_000, 'Silence that ends a recording'),
    openLabelMs: milliseconds(3_600_000, 'How long a label without an end holds, unless another follows'),
  })
  .prefault({})
  .describe('Labelled recordings of what devices send, below dataDir/recordings');
