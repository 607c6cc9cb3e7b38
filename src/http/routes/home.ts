import type { HttpApp } from '../http-app.js';

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
