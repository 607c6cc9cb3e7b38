import { z } from 'zod';
import { hoursSchema, timeZoneSchema } from '../notify/alerts/local-time.js';
import { alertRuleSchema } from '../notify/alerts/rule-schema.js';
import { isNetwork } from '../notify/webhooks/address-guard.js';

const networkSchema = z.string().refine(isNetwork, 'must be a network such as 192.168.7.0/24 or fd00::/8');

/** Waits before the second, third, … attempt, seconds: https://www.standardwebhooks.com, "Retries". */
const STANDARD_RETRY_SECONDS = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];

export const webhooks = z
  .strictObject({
    allowPrivate: z
      .boolean()
      .default(false)
      .describe('Send to private, loopback and link-local addresses too, and by plain http there'),
    allowNetworks: z
      .array(networkSchema)
      .default([])
      .describe('Networks that may always be sent to, for example [192.168.7.0/24]'),
    caFile: z
      .string()
      .optional()
      .describe('Certificate authorities to trust besides those of the system, PEM'),
    timeoutMs: z
      .number()
      .min(1000)
      .max(30_000)
      .default(15_000)
      .describe('Longest time for an answer, milliseconds'),
    retrySeconds: z
      .array(z.number().positive().max(604_800))
      .max(50)
      .default(STANDARD_RETRY_SECONDS)
      .describe('Waits before the second, third, … attempt; after the last one an event is given up'),
    maxWaitingBytes: z
      .int()
      .min(10_000)
      .default(20_000_000)
      .describe('Events that may wait for an endpoint, bytes; beyond that the oldest are deleted'),
    logDays: z.number().positive().default(30).describe('How long the log of deliveries is kept'),
  })
  .prefault({})
  .describe('Signed HTTP messages about what happens; endpoints are made by POST /v1/webhooks');

export const alerts = z
  .strictObject({
    timeZone: timeZoneSchema.optional().describe('Of the hours in rules; by default that of this machine'),
    quietHours: hoursSchema
      .optional()
      .describe('When no alert is sent, for rules that have none of their own'),
    rules: z.array(alertRuleSchema).max(1000).default([]).describe('Rules; see docs/notifications.md'),
  })
  .prefault({})
  .describe('When people are to be alerted; more rules are made by POST /v1/alert-rules');

export const homeAssistant = z
  .strictObject({
    enabled: z.boolean().default(false).describe('Make devices known to Home Assistant over MQTT'),
    prefix: z
      .string()
      .regex(/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/, 'must be topic levels of A-Z a-z 0-9 _ -')
      .default('homeassistant')
      .describe('Discovery prefix that Home Assistant is set to'),
  })
  .prefault({})
  .describe('Devices and their statuses in Home Assistant');
