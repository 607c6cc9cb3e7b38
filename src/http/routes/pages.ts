import { sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import { z } from 'zod';
import type { HttpApp } from '../options.js';
import { problemAnswers, writtenAnswer } from '../problem.js';

/** Files named by a hash of what is in them. */
const NAMED_BY_CONTENT = `${sep}assets${sep}`;

/**
 * The dashboard at `/` and the page for phones at `/phone`, as they were built. The pages hold no data: they ask for a
 * token and load what they show with it.
 */
export async function addPages(app: HttpApp, folder: string): Promise<void> {
  await app.register((scope, _options, done) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, scope: 'open' };
    });
    scope.register(fastifyStatic, {
      root: folder,
      wildcard: false,
      cacheControl: false,
      setHeaders: (response, path) => {
        const isNamed = path.includes(NAMED_BY_CONTENT);
        response.setHeader('cache-control', isNamed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
    scope.get('/phone', { schema: { hide: true } }, (_request, reply) => reply.sendFile('phone.html'));
    done();
  });
}

const ENDPOINTS = ['/openapi.json', '/v1/devices', '/v1/ledger', '/v1/models', '/health/ready', '/metrics'];

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Alongside</title>
<h1>Alongside</h1>
<p>The gateway is running. This build has no dashboard; these addresses answer:</p>
<ul>
${ENDPOINTS.map((path) => `<li><a href="${path}">${path}</a></li>`).join('\n')}
</ul>
</html>
`;

/** `GET /` of a gateway without built pages. */
export function addHomeRoute(app: HttpApp): void {
  app.get('/', { config: { scope: 'open' }, schema: { hide: true } }, (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(PAGE),
  );
}

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
