import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpFixture, type HttpFixture } from '../../../helpers/http-fixture.js';
import { makeAccess, makeRecords } from '../../../helpers/make-access.js';
import { type TemporaryFolder, temporaryFolder } from '../../../helpers/temporary-folder.js';
import {
  createWebhookWorld,
  FAILED,
  notification,
  type WebhookWorld,
} from '../../../helpers/webhook-world.js';

let folder: TemporaryFolder;
let world: WebhookWorld;
let fixture: HttpFixture;
beforeEach(async () => {
  folder = await temporaryFolder();
  world = await createWebhookWorld(folder.path);
  fixture = await createHttpFixture({ webhooks: world.webhooks });
});
afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const NEW = { url: 'http://127.0.0.1:1/hook', events: ['device.online'] };
type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
const ask = (method: Method, url: string, payload?: object) =>
  fixture.app.inject({ method, url, ...(payload === undefined ? {} : { payload }) });
const create = async (overrides: object = {}): Promise<{ id: string; secret: string }> =>
  (await ask('POST', '/v1/webhooks', { ...NEW, ...overrides })).json();

describe('/v1/webhooks', () => {
  it('makes an endpoint and tells its secret this once', async () => {
    const response = await ask('POST', '/v1/webhooks', { ...NEW, devices: ['anna'], description: 'mine' });
    expect(response.statusCode).toBe(201);
    const { id, secret, ...others } = response.json();
    expect(secret).toMatch(/^whsec_/);
    expect(others).toEqual({
      url: 'http://127.0.0.1:1/hook',
      events: ['device.online'],
      devices: ['anna'],
      description: 'mine',
      createdAtMs: expect.any(Number),
      enabled: true,
      disabled: null,
      previousSecretUntilMs: null,
      waiting: 0,
      nextAttemptMs: null,
      lastDelivery: null,
    });
    const list = await ask('GET', '/v1/webhooks');
    expect(list.json()).toEqual({ webhooks: [{ id, ...others }] });
    expect((await ask('GET', `/v1/webhooks/${id}`)).json()).toEqual({ id, ...others });
  });

  it('takes a secret of ones own', async () => {
    const secret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
    expect((await create({ secret })).secret).toBe(secret);
  });

  it('changes, disables and removes', async () => {
    const { id } = await create({ devices: ['anna'] });
    const change = { events: ['status.changed'], devices: null, enabled: false };
    const changed = await ask('PATCH', `/v1/webhooks/${id}`, change);
    expect(changed.json()).toMatchObject({
      events: ['status.changed'],
      devices: null,
      enabled: false,
      disabled: { reason: 'by-hand' },
    });
    expect((await ask('DELETE', `/v1/webhooks/${id}`)).statusCode).toBe(204);
    expect((await ask('GET', `/v1/webhooks/${id}`)).statusCode).toBe(404);
    expect((await ask('DELETE', `/v1/webhooks/${id}`)).json()).toMatchObject({
      status: 404,
      detail: `there is no webhook ${id}`,
    });
  });

  it('rotates the secret, with or without wishes', async () => {
    const { id, secret } = await create();
    const rotated = await ask('POST', `/v1/webhooks/${id}/rotate`);
    expect(rotated.statusCode).toBe(200);
    expect(rotated.json().secret).not.toBe(secret);
    expect(rotated.json().previousSecretUntilMs).toEqual(expect.any(Number));
    const atOnce = await ask('POST', `/v1/webhooks/${id}/rotate`, { overlapHours: 0 });
    expect(atOnce.json().previousSecretUntilMs).toBeNull();
  });

  it('tells what became of events, what waits, and sends again', async () => {
    const { id } = await create();
    world.webhooks.accept(notification(1));
    await world.time.advance(1000);
    world.answers = [FAILED];
    world.webhooks.accept(notification(2));
    await world.time.advance(1000);
    const { deliveries, waiting } = (await ask('GET', `/v1/webhooks/${id}/deliveries?limit=5`)).json();
    expect(deliveries).toMatchObject([
      { eventId: 'evt_2', outcome: 'failed', status: 500, detail: 'it answered 500', attempt: 1 },
      { eventId: 'evt_1', outcome: 'delivered', status: 204, detail: '', nextAttemptMs: null },
    ]);
    expect(waiting).toMatchObject([{ eventId: 'evt_2', device: 'anna' }]);
    const again = await ask('POST', `/v1/webhooks/${id}/deliveries/evt_1/resend`);
    expect([again.statusCode, again.json()]).toEqual([202, { eventId: 'evt_1' }]);
    expect((await ask('POST', `/v1/webhooks/${id}/deliveries/evt_9/resend`)).statusCode).toBe(404);
  });

  it('sends a test', async () => {
    const { id } = await create();
    const response = await ask('POST', `/v1/webhooks/${id}/test`);
    expect(response.json()).toMatchObject({ type: 'webhook.test', device: null, outcome: 'delivered' });
  });

  it.each([
    [{ url: 'http://169.254.169.254/' }, 'url: 169.254.169.254 is a metadata, multicast or reserved address'],
    [{ url: 'gopher://example.org/' }, 'url: it must begin with https://, not gopher:'],
    [{ events: [] }, 'events: '],
    [{ events: ['everything'] }, 'events/0: '],
    [{ secret: 'short' }, 'secret: it must be whsec_'],
    [{ devices: ['a b'] }, 'devices: a device name has'],
    [{ color: 'red' }, 'color'],
  ])('refuses %o and says why', async (overrides, words) => {
    const response = await ask('POST', '/v1/webhooks', { ...NEW, ...overrides });
    expect(response.statusCode).toBe(400);
    expect(response.headers['content-type']).toContain('application/problem+json');
    expect(response.json().detail).toContain(words);
    expect(await world.webhooks.list()).toEqual([]);
  });
});

describe('who may', () => {
  it.each([
    ['GET', '/v1/webhooks'],
    ['POST', '/v1/webhooks'],
    ['GET', '/v1/webhooks/ep_1'],
    ['PATCH', '/v1/webhooks/ep_1'],
    ['DELETE', '/v1/webhooks/ep_1'],
    ['POST', '/v1/webhooks/ep_1/rotate'],
    ['POST', '/v1/webhooks/ep_1/test'],
    ['GET', '/v1/webhooks/ep_1/deliveries'],
    ['POST', '/v1/webhooks/ep_1/deliveries/evt_1/resend'],
  ] as const)('%s %s is for administrators', async (method, url) => {
    const made = await makeRecords();
    await using guarded = await createHttpFixture({
      webhooks: world.webhooks,
      access: makeAccess(made.records).control,
    });
    const statusOf = async (token: string | undefined) =>
      (await guarded.app.inject({ method, url, headers: { authorization: `Bearer ${token}` } })).statusCode;
    expect((await guarded.app.inject({ method, url })).statusCode).toBe(401);
    expect(await statusOf(made.tokens['read'])).toBe(403);
    expect(await statusOf(made.tokens['ingest'])).toBe(403);
    expect([200, 400, 404]).toContain(await statusOf(made.tokens['admin']));
  });
});
