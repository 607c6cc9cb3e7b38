import { z } from 'zod';
import { STATED_PLACEMENTS } from '../domain/samples.js';
import { apparel } from './apparel-schema.js';
import { cluster } from './cluster-schema.js';
import { deviceId, milliseconds } from './fields.js';
import { http } from './http-schema.js';
import { mqtt } from './mqtt-schema.js';
import { alerts, homeAssistant, webhooks } from './notify-schema.js';
import { onOff, recording, retention, store } from './store-schema.js';
import { infer, stream, track } from './stream-schema.js';

const models = z
  .strictObject({
    dir: z
      .string()
      .default('models')
      .describe(
        'Folder of model folders; where the working folder has no models, those that come with Alongside',
      ),
    active: z
      .array(z.string())
      .min(1)
      .default(['activity-phone', 'apparel'])
      .describe(
        'Models to run; of two with the same target the first that is made for where a device is worn sets its status',
      ),
    candidates: z
      .array(z.string())
      .default([])
      .describe(
        'Models that run beside them to be compared; they set no status, and their results are not published',
      ),
  })
  .prefault({});

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

const company = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe('Find out whose devices move together, among those that agreed to it'),
    closed: z
      .boolean()
      .default(false)
      .describe(
        'Everybody who matters carries a device that agreed: who is with none of them is not accompanied',
      ),
    maxClockErrorMs: milliseconds(60_000, 'Devices whose clock is further off are not compared'),
  })
  .prefault({})
  .describe('Who is with whom; see docs/company.md');

const device = z.strictObject({
  recording: onOff.optional().describe('Whether what it sends is recorded; by default recording.default'),
  subject: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe(
      'Who wears it, for its recordings, and as devices of one person are no company; by default the name of the device',
    ),
  company: onOff
    .optional()
    .describe('Whether it takes part in company; by default what its wearer chose on the page for phones'),
  platform: z
    .enum(['ios', 'android', 'auto'])
    .default('auto')
    .describe('Sign and unit convention of the phone'),
  placement: z
    .enum(STATED_PLACEMENTS)
    .optional()
    .describe(
      'Where it is worn, unless somebody says otherwise on its page or by API; any: now here, now there. Models that are made for another place do not speak of it',
    ),
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
  cluster,
  company,
  devices: z.record(deviceId, device).default({}).describe('Settings of single devices, by name'),
  dataDir: z
    .string()
    .default('alongside-data')
    .describe('Folder for everything the gateway writes; of one gateway at a time'),
  logLevel: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug'])
    .default('info')
    .describe('Least important events that are logged'),
});

export type Config = Readonly<z.infer<typeof configSchema>>;
