import { z } from 'zod';
import { DEVICE_ID_RULE, parseDeviceId } from '../domain/ids.js';
import { INTERPOLATIONS } from '../domain/interpolation.js';
import { MESSAGE_FORMATS } from '../domain/raw-message.js';
import { alerts } from './alert-schema.js';
import { homeAssistant } from './home-assistant-schema.js';
import { webhooks } from './webhook-schema.js';

const port = (fallback: number) => z.int().min(0).max(65_535).default(fallback);
const milliseconds = (fallback: number, what: string) =>
  z.number().nonnegative().default(fallback).describe(`${what}, milliseconds`);
const deviceId = z.string().refine((text) => parseDeviceId(text) !== undefined, DEVICE_ID_RULE);

const serverTls = z.strictObject({
  certFile: z.string().describe('Certificate, with those between it and its authority, PEM'),
  keyFile: z.string().describe('Its key, PEM'),
  clientCaFile: z
    .string()
    .optional()
    .describe('Lets only clients in that have a certificate of this authority, PEM'),
});

const http = z
  .strictObject({
    host: z.string().default('127.0.0.1').describe('Address to listen on'),
    port: port(8080).describe('0: any free port'),
    bodyLimitBytes: z.int().positive().default(10_000_000).describe('Largest request body'),
    tls: serverTls.optional().describe('HTTPS instead of HTTP'),
    publicUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Address by which phones reach the gateway, where it is not one of its own'),
    joinMinutes: z
      .number()
      .positive()
      .max(1440)
      .default(10)
      .describe('Minutes in which a link that lets a phone in must be used'),
    maxConnections: z
      .int()
      .min(10)
      .default(4000)
      .describe('Connections at once; beyond it those that are idle for longest are closed'),
    requestsPerMinute: z
      .strictObject({
        perAddress: z.int().positive().default(60_000),
        perToken: z.int().positive().default(60_000),
      })
      .prefault({})
      .describe('Requests beyond this are answered 429'),
    allowedHosts: z
      .array(z.string())
      .default([])
      .describe(
        'Names under which web pages may ask a gateway that asks nobody for a token, besides localhost',
      ),
  })
  .prefault({})
  .describe('The HTTP server: API, dashboard, metrics');

const tls = z
  .strictObject({
    caFile: z.string().optional().describe('Certificate authority to trust, PEM'),
    certFile: z.string().optional().describe('Own certificate, PEM'),
    keyFile: z.string().optional().describe('Own key, PEM'),
    rejectUnauthorized: z.boolean().default(true).describe('false accepts any certificate: for tests only'),
  })
  .describe('TLS towards an external broker');

const subscription = z.strictObject({
  topic: z
    .string()
    .min(1)
    .describe('MQTT topic filter; one + or {device} level names the device unless `device` does'),
  format: z.enum(MESSAGE_FORMATS),
  device: deviceId.optional().describe('Device all messages of this topic come from'),
});

const mqtt = z
  .strictObject({
    embedded: z.boolean().default(true).describe('Run a broker inside the gateway; false needs `url`'),
    host: z.string().default('127.0.0.1').describe('Address the embedded broker listens on'),
    port: port(1883).describe('MQTT over TCP of the embedded broker; 0: any free port'),
    webSocketPort: port(0).describe('MQTT over WebSocket of the embedded broker; 0: any free port'),
    tlsListener: serverTls.optional().describe('TLS on both ports of the embedded broker'),
    url: z
      .string()
      .regex(/^(mqtt|mqtts|ws|wss):\/\//, 'mqtt://, mqtts://, ws:// or wss://')
      .optional()
      .describe('External broker'),
    webSocketUrl: z
      .string()
      .regex(/^wss?:\/\//, 'ws:// or wss://')
      .optional()
      .describe('MQTT over WebSocket of an external broker, for the page that phones open'),
    username: z.string().optional(),
    password: z.string().optional(),
    passwordFile: z.string().optional().describe('File whose first line is the password'),
    clientId: z.string().default('alongside').describe('Stable, so that the broker keeps the session'),
    protocolVersion: z
      .union([z.literal(4), z.literal(5)])
      .default(4)
      .describe('4: MQTT 3.1.1, 5: MQTT 5'),
    keepaliveSeconds: z.int().min(5).max(3600).default(60),
    reconnectMaxSeconds: z
      .int()
      .min(1)
      .max(3600)
      .default(30)
      .describe('Longest wait between two attempts to reach an external broker'),
    tls: tls.optional(),
    subscriptions: z
      .array(subscription)
      .default([
        { topic: 'sensor-logger', format: 'sensor-logger' },
        { topic: 'sensor-logger/+', format: 'sensor-logger' },
      ])
      .describe('Topics of other apps, besides alongside/<device>/…'),
  })
  .prefault({})
  .describe('Where phones publish');

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

const store = z
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

const stream = z
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
      'How far ahead of the gateway’s clock a sample may be; a replay faster than life runs ahead',
    ),
    earliest: z.iso
      .datetime()
      .default('2000-01-01T00:00:00Z')
      .describe('Samples before this come from a clock that was never set and are refused'),
    maxRateHz: z.int().positive().default(2000).describe('Samples a second and sensor; more are refused'),
    maxBufferedSamples: z.int().positive().default(65_536).describe('Samples held a sensor and device'),
    maxDevices: z.int().positive().default(10_000),
    quietMs: milliseconds(10_000, 'Silence after which nothing more is waited for'),
    offlineMs: milliseconds(30_000, 'Silence after which a device counts as offline'),
    idleMs: milliseconds(600_000, 'Silence after which a device’s buffers are freed'),
  })
  .prefault({})
  .describe('Synchronising and windowing')
  .refine((value) => value.gapWaitMs >= value.latenessMs, 'gapWaitMs must be at least latenessMs');

const infer = z
  .strictObject({
    workers: z.int().min(1).max(64).default(1).describe('Threads that run models'),
    maxBatch: z.int().min(1).max(256).default(16).describe('Windows run together at most'),
    maxWaitMs: milliseconds(20, 'Longest time a window waits for others'),
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
  smoothingMs: milliseconds(4000, 'Time constant of the smoothing of probabilities'),
  hysteresis: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.1)
    .describe('How far beyond the threshold the smoothed probability must go'),
  dwellMs: milliseconds(5000, 'How long a change must hold before it is said'),
  silenceMs: milliseconds(
    15_000,
    'Time without a usable window after which a status is unknown; at least one and a half strides of the model',
  ),
  heartbeatMs: z.number().positive().default(60_000).describe('How often a status is repeated, milliseconds'),
};

const track = z
  .strictObject({
    ...tracking,
    targets: z
      .record(z.string(), z.strictObject(tracking).partial())
      .default({})
      .describe('Other values for single targets, by name'),
  })
  .prefault({})
  .describe('From predictions to statuses');

const models = z
  .strictObject({
    dir: z.string().default('models').describe('Folder of model folders'),
    active: z
      .array(z.string())
      .min(1)
      .default(['accompany-demo', 'apparel'])
      .describe('Models to run; of two with the same target the first sets the status'),
    candidates: z
      .array(z.string())
      .default([])
      .describe(
        'Models that run beside them to be compared; they set no status and nobody is told what they find',
      ),
  })
  .prefault({});

const apparel = z
  .strictObject({
    workers: z
      .int()
      .min(1)
      .max(64)
      .default(2)
      .describe('Threads that run image models; none without such a model'),
    maxBatch: z.int().min(1).max(64).default(4).describe('Pictures run together at most'),
    decoders: z.int().min(1).max(4).default(2).describe('Pictures decoded at the same time'),
    maxImages: z
      .int()
      .min(1)
      .max(10_000)
      .default(64)
      .describe('Pictures in work, waiting ones included; further ones are answered 503'),
    maxImagesPerRequest: z.int().min(1).max(1000).default(32),
    model: z
      .string()
      .optional()
      .describe('Image model for frames of devices; by default the first of models.active'),
    framesPerMinute: z
      .number()
      .positive()
      .max(6000)
      .default(60)
      .describe('Frames of one device; more are dropped'),
    minProbability: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe('Labels of a frame less probable than this are not stored, but for the most probable one'),
    holdMs: milliseconds(60_000, 'How long a label holds in timelines without another frame'),
    index: z
      .string()
      .optional()
      .describe('Folder of the catalogue’s index; by default apparel-index below dataDir'),
    keepFrames: z
      .boolean()
      .default(false)
      .describe('Keep the pictures of devices below dataDir after they were classified'),
  })
  .prefault({})
  .describe('Pictures: what is on them');

const access = z
  .strictObject({
    allowAnonymous: z
      .boolean()
      .default(false)
      .describe(
        'Listen beyond this machine although no credentials are configured: everybody may do everything',
      ),
  })
  .prefault({})
  .describe('Who may do what; credentials are made by alongside devices and alongside tokens');

const days = (what: string) =>
  z.number().positive().optional().describe(`Days after which ${what} are removed`);

const retention = z
  .strictObject({
    windowsDays: days('results of windows'),
    statusesDays: days('statuses'),
    apparelDays: days('apparel labels'),
    recordingsDays: days('recordings'),
  })
  .prefault({})
  .describe('How long results are kept; without a setting for ever');

const onOff = z.enum(['on', 'off']);

const recording = z
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

const device = z.strictObject({
  recording: onOff.optional().describe('Whether what it sends is recorded; by default recording.default'),
  subject: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Who wears it, for its recordings; by default the name of the device'),
  platform: z
    .enum(['ios', 'android', 'auto'])
    .default('auto')
    .describe('Sign and unit convention of the phone'),
});

/** Every setting, with its default and meaning: the one place where both are written. */
export const configSchema = z.strictObject({
  http,
  mqtt,
  store,
  models,
  stream,
  infer,
  apparel,
  track,
  access,
  retention,
  webhooks,
  recording,
  alerts,
  homeAssistant,
  devices: z.record(deviceId, device).default({}).describe('Settings of single devices, by name'),
  dataDir: z.string().default('alongside-data').describe('Folder for everything the gateway writes'),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug']).default('info'),
});

export type Config = Readonly<z.infer<typeof configSchema>>;
