import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import type { HttpApp } from '../../../src/http/options.js';
import { HttpProblem } from '../../../src/http/problem.js';
import { limitBodies } from '../../../src/http/request-limits.js';

describe(limitBodies, () => {
  it('answers 503 while other bodies fill the budget, and takes them again afterwards', async () => {
    const app = fastify() as unknown as HttpApp;
    const releases: (() => void)[] = [];
    limitBodies(app, 250, 100);
    app.setErrorHandler((error, _request, reply) =>
      error instanceof HttpProblem
        ? reply.code(error.status).headers(error.headers).send()
        : reply.code(500).send(),
    );
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    app.post('/', { config: { scope: 'open' } }, async () => {
      await new Promise<void>((resolve) => void releases.push(resolve));
      return 'read';
    });
    await app.ready();
    const post = () =>
      app.inject({
        method: 'POST',
        url: '/',
        payload: Buffer.alloc(100),
        headers: { 'content-type': 'image/jpeg' },
      });
    const held = [post(), post()];
    while (releases.length < 2) await new Promise(setImmediate);
    const refused = await post();
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '1']);
    for (const release of releases.splice(0)) release();
    expect((await Promise.all(held)).map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    const again = post();
    while (releases.length < 1) await new Promise(setImmediate);
    releases[0]?.();
    expect((await again).statusCode).toBe(200);
    await app.close();
  });
});
