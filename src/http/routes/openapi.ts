import { z } from 'zod';
import { writtenAnswer } from '../answers.js';
import type { HttpApp } from '../http-app.js';
import { problemAnswers } from '../problem.js';

/** `GET /openapi.json`: the description of this API. */
export function addOpenApiRoute(app: HttpApp): void {
  app.get(
    '/openapi.json',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'getOpenApi',
        summary: 'This document',
        tags: ['operation'],
        response: {
          200: writtenAnswer('OpenAPI 3.1', 'application/json', z.looseObject({})),
          ...problemAnswers,
        },
      },
    },
    (_request, reply) =>
      reply.type('application/json; charset=utf-8').send(JSON.stringify(app.swagger(), undefined, 2)),
  );
}
