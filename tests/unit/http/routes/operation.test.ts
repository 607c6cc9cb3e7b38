import { describe, expect, it } from 'vitest';
import { createHttpFixture } from '../../../helpers/http-fixture.js';
import { makeAccess, makeRecords } from '../../../helpers/make-access.js';

describe('/health', () => {
  it('is live whatever else', async () => {
    await using fixture = await createHttpFixture({ health: { ready: false, parts: [] } });
    const response = await fixture.app.inject('/health/live');
    expect([response.statusCode, response.json()]).toEqual([200, { live: true }]);
  });

  it('is ready with 200 and its parts', async () => {
    const health = { ready: true, parts: [{ name: 'store', ok: true, detail: '' }] };
    await using fixture = await createHttpFixture({ health });
    const response = await fixture.app.inject('/health/ready');
    expect([response.statusCode, response.json()]).toEqual([200, health]);
  });

  it('is not ready with 503 and what is missing', async () => {
    const health = {
      ready: false,
      parts: [{ name: 'store', ok: false, detail: 'waiting for http://127.0.0.1:8086' }],
    };
    await using fixture = await createHttpFixture({ health });
    const response = await fixture.app.inject('/health/ready');
    expect([response.statusCode, response.json()]).toEqual([503, health]);
    expect((await fixture.app.inject({ method: 'HEAD', url: '/health/ready' })).statusCode).toBe(503);
  });
});

it('GET /v1/access says what the token that is sent may do', async () => {
  const { records, tokens } = await makeRecords();
  await using fixture = await createHttpFixture({ access: makeAccess(records).control });
  const ask = async (token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const { scopes } = (await fixture.app.inject({ url: '/v1/access', headers })).json();
    return scopes;
  };
  expect(await ask(tokens['read'])).toEqual(['read']);
  expect(await ask(tokens['admin'])).toEqual(['read', 'ingest', 'admin']);
  expect(await ask()).toEqual([]);
  expect(await ask('alongside_wrong')).toEqual([]);
});

it('GET /v1/access says that everything is allowed where nobody is asked', async () => {
  await using fixture = await createHttpFixture();
  const answer = await fixture.app.inject('/v1/access');
  expect(answer.json()).toEqual({ name: null, scopes: ['read', 'ingest', 'admin'] });
});
