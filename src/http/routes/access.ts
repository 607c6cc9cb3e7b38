import { z } from 'zod';
import { SCOPES } from '../../access/principal.js';
import { mayAlso } from '../access-guard.js';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp } from '../options.js';
import { jsonAnswer, problemAnswers } from '../problem.js';

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
