import { sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { HttpApp } from '../http-app.js';

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
