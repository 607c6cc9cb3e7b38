import { z } from 'zod';
import { SCOPES } from '../../access/principal.js';
import { mayAlso } from '../access-guard.js';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp } from '../options.js';
import { jsonAnswer, problemAnswers, writtenAnswer } from '../problem.js';
import { healthAnswerSchema, ledgerAnswerSchema } from '../schemas.js';

/** `/health/live`: the process answers. `/health/ready`: it takes data and stores results, or 503 and what is missing. */
export function addHealthRoutes(
  app: HttpApp,
  { health, access }: Pick<HttpDependencies, 'health' | 'access'>,
): void {
  app.get(
    '/health/live',
    {
      config: { scope: 'open' },
      schema: {
        operationId: 'isLive',
        summary: 'Answers as long as the process works',
        tags: ['operation'],
        response: { 200: jsonAnswer('Live', z.object({ live: z.literal(true) })), ...problemAnswers },
      },
    },
    () => ({ live: true as const }),
  );

  app.get(
    '/health/ready',
    {
      config: { scope: 'open' },
      schema: {
        operationId: 'isReady',
        summary: '200 when data is taken and results are stored, else 503; both list each part',
        description: 'Needs no token; what is wrong with a part is said to those who may read.',
        tags: ['operation'],
        response: {
          200: jsonAnswer('Ready', healthAnswerSchema),
          503: jsonAnswer('Not ready: the parts that are not ok say why', healthAnswerSchema),
          ...problemAnswers,
        },
      },
    },
    (request, reply) => {
      const { ready, parts } = health();
      const isFull = mayAlso(access, request, 'read');
      const shown = parts.map(({ name, ok, detail }) => ({ name, ok, detail: isFull ? detail : '' }));
      reply.code(ready ? 200 : 503).send({ ready, parts: shown });
    },
  );
}

/** `GET /v1/ledger`: the counts that must balance. */
export function addLedgerRoute(app: HttpApp, { ledger }: Pick<HttpDependencies, 'ledger'>): void {
  app.get(
    '/v1/ledger',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'getLedger',
        summary: 'What was received and what became of it',
        tags: ['operation'],
        response: { 200: jsonAnswer('The ledger since the start', ledgerAnswerSchema), ...problemAnswers },
      },
    },
    () => {
      const { messages, samples, windows, frames, ...rest } = ledger();
      return {
        ...rest,
        messages: { ...messages, rejected: { ...messages.rejected } },
        samples: { ...samples },
        windows: { ...windows, skipped: { ...windows.skipped } },
        frames: { ...frames, rejected: { ...frames.rejected } },
        ignoredSensors: { ...rest.ignoredSensors },
      };
    },
  );
}

/** `GET /metrics`, in Prometheus' text format. */
export function addMetricsRoute(app: HttpApp, { metrics }: Pick<HttpDependencies, 'metrics'>): void {
  app.get(
    '/metrics',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'getMetrics',
        summary: 'Metrics for Prometheus',
        tags: ['operation'],
        response: {
          200: writtenAnswer('Prometheus text format', 'text/plain', z.string()),
          ...problemAnswers,
        },
      },
    },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()),
  );
}

const accessSchema = z
  .object({
    name: z.string().nullable().describe('Of the token; null without one that is right'),
    scopes: z.array(z.enum(SCOPES)).describe('What may be done; admin includes the others'),
  })
  .meta({ id: 'Access' });

/** `GET /v1/access`: what the caller may do, so that pages offer nothing that would be refused. */
export function addAccessRoute(app: HttpApp, { access }: Pick<HttpDependencies, 'access'>): void {
  app.get(
    '/v1/access',
    {
      config: { scope: 'open' },
      schema: {
        operationId: 'getAccess',
        summary: 'The scopes of the token that is sent, or of those who send none',
        tags: ['operation'],
        response: { 200: jsonAnswer('Name and scopes', accessSchema), ...problemAnswers },
      },
    },
    (request) => ({
      name: request.principal?.kind === 'token' ? request.principal.name : null,
      scopes: SCOPES.filter((scope) => mayAlso(access, request, scope)),
    }),
  );
}
