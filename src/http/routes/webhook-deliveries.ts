import { z } from 'zod';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp } from '../options.js';
import { jsonAnswer, problemAnswers } from '../problem.js';
import { UNAVAILABLE } from '../problem-of.js';
import {
  answerOfDelivery,
  answerOfWaiting,
  deliveriesAnswerSchema,
  deliveryParamsSchema,
  deliverySchema,
  webhookParamsSchema,
} from '../webhook-schemas.js';

const config = { scope: 'admin', errors: { 503: UNAVAILABLE.disk } } as const;
const tags = ['webhooks'];

const querySchema = z.object({
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
      config,
      schema: {
        operationId: 'listDeliveries',
        summary: 'Attempts at an endpoint, and the events that wait for it',
        tags,
        params: webhookParamsSchema,
        querystring: querySchema,
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
      config,
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
      config,
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
