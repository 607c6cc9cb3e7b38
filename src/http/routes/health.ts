import { z } from 'zod';
import { jsonAnswer } from '../answers.js';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp } from '../http-app.js';
import { problemAnswers } from '../problem.js';
import { healthAnswerSchema } from '../schemas.js';

/** `/health/live`: the process answers. `/health/ready`: it takes data and stores results, or 503 and what is missing. */
export function addHealthRoutes(app: HttpApp, { health }: Pick<HttpDependencies, 'health'>): void {
  app.get(
    '/health/live',
    {
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
      schema: {
        operationId: 'isReady',
        summary: '200 when data is taken and results are stored, else 503; either way each part',
        tags: ['operation'],
        response: {
          200: jsonAnswer('Ready', healthAnswerSchema),
          503: jsonAnswer('Not ready: the parts that are not ok say why', healthAnswerSchema),
          ...problemAnswers,
        },
      },
    },
    (_request, reply) => {
      const { ready, parts } = health();
      reply.code(ready ? 200 : 503).send({ ready, parts: parts.map((part) => ({ ...part })) });
    },
  );
}
