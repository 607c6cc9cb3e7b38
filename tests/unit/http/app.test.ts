import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createHttpFixture, deviceInfo, type HttpFixture } from '../../helpers/http-fixture.js';
import { openLiveClient } from '../../helpers/live-client.js';

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

async function listen(fixture: HttpFixture): Promise<number> {
  const origin = await fixture.app.listen({ port: 0, host: '127.0.0.1' });
  return Number(new URL(origin).port);
}

/** A connection on which a test writes what it likes. */
async function openSocket(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

describe('addresses and methods', () => {
  it.each([
    ['/nothing', 404],
    ['/v1', 404],
    ['//v1/devices', 404],
    ['/V1/devices', 404],
    ['/v1/devices/phone-1/timeline/x', 404],
    ['/etc/passwd', 404],
    ['/%00', 404],
    [`/${'x'.repeat(10_000)}`, 404],
  ])('answers %s with a problem', async (path, status) => {
    await using fixture = await createHttpFixture();
    const response = await fixture.app.inject(path);
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe(PROBLEM_TYPE);
    expect(response.json()).toMatchObject({ type: 'about:blank', title: 'Not Found', status });
    expect(response.body.length).toBeLessThan(300);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'] as const)(
    'answers %s where it reads only',
    async (method) => {
      await using fixture = await createHttpFixture();
      const response = await fixture.app.inject({ method, url: '/v1/devices?x=1' });
      expect(response.statusCode).toBe(405);
      expect(response.headers['content-type']).toBe(PROBLEM_TYPE);
      expect(response.headers.allow).toBe('GET, HEAD');
      expect(response.json().detail).toBe(`This address takes GET, HEAD, not ${method}`);
    },
  );

  it('answers a body sent to the wrong address by the address, not by the body', async () => {
    await using fixture = await createHttpFixture();
    const send = (url: string, contentType: string) =>
      fixture.app.inject({ method: 'POST', url, headers: { 'content-type': contentType }, payload: '<x' });
    expect((await send('/v1/devices', 'text/xml')).statusCode).toBe(405);
    expect((await send('/nothing', 'text/xml')).statusCode).toBe(404);
    expect((await send('/nothing', 'application/json')).statusCode).toBeLessThan(500);
  });

  it.each([
    ['/v1/alert-rules', 'application/json', '{"name":', 400, 'The body is not JSON'],
    ['/v1/alert-rules', 'application/json', '', 400, 'The body is empty, but must be JSON'],
    ['/v1/alert-rules', 'application/xml', '<x/>', 415, 'of that content type, but application/json'],
    ['/v1/apparel/classify', 'text/plain', 'x', 415, 'of that content type, but image/jpeg'],
    ['/v1/join', 'application/json', '{}', 400, 'token: is missing; it must be a string'],
    ['/v1/join', 'application/json', '{"token":5}', 400, 'token: must be a string, not a number'],
    ['/v1/join', 'application/json', '[]', 400, 'must be an object, not an array'],
  ])(
    'says what is wrong with a body: POST %s as %s of %s',
    async (url, contentType, payload, status, words) => {
      await using fixture = await createHttpFixture();
      const headers = { 'content-type': contentType };
      const response = await fixture.app.inject({ method: 'POST', url, headers, payload });
      expect(response.statusCode).toBe(status);
      expect(response.json().detail).toContain(words);
    },
  );

  it('says of a query what it must be', async () => {
    await using fixture = await createHttpFixture();
    const response = await fixture.app.inject('/v1/devices/anna/windows?limit=x');
    expect(response.json().detail).toBe('limit: must be a number');
  });

  it('answers HEAD with the headers of GET and no body', async () => {
    await using fixture = await createHttpFixture({ devices: [deviceInfo()] });
    const get = await fixture.app.inject('/v1/devices');
    const head = await fixture.app.inject({ method: 'HEAD', url: '/v1/devices' });
    expect(head.statusCode).toBe(200);
    expect(head.body).toBe('');
    expect(head.headers['content-length']).toBe(String(get.body.length));
  });

  it('answers OPTIONS with the methods, and no preflight of another site', async () => {
    await using fixture = await createHttpFixture();
    const response = await fixture.app.inject({
      method: 'OPTIONS',
      url: '/v1/ingest/sensor-logger',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(response.statusCode).toBe(204);
    expect(response.headers.allow).toBe('POST');
    expect(Object.keys(response.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    const unknown = await fixture.app.inject({ method: 'OPTIONS', url: '/nothing' });
    expect(unknown.statusCode).toBe(404);
  });
});

describe('path tricks that no URL parser has tidied up', () => {
  it.each([
    ['/v1/devices/../ledger', 404],
    ['/v1/devices/..', 400],
    ['/v1/devices/%2e%2e', 400],
    ['/v1/devices/%2e%2e/timeline?target=x', 400],
    ['/v1/devices/', 400],
    ['/v1/%2e%2e/v1/devices', 404],
    ['/../../etc/passwd', 404],
    ['/v1/devices/\\..\\x', 400],
    ['/v1/devices;x=1', 404],
  ])('%s', async (path, status) => {
    await using fixture = await createHttpFixture();
    const socket = await openSocket(await listen(fixture));
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    const answer = await text(socket);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('application/problem+json');
  });
});

describe('headers', () => {
  it.each(['/v1/devices', '/', '/nothing'])('of %s keep browsers strict and caches out', async (path) => {
    await using fixture = await createHttpFixture();
    const { headers } = await fixture.app.inject({ url: path, headers: { origin: 'https://evil.example' } });
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toMatch(/unsafe|https?:|\*/);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['strict-transport-security']).toBeUndefined();
    expect(headers['x-powered-by']).toBeUndefined();
  });
});

describe('reports', () => {
  it('names the pattern of a route, never what was in the URL, and logs no query', async () => {
    await using fixture = await createHttpFixture({ devices: [deviceInfo()] });
    await fixture.app.inject('/v1/devices/phone-1?token=secret');
    await fixture.app.inject('/secret');
    expect(fixture.answered).toEqual([
      { method: 'GET', route: '/v1/devices/:id', status: 200 },
      { method: 'GET', route: 'none', status: 404 },
    ]);
    expect(fixture.log.join('')).not.toContain('secret');
  });
});

describe('connections', () => {
  it('time out while the headers dawdle', async () => {
    await using fixture = await createHttpFixture({ headersTimeoutMs: 100, requestTimeoutMs: 200 });
    const socket = await openSocket(await listen(fixture));
    socket.write('GET /v1/ledger HTTP/1.1\r\nhost: x\r\n');
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1.1 408 Request Timeout\r\ncontent-type: application\/problem\+json\r\n/);
  });

  it('time out while the body dawdles', async () => {
    await using fixture = await createHttpFixture({ headersTimeoutMs: 100, requestTimeoutMs: 200 });
    const socket = await openSocket(await listen(fixture));
    socket.write(
      'POST /v1/ingest/sensor-logger HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    );
    expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /);
    expect(fixture.pushed).toEqual([]);
  });

  it('time out when nothing is said at all', async () => {
    await using fixture = await createHttpFixture({ headersTimeoutMs: 100, requestTimeoutMs: 200 });
    const socket = await openSocket(await listen(fixture));
    expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /);
  });

  it('are closed after what is not HTTP', async () => {
    await using fixture = await createHttpFixture();
    const socket = await openSocket(await listen(fixture));
    socket.write('\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00');
    expect(await text(socket)).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  });

  it('are closed after headers that are too long', async () => {
    await using fixture = await createHttpFixture();
    const socket = await openSocket(await listen(fixture));
    socket.write(`GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(100_000)}\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 431 /);
  });
});

describe('closing', () => {
  it('lets a request under way finish', async () => {
    const fixture = await createHttpFixture({ closeGraceMs: 60_000, devices: [deviceInfo()] });
    const store = new EventEmitter();
    const asked = once(store, 'asked');
    fixture.store.statuses = async () => {
      store.emit('asked');
      await once(store, 'answer');
      return [];
    };
    const port = await listen(fixture);
    const answer = fetch(`http://127.0.0.1:${port}/v1/devices/phone-1/timeline?target=x`);
    await asked;
    const closed = fixture.app.close();
    store.emit('answer');
    expect((await answer).status).toBe(400);
    await closed;
  });

  it('cuts a request that does not finish within the grace', async () => {
    const fixture = await createHttpFixture({ closeGraceMs: 50, devices: [deviceInfo()] });
    const store = new EventEmitter();
    const asked = once(store, 'asked');
    fixture.store.statuses = () => {
      store.emit('asked');
      return new Promise(() => undefined);
    };
    const port = await listen(fixture);
    const answer = fetch(`http://127.0.0.1:${port}/v1/devices/phone-1/timeline?target=x`);
    answer.catch(() => undefined);
    await asked;
    await fixture.app.close();
    await expect(answer).rejects.toThrow();
  });

  it('is not held up by idle connections, half requests or live clients that do not read', async () => {
    const fixture = await createHttpFixture({ closeGraceMs: 50 });
    const port = await listen(fixture);
    const sockets = await Promise.all([openSocket(port), openSocket(port), openSocket(port)]);
    const [, half, sleeper] = sockets;
    half?.write('GET / HTTP/1.1\r\n');
    sleeper?.write('GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n');
    sleeper?.pause();
    await expect.poll(() => fixture.liveClients).toEqual(['joined']);
    using client = await openLiveClient(`http://127.0.0.1:${port}/v1/events`);
    await fixture.app.close();
    await client.ended;
    expect(fixture.liveClients).toEqual(['joined', 'joined', 'stopping', 'stopping']);
    for (const socket of sockets) socket.destroy();
  });
});
