import { beforeAll, describe, expect, it } from 'vitest';
import { NO_RECORDS } from '../../../src/access/access-file.js';
import { createTokenRecord, withToken } from '../../../src/access/manage-records.js';
import { readAuthorization } from '../../../src/http/access-guard.js';
import { createProxyTrust } from '../../../src/shared/network.js';
import { createHttpFixture, deviceInfo, type FixtureOverrides } from '../../helpers/http-fixture.js';
import { openLiveClient } from '../../helpers/live-client.js';
import { ACCESS_NOW_MS, type MadeAccess, makeAccess, makeRecords } from '../../helpers/make-access.js';

let made: MadeAccess;
beforeAll(async () => {
  made = await makeRecords();
});

const bearer = (token: string | undefined) => ({ authorization: `Bearer ${token}` });
const basic = (name: string, password: string | undefined) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
});

const createGuarded = (overrides: FixtureOverrides = {}) =>
  createHttpFixture({ access: makeAccess(made.records).control, devices: [deviceInfo()], ...overrides });

const READING = [
  '/v1/devices',
  '/v1/devices/phone-1',
  '/v1/devices/phone-1/timeline?target=accompanied',
  '/v1/devices/phone-1/windows',
  '/v1/ledger',
  '/v1/models',
  '/metrics',
  '/openapi.json',
];

describe('reading', () => {
  it.each([...READING, '/v1/events'])('%s needs a token', async (url) => {
    await using fixture = await createGuarded();
    const response = await fixture.app.inject(url);
    expect(response.statusCode).toBe(401);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(response.headers['www-authenticate']).toBe('Bearer realm="alongside"');
    expect(response.json()).toMatchObject({ status: 401, title: 'Unauthorized' });
  });

  it.each(READING)('%s is given to who may read, and to administrators', async (url) => {
    await using fixture = await createGuarded();
    for (const scope of ['read', 'admin']) {
      const response = await fixture.app.inject({ url, headers: bearer(made.tokens[scope]) });
      expect(response.statusCode, scope).toBeLessThan(401);
    }
  });

  it.each(READING)('%s is not given to who may only push', async (url) => {
    await using fixture = await createGuarded();
    for (const headers of [bearer(made.tokens['ingest']), basic('anna', made.passwords['anna'])]) {
      const response = await fixture.app.inject({ url, headers });
      expect(response.statusCode).toBe(403);
      expect(response.headers['www-authenticate']).toBe(
        'Bearer realm="alongside", error="insufficient_scope", scope="read"',
      );
    }
  });

  it('needs a token for HEAD as well', async () => {
    await using fixture = await createGuarded();
    expect((await fixture.app.inject({ method: 'HEAD', url: '/v1/devices' })).statusCode).toBe(401);
  });
});

describe('what needs nothing', () => {
  it.each(['/health/live', '/'])('%s is open', async (url) => {
    await using fixture = await createGuarded();
    expect((await fixture.app.inject(url)).statusCode).toBe(200);
  });

  it('is readiness, but for what is wrong', async () => {
    const parts = [{ name: 'store', ok: false, detail: 'InfluxDB at db.lan cannot be used' }];
    await using fixture = await createGuarded({ health: { ready: false, parts } });
    const open = await fixture.app.inject('/health/ready');
    expect(open.statusCode).toBe(503);
    expect(open.json()).toEqual({ ready: false, parts: [{ name: 'store', ok: false, detail: '' }] });
    const told = await fixture.app.inject({ url: '/health/ready', headers: bearer(made.tokens['read']) });
    expect(told.json().parts).toEqual(parts);
  });

  it('is an address that does not exist, and answers nothing else', async () => {
    await using fixture = await createGuarded();
    expect((await fixture.app.inject('/v2/devices')).statusCode).toBe(404);
  });
});

describe('credentials', () => {
  it.each([
    ['a wrong token', 'Bearer x'],
    ['an empty token', 'Bearer '],
    ['another scheme', 'Digest username="anna"'],
    ['no scheme', 'x'],
    ['base64 of nothing', 'Basic '],
    ['no colon', `Basic ${Buffer.from('anna').toString('base64')}`],
    ['a device that may not read', `Basic ${Buffer.from('nobody:x').toString('base64')}`],
    ['what is not base64', 'Basic \u00e4\u00f6'],
  ])('are refused: %s', async (_, authorization) => {
    await using fixture = await createGuarded();
    const response = await fixture.app.inject({ url: '/v1/ledger', headers: { authorization } });
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toContain('error="invalid_token"');
    expect(response.body).not.toContain(authorization.slice(7) || '\0');
  });

  it('that have expired are told so', async () => {
    const { record, text } = createTokenRecord(
      { name: 'old', scopes: ['read'], expiresAtMs: ACCESS_NOW_MS - 1 },
      ACCESS_NOW_MS - 2,
    );
    const access = makeAccess(withToken(NO_RECORDS, record)).control;
    await using fixture = await createGuarded({ access });
    const response = await fixture.app.inject({ url: '/v1/ledger', headers: bearer(text) });
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toContain('error_description="expired"');
  });

  it('are not looked at any more after ten wrong ones, for a minute', async () => {
    await using fixture = await createGuarded();
    const ask = (token: string) => fixture.app.inject({ url: '/v1/ledger', headers: bearer(token) });
    for (let count = 0; count < 10; count++) expect((await ask('x')).statusCode).toBe(401);
    const response = await ask('x');
    expect(response.statusCode).toBe(429);
    expect(response.headers['retry-after']).toBe('60');
    expect((await ask(made.tokens['read'] ?? '')).statusCode).toBe(200);
  });

  it('are reported where they are refused, and never quoted', async () => {
    await using fixture = await createGuarded();
    await fixture.app.inject({ url: '/v1/ledger', headers: bearer('not-to-be-logged') });
    await fixture.app.inject({
      method: 'DELETE',
      url: '/v1/devices/anna',
      headers: bearer(made.tokens['read']),
    });
    expect(fixture.refusedAccess).toEqual([
      { status: 401, scope: 'read', address: '127.0.0.1' },
      { status: 403, scope: 'admin', address: '127.0.0.1' },
    ]);
    expect(fixture.log.join('')).not.toContain('not-to-be-logged');
  });

  it('in the address are not credentials', async () => {
    await using fixture = await createGuarded();
    for (const query of ['access_token', 'token', 'authorization']) {
      const response = await fixture.app.inject(`/v1/ledger?${query}=${made.tokens['read']}`);
      expect(response.statusCode).toBe(401);
    }
  });
});

describe('pushing', () => {
  const push = (fixture: Awaited<ReturnType<typeof createGuarded>>, headers: Record<string, string>) =>
    fixture.app.inject({
      method: 'POST',
      url: '/v1/ingest/sensor-logger',
      headers: { 'content-type': 'application/json', ...headers },
      payload: '{"deviceId":"somebody-else"}',
    });

  it('needs a token or a password, and says that both will do', async () => {
    await using fixture = await createGuarded();
    const response = await push(fixture, {});
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer realm="alongside", Basic realm="alongside"');
    expect(fixture.pushed).toEqual([]);
  });

  it('with a password is for its device only, whatever the message says', async () => {
    await using fixture = await createGuarded();
    expect((await push(fixture, basic('anna', made.passwords['anna']))).statusCode).toBe(200);
    expect(fixture.pushed).toMatchObject([{ device: 'anna' }]);
  });

  it('with a token is for the device the message names', async () => {
    await using fixture = await createGuarded();
    expect((await push(fixture, bearer(made.tokens['ingest']))).statusCode).toBe(200);
    expect(fixture.pushed).toMatchObject([{ device: undefined }]);
  });

  it("is refused with another device's password and with a token to read", async () => {
    await using fixture = await createGuarded();
    expect((await push(fixture, basic('anna', made.passwords['ben']))).statusCode).toBe(401);
    expect((await push(fixture, bearer(made.tokens['read']))).statusCode).toBe(403);
    expect(fixture.pushed).toEqual([]);
  });

  it('is refused before the body is looked at', async () => {
    await using fixture = await createGuarded({ maxIngestBytes: 10 });
    const response = await fixture.app.inject({
      method: 'POST',
      url: '/v1/ingest/sensor-logger',
      headers: { 'content-type': 'application/json' },
      payload: 'x'.repeat(1000),
    });
    expect(response.statusCode).toBe(401);
    expect(fixture.refused).toEqual([]);
  });
});

describe('where nobody has to say who they are', () => {
  it('everything is open, and headers of credentials do not matter', async () => {
    await using fixture = await createHttpFixture();
    for (const headers of [{}, bearer('left over from before'), basic('anna', 'x')]) {
      expect((await fixture.app.inject({ url: '/v1/ledger', headers })).statusCode).toBe(200);
    }
  });

  it('reading stays open with devices only, pushing does not', async () => {
    const access = makeAccess({ ...made.records, tokens: [] }).control;
    await using fixture = await createHttpFixture({ access });
    expect((await fixture.app.inject('/v1/ledger')).statusCode).toBe(200);
    const push = await fixture.app.inject({ method: 'POST', url: '/v1/ingest/sensor-logger' });
    expect(push.statusCode).toBe(401);
  });

  it('a device that says who it is has its own rights', async () => {
    const access = makeAccess({ ...made.records, tokens: [] }).control;
    await using fixture = await createHttpFixture({ access });
    const headers = basic('anna', made.passwords['anna']);
    expect((await fixture.app.inject({ url: '/v1/ledger', headers })).statusCode).toBe(403);
  });

  it('nothing is open to a name that is not this gateway, which a web page may have made up', async () => {
    await using fixture = await createHttpFixture({ allowedHosts: ['gateway.lan'] });
    const ask = async (host: string, url = '/v1/ledger') =>
      (await fixture.app.inject({ url, headers: { host } })).statusCode;
    expect(await ask('evil.example')).toBe(421);
    expect(await ask('localhost.evil.example:8080')).toBe(421);
    expect(await ask('a b')).toBe(421);
    for (const host of ['localhost:8080', '127.0.0.1', '[::1]:8080', 'gateway.lan'])
      expect(await ask(host)).toBe(200);
    expect(await ask('evil.example', '/health/live')).toBe(200);
  });
});

describe('a live stream', () => {
  it('ends when its token is taken back, and cannot be opened again', async () => {
    const { control } = makeAccess(made.records);
    await using fixture = await createGuarded({ access: control });
    const url = `${await fixture.app.listen({ port: 0, host: '127.0.0.1' })}/v1/events`;
    using mine = await openLiveClient(url, undefined, made.tokens['read']);
    using other = await openLiveClient(url, undefined, made.tokens['admin']);
    const { devices, tokens } = made.records;
    control.replace({ devices, tokens: tokens.filter(({ name }) => name !== 'read') });
    await mine.ended;
    expect(fixture.liveClients).toEqual(['joined', 'joined', 'not-allowed']);
    const again = await fetch(url, { headers: bearer(made.tokens['read']) });
    expect(again.status).toBe(401);
    expect(other.response.status).toBe(200);
  });

  it('that nobody was asked about ends when there are credentials', async () => {
    const { control } = makeAccess();
    await using fixture = await createHttpFixture({ access: control });
    const url = `${await fixture.app.listen({ port: 0, host: '127.0.0.1' })}/v1/events`;
    using client = await openLiveClient(url);
    control.replace(made.records);
    await client.ended;
    expect(fixture.liveClients).toEqual(['joined', 'not-allowed']);
  });
});

describe('every route', () => {
  it('names its scope, and one that forgets is for administrators', async () => {
    await using fixture = await createGuarded();
    const { paths } = fixture.app.swagger() as {
      paths: Record<string, Record<string, { security?: unknown }>>;
    };
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { security }] of Object.entries(methods)) {
        const url = path.replace('{id}', 'phone-1');
        const upper = method.toUpperCase() as 'GET' | 'POST' | 'DELETE';
        const { statusCode } = await fixture.app.inject({ method: upper, url });
        const isOpen = JSON.stringify(security) === '[{}]';
        expect(statusCode === 401, `${method} ${path}`).toBe(!isOpen);
      }
    }
  });
});

describe('limits', () => {
  it('answer 429 to an address that asks too often, with the time to wait', async () => {
    await using fixture = await createHttpFixture({ requestsPerMinute: { perAddress: 3, perToken: 100 } });
    const ask = (remoteAddress: string, url = '/v1/ledger') => fixture.app.inject({ url, remoteAddress });
    for (let count = 0; count < 3; count++) expect((await ask('10.0.0.1')).statusCode).toBe(200);
    for (const url of ['/v1/ledger', '/health/live', '/nothing']) {
      const response = await ask('10.0.0.1', url);
      expect(response.statusCode).toBe(429);
      expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
      expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    }
    expect((await ask('10.0.0.2')).statusCode).toBe(200);
  });

  it('count who asked a proxy that is trusted, not the proxy', async () => {
    const trustProxy = createProxyTrust(['10.0.0.9']);
    await using fixture = await createHttpFixture({
      trustProxy,
      requestsPerMinute: { perAddress: 1, perToken: 9 },
    });
    const ask = async (remoteAddress: string, client: string) => {
      const headers = { 'x-forwarded-for': client };
      return (await fixture.app.inject({ url: '/v1/ledger', remoteAddress, headers })).statusCode;
    };
    expect([await ask('10.0.0.9', '1.1.1.1'), await ask('10.0.0.9', '1.1.1.2')]).toEqual([200, 200]);
    expect([await ask('10.0.0.9', '1.1.1.1'), await ask('10.0.0.9', '7.7.7.7, 1.1.1.1')]).toEqual([429, 429]);
    expect([await ask('10.0.0.8', '1.1.1.3'), await ask('10.0.0.8', '1.1.1.4')]).toEqual([200, 429]);
  });

  it('answer 429 to a token that asks too often from many addresses', async () => {
    await using fixture = await createGuarded({ requestsPerMinute: { perAddress: 100, perToken: 2 } });
    const ask = async (token: string | undefined, remoteAddress: string) =>
      (await fixture.app.inject({ url: '/v1/ledger', remoteAddress, headers: bearer(token) })).statusCode;
    expect(await ask(made.tokens['read'], '10.0.0.1')).toBe(200);
    expect(await ask(made.tokens['read'], '10.0.0.2')).toBe(200);
    expect(await ask(made.tokens['read'], '10.0.0.3')).toBe(429);
    expect(await ask(made.tokens['admin'], '10.0.0.3')).toBe(200);
  });
});

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('readAuthorization', () => {
  it('reads bearer tokens', () => {
    expect(readAuthorization('Bearer abc.DEF-1_2~3+/=')).toEqual({
      scheme: 'bearer',
      token: 'abc.DEF-1_2~3+/=',
    });
    expect(readAuthorization('bearer   x')).toEqual({ scheme: 'bearer', token: 'x' });
  });

  it('reads names and passwords; a password may hold colons', () => {
    expect(readAuthorization(`Basic ${base64('anna:a:b')}`)).toEqual({
      scheme: 'basic',
      name: 'anna',
      password: Buffer.from('a:b'),
    });
    expect(readAuthorization(`BASIC ${base64(':')}`)).toMatchObject({ name: '', password: Buffer.alloc(0) });
  });

  it('has nothing to read without a header', () => {
    expect(readAuthorization(undefined)).toBeUndefined();
  });

  it.each([
    '',
    'Bearer',
    'Bearer a b',
    'Bearer a, Basic b',
    'Digest x',
    `Basic ${base64('anna')}`,
    'Basic ü',
    '\tBearer x',
  ])('cannot use "%s"', (header) => expect(readAuthorization(header)).toEqual({ scheme: 'unusable' }));
});
