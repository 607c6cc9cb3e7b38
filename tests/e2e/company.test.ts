import { isDeepStrictEqual } from 'node:util';
import { connectAsync, type MqttClient } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually } from '../helpers/eventually.js';
import { type RunningGateway, startGatewayIn } from '../helpers/run-cli.js';
import { type Influxd, startInfluxd } from '../helpers/start-influxd.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { createWalkers, type Meeting, type Walkers } from '../helpers/walkers.js';
import { startWebhookReceiver } from '../helpers/webhook-receiver.js';

const companySchema = z.object({
  intervals: z.array(
    z.object({ fromMs: z.number(), toMs: z.number(), with: z.string(), probability: z.number() }),
  ),
  reason: z.object({ code: z.string(), text: z.string() }).optional(),
});
const groupsSchema = z.object({ groups: z.array(z.array(z.string())) });
const seriesSchema = z.object({
  results: z.array(
    z.object({ series: z.array(z.object({ values: z.array(z.array(z.string())) })).optional() }),
  ),
});
const choiceSchema = z.object({ enabled: z.boolean(), takesPart: z.boolean().nullable() });
const retainedSchema = z.object({ company: z.array(z.object({ with: z.string() })) });
const timelineSchema = z.object({
  intervals: z.array(z.object({ fromMs: z.number(), toMs: z.number(), status: z.string() })),
});

const SECONDS = 700;
const NAMES = ['anna', 'ben', 'cleo'];
/** A quarter of an hour is sent in seconds, so the phones' clocks seem to be behind. */
const SETTINGS = ['logLevel=error', 'company.enabled=true', 'company.maxClockErrorMs=86400000'];
const AGREED = NAMES.map((name) => `devices.${name}.company=on`);

interface World {
  readonly gateway: RunningGateway;
  readonly walkers: Walkers;
  readonly startMs: number;
}

const walkersFrom = (startMs: number): Walkers =>
  createWalkers(NAMES, { seconds: SECONDS, seed: 3, startMs });
const companyOf = ({ gateway, startMs }: World, name: string) =>
  gateway.get(`/v1/devices/${name}/company?from=${startMs}`, companySchema);

/** The meeting of two that lasts longest. */
function longest(walkers: Walkers): Meeting & { readonly name: string } {
  const all = NAMES.flatMap((name) => walkers.meetings(name).map((meeting) => ({ ...meeting, name })));
  return all.reduce((best, one) => (one.toMs - one.fromMs > best.toMs - best.fromMs ? one : best));
}

/** What was found of a meeting. */
const foundOf = ({ intervals }: z.infer<typeof companySchema>, met: Meeting) =>
  intervals.find((interval) => interval.with === met.with && interval.toMs > met.fromMs);

/** Resolves once a meeting is found, to what was found of it. */
async function untilFound(world: World, met: Meeting & { readonly name: string }) {
  const company = await eventually(
    () => companyOf(world, met.name),
    (answer) => foundOf(answer, met) !== undefined,
  );
  return foundOf(company, met);
}

/** Sends what another phone sends. */
const COPY = 'eve';
const DISCOVERY = (name: string): string => `homeassistant/device/alongside_${name}/config`;

async function agree(gateway: RunningGateway): Promise<void> {
  for (const name of NAMES) {
    const url = new URL(`/v1/devices/${name}/company/choice`, gateway.http);
    const asked = choiceSchema.parse(await (await fetch(url)).json());
    expect(asked).toEqual({ enabled: true, takesPart: null });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'PATCH', headers, body: '{"takesPart":true}' });
    expect(choiceSchema.parse(await answer.json())).toEqual({ enabled: true, takesPart: true });
  }
}

async function hook(gateway: RunningGateway, url: string): Promise<void> {
  const response = await fetch(new URL('/v1/webhooks', gateway.http), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url, events: ['company.changed'] }),
  });
  expect(response.status).toBe(201);
}

/** What was published last of company, and for Home Assistant, by topic. */
class Heard extends Map<string, string> implements AsyncDisposable {
  readonly #client: MqttClient;

  constructor(client: MqttClient) {
    super();
    this.#client = client;
    client.on('message', (topic, payload) => void this.set(topic, payload.toString()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.endAsync();
  }
}

async function listen(gateway: RunningGateway): Promise<Heard> {
  const client = await connectAsync(gateway.mqtt);
  const heard = new Heard(client);
  await client.subscribeAsync(['alongside/+/company', 'homeassistant/#'], { qos: 1 });
  return heard;
}

function namedIn(heard: Heard, topic: string): string[] {
  const payload = heard.get(topic) ?? '';
  return payload === '' ? [] : retainedSchema.parse(JSON.parse(payload)).company.map((one) => one.with);
}

/** Device and other of each series of company in InfluxDB. */
async function seriesOf(influxd: Influxd): Promise<string[][]> {
  const answer = seriesSchema.parse(await influxd.query('show series from presence_company', 'alongside'));
  const keys = answer.results.flatMap(({ series }) => series?.flatMap(({ values }) => values.flat()) ?? []);
  return keys.map((key) => ['device', 'with'].map((tag) => /=(.*)/.exec(tagOf(key, tag))?.[1] ?? ''));
}

const tagOf = (key: string, tag: string): string =>
  key.split(',').find((part) => part.startsWith(`${tag}=`)) ?? '';

describe('company', () => {
  it('is found of those who agreed, told everywhere, and forgotten on both sides', async () => {
    await using influxd = await startInfluxd();
    await using receiver = await startWebhookReceiver();
    await using folder = await temporaryFolder();
    await using gateway = await startGatewayIn(folder.path, [
      ...SETTINGS,
      ...['store.type=influxdb', `store.influxdb.url=${influxd.url}`, 'homeAssistant.enabled=true'],
      ...['webhooks.allowNetworks=[127.0.0.0/8]', `devices.${COPY}.company=on`],
    ]);
    const startMs = Date.now() - SECONDS * 1000;
    const world = { gateway, startMs, walkers: walkersFrom(startMs) };
    const met = longest(world.walkers);
    await agree(gateway);
    await hook(gateway, receiver.url);
    await using heard = await listen(gateway);

    await world.walkers.walk(gateway.mqtt, 0, SECONDS, { [met.name]: COPY });
    const found = await untilFound(world, met);
    expect(found?.fromMs).toBeGreaterThan(met.fromMs - 30_000);
    expect(found?.fromMs).toBeLessThan(met.toMs);
    const mirrored = await untilFound(world, { ...met, name: met.with, with: met.name });
    expect(mirrored?.fromMs).toBe(found?.fromMs);

    const atMs = Math.round(((found?.fromMs ?? 0) + (found?.toMs ?? 0)) / 2);
    const { groups } = await gateway.get(`/v1/company?at=${atMs}`, groupsSchema);
    expect(groups.some((group) => group.includes(met.name) && group.includes(met.with))).toBe(true);
    const table = await fetch(
      new URL(`/v1/devices/${met.name}/company?from=${startMs}&format=csv`, gateway.http),
    );
    expect(await table.text()).toContain(`,${met.name},${met.with},`);
    await expect.poll(() => namedIn(heard, `alongside/${met.name}/company`)).toContain(met.with);
    const path = `/v1/devices/${met.name}/timeline?target=accompanied&from=${startMs}`;
    await eventually(
      () => gateway.get(path, timelineSchema),
      ({ intervals }) => intervals.some(({ status }) => status === 'yes'),
    );
    const told = { device: met.name, with: met.with, status: 'together' };
    await expect
      .poll(() => receiver.taken('/').map(({ body }) => body))
      .toContainEqual(
        expect.objectContaining({ type: 'company.changed', data: expect.objectContaining(told) }),
      );
    await expect.poll(() => seriesOf(influxd)).toContainEqual([met.name, met.with]);
    await expect.poll(() => heard.get(DISCOVERY(met.name))).toContain(`alongside/${met.name}/company`);

    // A copy is no company for what it copies, and both say so.
    for (const [name, other] of [
      [met.name, COPY],
      [COPY, met.name],
    ] as const) {
      const { intervals, reason } = await companyOf(world, name);
      expect(intervals.map((interval) => interval.with)).not.toContain(other);
      expect(reason).toEqual({ code: 'copy', text: expect.stringContaining(other) });
    }

    const forgotten = await fetch(new URL(`/v1/devices/${met.name}`, gateway.http), { method: 'DELETE' });
    expect(await forgotten.json()).toMatchObject({ removed: true });
    const left = await companyOf(world, met.with);
    expect(left.intervals.filter((interval) => interval.with === met.name)).toEqual([]);
    expect((await gateway.get('/v1/company', groupsSchema)).groups.flat()).not.toContain(met.name);
    expect((await seriesOf(influxd)).flat()).not.toContain(met.name);
    await expect.poll(() => heard.get(`alongside/${met.name}/company`)).toBe('');
    await expect.poll(() => heard.get(DISCOVERY(met.name))).toBe('');
    await expect.poll(() => namedIn(heard, `alongside/${met.with}/company`)).not.toContain(met.name);
  });

  it('is the same whether or not the gateway is killed in the middle, and ends when it is switched off', async () => {
    const startMs = Date.now() - SECONDS * 1000;
    const walkers = walkersFrom(startMs);
    const met = longest(walkers);
    const begin = (folder: string) => startGatewayIn(folder, [...SETTINGS, ...AGREED]);
    const intervalsOf = async (gateway: RunningGateway) => {
      const { intervals } = await companyOf({ gateway, walkers, startMs }, met.name);
      // What has not ended lasts until the last second that was sent.
      return intervals.map(({ toMs, ...interval }) => ({
        ...interval,
        toMs: toMs >= startMs + (SECONDS - 2) * 1000 ? 'open' : toMs,
      }));
    };
    await using folder = await temporaryFolder();
    await using killed = await begin(folder.path);
    const killAt = Math.round((met.fromMs - startMs) / 1000 + 120);
    await walkers.walk(killed.mqtt, 0, killAt);
    await killed.stop('SIGKILL');
    await using again = await begin(folder.path);
    await walkers.walk(again.mqtt, killAt, SECONDS);
    await using other = await temporaryFolder();
    await using whole = await begin(other.path);
    await walkers.walk(whole.mqtt, 0, SECONDS);
    await untilFound({ gateway: whole, walkers, startMs }, met);
    await expect
      .poll(async () => isDeepStrictEqual(await intervalsOf(again), await intervalsOf(whole)))
      .toBe(true);
    expect((await intervalsOf(again)).some(({ toMs }) => toMs === 'open')).toBe(true);
    await again.stop();
    await using off = await startGatewayIn(folder.path, ['logLevel=error']);
    await expect.poll(async () => (await off.get('/v1/company', groupsSchema)).groups).toEqual([]);
  });

  it('is not looked for where a clock is minutes off, where nobody agreed, and where it is switched off', async () => {
    await using folder = await temporaryFolder();
    const startMs = Date.now() - SECONDS * 1000;
    const settings = ['logLevel=error', 'company.enabled=true', 'devices.anna.company=on'];
    await using gateway = await startGatewayIn(folder.path, settings);
    const world = { gateway, startMs, walkers: walkersFrom(startMs) };
    await world.walkers.walk(gateway.mqtt, 0, 20);
    const codeOf = async (name: string) => (await companyOf(world, name)).reason?.code;
    await expect.poll(() => codeOf('anna')).toBe('clock');
    expect(await codeOf('ben')).toBe('not-agreed');
    await gateway.stop();
    await using off = await startGatewayIn(folder.path, ['logLevel=error']);
    const answer = await companyOf({ ...world, gateway: off }, 'anna');
    expect(answer).toEqual({ intervals: [], reason: expect.objectContaining({ code: 'switched-off' }) });
  });
});
