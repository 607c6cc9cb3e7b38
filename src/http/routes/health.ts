import { z } from 'zod';
import { mayAlso } from '../access-guard.js';
import { jsonAnswer } from '../answers.js';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp } from '../http-app.js';
import { problemAnswers } from '../problem.js';
import { healthAnswerSchema } from '../schemas.js';

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
        summary: '200 when data is taken and results are stored, else 503; either way each part',
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
