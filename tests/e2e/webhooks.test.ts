import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startFleet } from '../../src/recordings/simulation/fleet.js';
import { systemClock } from '../../src/shared/clock.js';
import { createCertificates } from '../helpers/create-certificates.js';
import { eventually } from '../helpers/eventually.js';
import { endOf, type RunningGateway, startGatewayIn, startGatewayProcess } from '../helpers/run-cli.js';
import { startMosquitto } from '../helpers/start-mosquitto.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { type ReceivedWebhook, startWebhookReceiver, verifyWebhook } from '../helpers/webhook-receiver.js';

const createdSchema = z.object({ id: z.string(), secret: z.string() });
const webhookSchema = z.looseObject({
  id: z.string(),
  enabled: z.boolean(),
  disabled: z.object({ reason: z.string() }).nullable(),
  waiting: z.number(),
});
const deliveriesSchema = z.object({
  deliveries: z.array(
    z.object({ outcome: z.string(), status: z.number().nullable(), detail: z.string(), attempt: z.number() }),
  ),
});
const PHONES = 8;
const EVENTS = ['status.changed', 'device.online', 'device.offline', 'alert.raised', 'alert.cleared'];
const SETTINGS = [
  'logLevel=error',
  'webhooks.allowNetworks=[127.0.0.0/8]',
  'webhooks.retrySeconds=[0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]',
  'webhooks.timeoutMs=2500',
  // Statuses change at every doubtful window, so that there is much to tell.
  'alerts.rules=[{name: quiet, cooldownMinutes: 0, when: {type: status, target: conversation, is: no}}]',
  'track.dwellMs=0',
  'track.smoothingMs=0',
  'track.hysteresis=0',
];

async function addWebhook(gateway: RunningGateway, url: string): Promise<z.infer<typeof createdSchema>> {
  const response = await fetch(new URL('/v1/webhooks', gateway.http), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url, events: EVENTS }),
  });
  expect(response.status).toBe(201);
  return createdSchema.parse(await response.json());
}

const startPhones = (url: string, seconds: number) =>
  startFleet({
    url,
    seconds,
    phones: PHONES,
    seed: 5,
    format: 'sensor-logger',
    rateHz: 50,
    pace: 'real-time',
    connections: 'shared',
    clock: systemClock,
  });

/** In the order of their first arrival, each once. */
function distinct(received: readonly ReceivedWebhook[]): ReceivedWebhook[] {
  return [...new Map(received.toReversed().map((webhook) => [webhook.id, webhook])).values()].sort(
    (a, b) => a.atMs - b.atMs,
  );
}

/** Changes of a device's target must arrive in the order in which they happened. */
function expectInOrder(received: readonly ReceivedWebhook[]): void {
  const lastMs = new Map<string, number>();
  for (const { body } of received) {
    if (body.type !== 'status.changed') continue;
    const key = `${body.data.device} ${body.data['target']}`;
    const sinceMs = Number(body.data['sinceMs']);
    expect(sinceMs).toBeGreaterThan(lastMs.get(key) ?? 0);
    lastMs.set(key, sinceMs);
  }
}

/** What is found out from samples, not from their absence: a gateway that was away hears no silence. */
const CERTAIN = ['status.changed', 'alert.raised', 'alert.cleared'];
const isCertain = ({ body: { type, data } }: ReceivedWebhook) =>
  CERTAIN.includes(type) && data['status'] !== 'unknown';
const certainIds = (received: readonly ReceivedWebhook[]) =>
  new Set(received.filter(isCertain).map(({ id }) => id));
const countOf = (received: readonly ReceivedWebhook[], type: string) =>
  received.filter(({ body }) => body.type === type).length;

describe('webhooks', () => {
  it('reach a receiver that fails in every way, each event at least once and in order', async () => {
    await using folder = await temporaryFolder();
    const once =
      (reply: ReturnType<NonNullable<Parameters<typeof startWebhookReceiver>[0]>[string]>) => (nth: number) =>
        nth % 3 === 0 ? reply : 204;
    await using receiver = await startWebhookReceiver({
      '/error': once(500),
      '/limited': (nth) => (nth === 0 ? { status: 429, headers: { 'retry-after': '3' } } : 204),
      '/moved': once({ status: 302, headers: { location: '/elsewhere' } }),
      '/silent': (nth) => (nth % 6 === 0 ? 'silence' : 204),
      '/gone': (nth) => (nth < 2 ? 204 : 410),
    });
    await using strangers = await startWebhookReceiver({}, await createCertificates(folder.path));
    await using gateway = await startGatewayProcess([...SETTINGS, 'stream.offlineMs=3000']);
    const paths = ['/steady', '/error', '/limited', '/moved', '/silent', '/gone'];
    const made = new Map<string, z.infer<typeof createdSchema>>();
    for (const path of paths) made.set(path, await addWebhook(gateway, `${receiver.url}${path}`));
    const stranger = await addWebhook(gateway, `${strangers.url}/tls`);

    await using fleet = await startPhones(gateway.mqtt, 25);
    await fleet.finished;
    const offline = (path: string) =>
      receiver.taken(path).filter(({ body }) => body.type === 'device.offline').length;
    await eventually(
      () => Promise.resolve(Math.min(...paths.slice(0, -1).map(offline))),
      (least) => least >= PHONES,
    );

    const expected = receiver.taken('/steady').map(({ id }) => id);
    expect(certainIds(receiver.taken('/steady')).size).toBeGreaterThan(2 * PHONES);
    expect(new Set(expected).size).toBe(expected.length);
    const raised = countOf(receiver.taken('/steady'), 'alert.raised');
    expect(raised).toBeGreaterThan(0);
    expect(countOf(receiver.taken('/steady'), 'alert.cleared')).toBeGreaterThanOrEqual(raised - PHONES);
    for (const path of paths.slice(0, -1)) {
      const taken = receiver.taken(path);
      expect(
        distinct(taken).map(({ id }) => id),
        path,
      ).toEqual(expected);
      expectInOrder(taken);
      for (const webhook of taken) verifyWebhook(webhook, made.get(path)?.secret ?? '');
    }
    expect(receiver.received.some(({ path }) => path === '/elsewhere')).toBe(false);
    const [first, second] = receiver.received.filter(({ path }) => path === '/limited');
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(2900);
    expect(second?.id).toBe(first?.id);

    expect(receiver.taken('/gone')).toHaveLength(2);
    expect(receiver.received.filter(({ path }) => path === '/gone')).toHaveLength(3);
    const gone = await gateway.get(`/v1/webhooks/${made.get('/gone')?.id}`, webhookSchema);
    expect(gone).toMatchObject({ enabled: false, disabled: { reason: 'gone' } });

    expect(strangers.received).toEqual([]);
    const { deliveries } = await gateway.get(`/v1/webhooks/${stranger.id}/deliveries`, deliveriesSchema);
    expect(deliveries[0]?.detail).toMatch(/^TLS failed \(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
    expect(deliveries.every(({ outcome }) => outcome !== 'delivered')).toBe(true);
    expect(await gateway.stop('SIGTERM')).toBe(0);
  });

  it('survive kill -9 of the gateway', async () => {
    await using broker = await startMosquitto({ persistence: true });
    await using folder = await temporaryFolder();
    await using receiver = await startWebhookReceiver({
      '/killed': (nth) => (nth % 4 === 1 ? 500 : 204),
    });
    const external = [...SETTINGS, 'mqtt.embedded=false', `mqtt.url=${broker.url}`];
    await using undisturbed = await startGatewayProcess([...external, 'mqtt.clientId=undisturbed']);
    await addWebhook(undisturbed, `${receiver.url}/undisturbed`);
    let gateway = await startGatewayIn(folder.path, [...external, 'mqtt.clientId=killed']);
    await using _ = endOf(() => gateway);
    const { id, secret } = await addWebhook(gateway, `${receiver.url}/killed`);
    await using fleet = await startPhones(broker.url, 30);
    for (const aliveMs of [3100, 4300, 6100]) {
      await sleep(aliveMs);
      await gateway.stop('SIGKILL');
      gateway = await startGatewayIn(folder.path, [...external, 'mqtt.clientId=killed']);
    }
    await fleet.finished;

    const known = () => certainIds(receiver.taken('/undisturbed'));
    const missing = () => {
      const came = certainIds(receiver.taken('/killed'));
      const wanted = distinct(receiver.taken('/undisturbed')).filter(({ id: each }) => known().has(each));
      return wanted.filter(({ id: each }) => !came.has(each)).map(({ text }) => text);
    };
    const isOver = (): Promise<boolean> =>
      Promise.resolve(known().size > 2 * PHONES && missing().length === 0);
    await eventually(isOver, (over) => over);
    expect(known().size).toBeGreaterThan(2 * PHONES);
    expect(countOf(receiver.taken('/undisturbed'), 'alert.raised')).toBeGreaterThan(0);
    expect(missing()).toEqual([]);
    const taken = receiver.taken('/killed');
    expectInOrder(distinct(taken));
    for (const webhook of taken) verifyWebhook(webhook, secret);
    const { waiting } = await eventually(
      () => gateway.get(`/v1/webhooks/${id}`, webhookSchema),
      (endpoint) => endpoint.waiting === 0,
    );
    expect(waiting).toBe(0);
    expect(await gateway.stop('SIGTERM')).toBe(0);
  }, 240_000);
});
