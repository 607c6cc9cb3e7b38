import { z } from 'zod';
import { writtenAnswer } from '../answers.js';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp } from '../http-app.js';
import { problemAnswers } from '../problem.js';

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
