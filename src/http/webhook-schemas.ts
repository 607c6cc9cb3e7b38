import { z } from 'zod';
import { NOTIFICATION_TYPES } from '../domain/notification.js';
import {
  ATTEMPT_OUTCOMES,
  type DeliveryAttempt,
  type WaitingEvent,
  type WebhookEndpoint,
} from '../domain/webhooks.js';

const timeMsSchema = z.number().describe('Epoch milliseconds');
const eventsSchema = z.array(z.enum(NOTIFICATION_TYPES)).min(1);
const devicesSchema = z.array(z.string()).describe('Names of devices; without them all');
const descriptionSchema = z.string().max(200);
const secretSchema = z
  .string()
  .describe('whsec_ and 24 to 64 random bytes in base64; made by the gateway when left out');

export const webhookParamsSchema = z.object({ id: z.string().max(64) });
export const deliveryParamsSchema = z.object({ id: z.string().max(64), eventId: z.string().max(64) });

export const newWebhookSchema = z.strictObject({
  url: z.string(),
  events: eventsSchema,
  devices: devicesSchema.optional(),
  description: descriptionSchema.optional(),
  secret: secretSchema.optional(),
});

export const webhookChangeSchema = z.strictObject({
  url: z.string().optional(),
  events: eventsSchema.optional(),
  devices: devicesSchema.nullable().optional().describe('null: all devices'),
  description: descriptionSchema.optional(),
  enabled: z.boolean().optional(),
});

const MAX_OVERLAP_HOURS = 720;
export const rotationSchema = z.strictObject({
  secret: secretSchema.optional(),
  overlapHours: z
    .number()
    .min(0)
    .max(MAX_OVERLAP_HOURS)
    .default(24)
    .describe('How long the old secret signs beside the new one'),
});

export const deliverySchema = z
  .object({
    eventId: z.string().describe('The webhook-id that was sent'),
    type: z.string(),
    device: z.string().nullable(),
    eventAtMs: timeMsSchema,
    attempt: z.int(),
    attemptedAtMs: timeMsSchema,
    durationMs: z.number(),
    outcome: z
      .enum(ATTEMPT_OUTCOMES)
      .describe('failed: it is tried again; disabled: the receiver answered 410'),
    status: z.int().nullable().describe('Of the answer; null where there was none'),
    detail: z.string().describe('What went wrong; empty when nothing did'),
    nextAttemptMs: timeMsSchema.nullable(),
  })
  .meta({ id: 'Delivery' });

export const webhookSchema = z
  .object({
    id: z.string(),
    url: z.string(),
    description: z.string(),
    events: z.array(z.enum(NOTIFICATION_TYPES)),
    devices: z.array(z.string()).nullable().describe('null: all devices'),
    createdAtMs: timeMsSchema,
    enabled: z.boolean(),
    disabled: z
      .object({ reason: z.enum(['gone', 'by-hand']), atMs: timeMsSchema })
      .nullable()
      .describe('gone: the receiver answered 410'),
    previousSecretUntilMs: timeMsSchema
      .nullable()
      .describe('Until when the secret before this one signs too'),
    waiting: z.int().describe('Events that wait'),
    nextAttemptMs: timeMsSchema.nullable(),
    lastDelivery: deliverySchema.nullable(),
  })
  .meta({ id: 'Webhook' });

export const webhooksAnswerSchema = z.object({ webhooks: z.array(webhookSchema) }).meta({ id: 'Webhooks' });

export const webhookWithSecretSchema = webhookSchema
  .extend({ secret: z.string().describe('Shown in this answer and never again') })
  .meta({ id: 'WebhookWithSecret' });

export const waitingEventSchema = z.object({
  eventId: z.string(),
  type: z.enum(NOTIFICATION_TYPES),
  device: z.string(),
  eventAtMs: timeMsSchema,
});

export const deliveriesAnswerSchema = z
  .object({
    deliveries: z.array(deliverySchema).describe('Attempts, newest first'),
    waiting: z.array(waitingEventSchema).describe('Events that wait, oldest first'),
  })
  .meta({ id: 'Deliveries' });

export function answerOfDelivery(delivery: DeliveryAttempt): z.infer<typeof deliverySchema> {
  return {
    ...delivery,
    device: delivery.device ?? null,
    status: delivery.status ?? null,
    nextAttemptMs: delivery.nextAttemptMs ?? null,
  };
}

export function answerOfWebhook(endpoint: WebhookEndpoint): z.infer<typeof webhookSchema> {
  const { devices, disabled, previousSecretUntilMs, nextAttemptMs, lastDelivery } = endpoint;
  return {
    ...endpoint,
    events: [...endpoint.events],
    devices: devices === undefined ? null : [...devices],
    enabled: disabled === undefined,
    disabled: disabled === undefined ? null : { ...disabled },
    previousSecretUntilMs: previousSecretUntilMs ?? null,
    nextAttemptMs: nextAttemptMs ?? null,
    lastDelivery: lastDelivery === undefined ? null : answerOfDelivery(lastDelivery),
  };
}

export function answerOfWaiting(event: WaitingEvent): z.infer<typeof waitingEventSchema> {
  return { ...event };
}
