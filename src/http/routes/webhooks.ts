import { z } from 'zod';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp } from '../options.js';
import { jsonAnswer, problemAnswers } from '../problem.js';
import { UNAVAILABLE } from '../problem-of.js';
import {
  answerOfDelivery,
  answerOfWaiting,
  answerOfWebhook,
  deliveriesAnswerSchema,
  deliveryParamsSchema,
  deliverySchema,
  newWebhookSchema,
  rotationSchema,
  webhookChangeSchema,
  webhookParamsSchema,
  webhookSchema,
  webhooksAnswerSchema,
  webhookWithSecretSchema,
} from '../webhook-schemas.js';

/** A URL may hold a token of its receiver, so even looking is for administrators. */
const config = { scope: 'admin' } as const;
const changing = { ...config, errors: { 503: UNAVAILABLE.disk } } as const;
const tags = ['webhooks'];

/** `/v1/webhooks`: where events are sent. */
export function addWebhookRoutes(app: HttpApp, { webhooks }: Pick<HttpDependencies, 'webhooks'>): void {
  addReading(app, webhooks);
  addCreating(app, webhooks);
  addChanging(app, webhooks);
}

type Webhooks = HttpDependencies['webhooks'];

function addReading(app: HttpApp, webhooks: Webhooks): void {
  app.get(
    '/v1/webhooks',
    {
      config,
      schema: {
        operationId: 'listWebhooks',
        summary: 'Every endpoint, without its secret',
        tags,
        response: { 200: jsonAnswer('All endpoints', webhooksAnswerSchema), ...problemAnswers },
      },
    },
    async () => ({ webhooks: (await webhooks.list()).map(answerOfWebhook) }),
  );
  app.get(
    '/v1/webhooks/:id',
    {
      config,
      schema: {
        operationId: 'getWebhook',
        summary: 'One endpoint, without its secret',
        tags,
        params: webhookParamsSchema,
        response: { 200: jsonAnswer('The endpoint', webhookSchema), ...problemAnswers },
      },
    },
    async ({ params: { id } }) => answerOfWebhook(await webhooks.get(id)),
  );
}

function addCreating(app: HttpApp, webhooks: Webhooks): void {
  app.post(
    '/v1/webhooks',
    {
      config: changing,
      schema: {
        operationId: 'createWebhook',
        summary: 'Make a webhook: events are sent to its URL, signed after Standard Webhooks',
        tags,
        body: newWebhookSchema,
        response: {
          201: jsonAnswer('The endpoint, with its secret this once', webhookWithSecretSchema),
          ...problemAnswers,
        },
      },
    },
    async ({ body }, reply) => {
      const { endpoint, secret } = await webhooks.create(body);
      return reply.code(201).send({ ...answerOfWebhook(endpoint), secret });
    },
  );
  app.post(
    '/v1/webhooks/:id/rotate',
    {
      config: changing,
      schema: {
        operationId: 'rotateWebhookSecret',
        summary: 'Give an endpoint a new secret; the old one signs beside it for a while',
        tags,
        params: webhookParamsSchema,
        body: rotationSchema.nullish(),
        response: {
          200: jsonAnswer('The endpoint, with its new secret this once', webhookWithSecretSchema),
          ...problemAnswers,
        },
      },
    },
    async ({ params: { id }, body }) => {
      const { endpoint, secret } = await webhooks.rotate(id, body ?? rotationSchema.parse({}));
      return { ...answerOfWebhook(endpoint), secret };
    },
  );
}

function addChanging(app: HttpApp, webhooks: Webhooks): void {
  app.patch(
    '/v1/webhooks/:id',
    {
      config: changing,
      schema: {
        operationId: 'changeWebhook',
        summary: 'Change, disable or enable an endpoint; what waits is tried at once',
        tags,
        params: webhookParamsSchema,
        body: webhookChangeSchema,
        response: { 200: jsonAnswer('The endpoint', webhookSchema), ...problemAnswers },
      },
    },
    async ({ params: { id }, body }) => answerOfWebhook(await webhooks.change(id, body)),
  );
  app.delete(
    '/v1/webhooks/:id',
    {
      config: changing,
      schema: {
        operationId: 'removeWebhook',
        summary: 'Remove an endpoint with its log and the events that wait for it',
        tags,
        params: webhookParamsSchema,
        response: { 204: z.undefined().describe('It is gone'), ...problemAnswers },
      },
    },
    async ({ params: { id } }, reply) => {
      await webhooks.remove(id);
      return reply.code(204).send();
    },
  );
}

const deliveriesQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Entries of each list at most'),
});
const acceptedSchema = z.object({ eventId: z.string() }).meta({ id: 'Resent' });

/** `/v1/webhooks/:id/deliveries`, `…/test`: what became of events, and trying it. */
export function addWebhookDeliveryRoutes(
  app: HttpApp,
  { webhooks }: Pick<HttpDependencies, 'webhooks'>,
): void {
  app.get(
    '/v1/webhooks/:id/deliveries',
    {
      config: changing,
      schema: {
        operationId: 'listDeliveries',
        summary: 'Attempts at an endpoint, and the events that wait for it',
        tags,
        params: webhookParamsSchema,
        querystring: deliveriesQuerySchema,
        response: { 200: jsonAnswer('The log, and what waits', deliveriesAnswerSchema), ...problemAnswers },
      },
    },
    async ({ params: { id }, query: { limit } }) => ({
      deliveries: (await webhooks.deliveries(id, limit)).map(answerOfDelivery),
      waiting: (await webhooks.waiting(id, limit)).map(answerOfWaiting),
    }),
  );
  addTrying(app, webhooks);
}

function addTrying(app: HttpApp, webhooks: HttpDependencies['webhooks']): void {
  app.post(
    '/v1/webhooks/:id/deliveries/:eventId/resend',
    {
      config: changing,
      schema: {
        operationId: 'resendDelivery',
        summary: 'Send an event of the log once more, behind those that wait',
        tags,
        params: deliveryParamsSchema,
        response: { 202: jsonAnswer('It waits for its turn', acceptedSchema), ...problemAnswers },
      },
    },
    async ({ params: { id, eventId } }, reply) => {
      await webhooks.resend(id, eventId);
      return reply.code(202).send({ eventId });
    },
  );
  app.post(
    '/v1/webhooks/:id/test',
    {
      config: changing,
      schema: {
        operationId: 'testWebhook',
        summary: 'Send a webhook.test at once, and say what became of it',
        tags,
        params: webhookParamsSchema,
        response: { 200: jsonAnswer('What became of it', deliverySchema), ...problemAnswers },
      },
    },
    async ({ params: { id } }) => answerOfDelivery(await webhooks.test(id)),
  );
}
