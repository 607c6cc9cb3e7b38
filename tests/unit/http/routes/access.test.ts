import { expect, it } from 'vitest';
import { createHttpFixture } from '../../../helpers/http-fixture.js';
import { makeAccess, makeRecords } from '../../../helpers/make-access.js';

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
