import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { partitionOf } from '../../src/cluster/partition.js';
import { readStream } from '../../src/cluster/read-stream.js';
import type { CompanyInterval } from '../../src/domain/company.js';
import { encodeAlongside } from '../../src/recordings/encode-messages.js';
import { emulateMotion } from '../helpers/emulate-motion.js';
import { eventually } from '../helpers/eventually.js';
import { openLiveClient } from '../helpers/live-client.js';
import { foundByOne } from '../helpers/one-finder.js';
import { lastJson, type RunningGateway, runCli, startGatewayIn } from '../helpers/run-cli.js';
import { deviceId } from '../helpers/sensor-messages.js';
import { startChromium } from '../helpers/start-chromium.js';
import { type Influxd, startInfluxd } from '../helpers/start-influxd.js';
import { type Nats, startNats } from '../helpers/start-nats.js';
import { startProxy } from '../helpers/start-proxy.js';
import { type TemporaryFolder, temporaryFolder } from '../helpers/temporary-folder.js';
import { createWalkers, type Meeting, type Walkers } from '../helpers/walkers.js';

const statusSchema = z.object({
  gateways: z.array(z.object({ name: z.string(), partitions: z.number(), isLeaving: z.boolean() })),
  partitions: z.array(z.object({ owner: z.string(), token: z.number() })),
});
const healthSchema = z.object({
  ready: z.boolean(),
  parts: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
});
const coverageSchema = z.object({ result: z.array(z.object({ url: z.string() })) });

const devicesSchema = z.object({
  complete: z.boolean(),
  devices: z.array(z.object({ id: z.string(), online: z.boolean() })),
});
const forgottenSchema = z.object({
  parts: z.array(z.object({ name: z.string(), removed: z.boolean(), detail: z.string() })),
});
const windowsSchema = z.object({ windows: z.array(z.object({ endMs: z.number() })) });
const deliverySchema = z.object({
  delivery: z.object({ missing: z.number() }),
  samples: z.record(z.string(), z.number()),
});
/** What may become of a sample that is not used. */
const LOST_NONE = { late: 0, future: 0, past: 0, invalid: 0, overflow: 0 };
const companySchema = z.object({
  intervals: z.array(
    z.object({
      fromMs: z.number(),
      toMs: z.number(),
      with: z.string().transform(deviceId),
      probability: z.number(),
    }),
  ),
  complete: z.boolean(),
});
const groupsSchema = z.object({ groups: z.array(z.array(z.string())), complete: z.boolean() });
const timelineSchema = z.object({ intervals: z.array(z.object({ status: z.string() })) });
const tokenSchema = z.object({ token: z.string() });
const problemSchema = z.object({ status: z.number() });
const joinedSchema = z.object({ device: z.string(), mqtt: z.object({ password: z.string() }) });

function clusterSettings(nats: Pick<Nats, 'urls'>, influxd: Pick<Influxd, 'url'>): string[] {
  return [
    `cluster.servers=${JSON.stringify(nats.urls)}`,
    ...['cluster.partitions=2', 'cluster.replicas=1', 'cluster.logBytes=30000000'],
    ...['store.type=influxdb', `store.influxdb.url=${influxd.url}`],
  ];
}

/** The longest meeting of two whose devices belong to different parts, the smaller name first. */
function meetingOfBothParts(walkers: Walkers): readonly [string, string, Meeting] {
  const all = WALKERS.flatMap((name) =>
    walkers.meetings(name).map((meeting) => [name, meeting.with, meeting] as const),
  );
  const apart = all.filter(([name, other]) => name < other && partitionOf(name, 2) !== partitionOf(other, 2));
  const [longest] = apart.toSorted(([, , a], [, , b]) => b.toMs - b.fromMs - (a.toMs - a.fromMs));
  if (longest === undefined) throw new Error('nobody of different parts meets');
  return longest;
}

/** Streams of which a message holds a name. */
async function streamsThatName({ urls }: Pick<Nats, 'urls'>, name: string): Promise<string[]> {
  const connection = await connect({ servers: [...urls] });
  try {
    const memory = { log: jetstream(connection), manager: await jetstreamManager(connection) };
    const found: string[] = [];
    for await (const stream of memory.manager.streams.names()) {
      const messages = await readStream(memory, { stream, filters: ['>'], from: 1, limit: 100_000 });
      if (messages.some(({ data }) => Buffer.from(data).includes(name))) found.push(stream);
    }
    return found;
  } finally {
    await connection.close();
  }
}

/** What has not ended lasts until the last second that was sent; how sure it is, in thousandths. */
function untilEnd(intervals: readonly CompanyInterval[], endMs: number): CompanyInterval[] {
  return intervals.map((interval) => ({
    ...interval,
    probability: Math.round(interval.probability * 1000),
    toMs: interval.toMs > endMs - 2000 ? endMs : interval.toMs,
  }));
}

function portOf({ http }: Pick<RunningGateway, 'http'>): number {
  return Number(new URL(http).port);
}

describe('gateways that share phones', () => {
  it('say who owns what, and take no message while NATS is away', async () => {
    await using nats = await startNats();
    await using influxd = await startInfluxd();
    await using folder = await temporaryFolder();
    const cluster = clusterSettings(nats, influxd);
    await using gateway = await startGatewayIn(folder.path, [...cluster, 'cluster.gateway=east']);
    const status = async () => {
      const flags = cluster.flatMap((setting) => ['--set', setting]);
      return lastJson(await runCli(['cluster', 'status', '--json', ...flags]), statusSchema);
    };
    await expect.poll(async () => (await status()).partitions.map(({ token }) => token)).toEqual([1, 1]);
    const { gateways, partitions } = await status();
    expect(gateways).toEqual([{ name: expect.stringMatching(/^east-/), partitions: 2, isLeaving: false }]);
    expect(partitions.map(({ owner }) => owner)).toEqual([gateways[0]?.name, gateways[0]?.name]);

    const health = async () => {
      const { ready, parts } = await gateway.get('/health/ready', healthSchema);
      return { ready, cluster: parts.find(({ name }) => name === 'cluster')?.ok };
    };
    await expect.poll(health).toEqual({ ready: true, cluster: true });
    await nats.kill(0);
    await expect.poll(health).toEqual({ ready: false, cluster: false });
    await nats.restart(0);
    await expect.poll(health).toEqual({ ready: true, cluster: true });

    expect(await gateway.stop()).toBe(0);
    expect((await status()).partitions.map(({ owner }) => owner)).toEqual(['', '']);
  });

  it('load nothing of NATS when they work by themselves', async () => {
    await using coverage = await temporaryFolder();
    await using folder = await temporaryFolder();
    await using gateway = await startGatewayIn(folder.path, [], undefined, {
      NODE_V8_COVERAGE: coverage.path,
    });
    expect(await gateway.stop()).toBe(0);
    const names = await readdir(coverage.path);
    const reports = await Promise.all(
      names.map(async (name) =>
        coverageSchema.parse(JSON.parse(await readFile(join(coverage.path, name), 'utf8'))),
      ),
    );
    const urls = reports.flatMap(({ result }) => result.map(({ url }) => url));
    expect(urls.length).toBeGreaterThan(100);
    expect(urls.filter((url) => /@nats-io|shared-path/.test(url))).toEqual([]);
  });
});

/** Three who meet, of whom both parts have somebody. */
const WALKERS = ['walker-emil', 'walker-fay', 'walker-gus'];
const WALK_SECONDS = 700;
/** A quarter of an hour is sent in seconds, so the phones' clocks seem to be behind. */
const COMPANY = [
  'company.enabled=true',
  'company.maxClockErrorMs=86400000',
  ...WALKERS.map((name) => `devices.${name}.company=on`),
];

/** The clock of a machine that is twenty minutes ahead: longer than a join link is good for. */
const AHEAD = {
  NODE_OPTIONS: '--import=data:text/javascript,const{now}=Date;Date.now=()=>now()+1200000',
};

describe('two doors of one cluster, of which the second has a wrong clock', () => {
  let nats: Nats;
  let influxd: Influxd;
  let folders: readonly TemporaryFolder[];
  let doors: readonly [RunningGateway, RunningGateway];
  let token: string;
  let settings: readonly string[];
  /** Of anna, once she has joined. */
  let password: string;

  beforeAll(async () => {
    [nats, influxd] = await Promise.all([startNats(), startInfluxd()]);
    const [east, west] = [await temporaryFolder(), await temporaryFolder()];
    folders = [east, west];
    const set = ['--set', `dataDir=${east.path}`];
    const made = await runCli(['tokens', 'create', '--name', 'me', '--scope', 'admin', '--json', ...set]);
    ({ token } = lastJson(made, z.object({ token: z.string() })));
    settings = [...clusterSettings(nats, influxd), 'recording.default=on', ...COMPANY];
    doors = [await startDoor(0), await startDoor(1)];
  });

  afterAll(async () => {
    for (const one of [...(doors ?? []), ...(folders ?? []), influxd, nats])
      await one?.[Symbol.asyncDispose]();
  });

  async function restart(door: 0 | 1): Promise<void> {
    const [east, west] = doors;
    const again = await startDoor(door);
    doors = door === 0 ? [again, west] : [east, again];
  }

  function startDoor(door: 0 | 1): Promise<RunningGateway> {
    const own = `cluster.gateway=${door === 0 ? 'east' : 'west'}`;
    return startGatewayIn(folders[door]?.path ?? '', [...settings, own], undefined, door === 0 ? {} : AHEAD);
  }

  async function clusterStatus(): Promise<z.infer<typeof statusSchema>> {
    const flags = settings.flatMap((setting) => ['--set', setting]);
    return lastJson(await runCli(['cluster', 'status', '--json', ...flags]), statusSchema);
  }

  async function ask<T>(door: 0 | 1, path: string, schema: z.ZodType<T>, init: RequestInit = {}): Promise<T> {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(init.body && { 'content-type': 'application/json' }),
    };
    const response = await fetch(new URL(path, doors[door].http), { ...init, headers });
    return schema.parse(await response.json());
  }
  const fetchDevice = (door: 0 | 1, name: string) =>
    fetch(new URL(`/v1/devices/${name}`, doors[door].http), {
      headers: { authorization: `Bearer ${token}` },
    });
  const post = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });

  it('let a phone in at one by a link that was made at the other, once', async () => {
    const { token: link } = await ask(0, '/v1/join-tokens', tokenSchema, post({ device: 'anna' }));
    const joined = await ask(1, '/v1/join', joinedSchema, post({ token: link }));
    expect(joined.device).toBe('anna');
    ({ password } = joined.mqtt);
    const again = await ask(0, '/v1/join', problemSchema, post({ token: link }));
    expect(again.status).toBe(410);
    for (const { mqtt } of doors) {
      const client = await connectAsync(mqtt, { username: 'anna', password });
      await client.endAsync();
    }
  });

  it('say the same of a phone that sends at one of them: in lists, as it happens, and retained', async () => {
    using events = await openLiveClient(`${doors[1].http}/v1/events`, undefined, token);
    const walkers = createWalkers(['anna', 'ben'], { seconds: 60, seed: 1, startMs: Date.now() - 60_000 });
    await walkers.walk(doors[0].mqtt, 0, 60, {}, { username: 'walkers', password: token });
    for (const door of [0, 1] as const) {
      await expect
        .poll(() => ask(door, '/v1/devices', devicesSchema))
        .toMatchObject({
          complete: true,
          devices: [
            { id: 'anna', online: true },
            { id: 'ben', online: true },
          ],
        });
      expect(await ask(door, '/v1/devices/anna', devicesSchema.shape.devices.element)).toMatchObject({
        id: 'anna',
        online: true,
      });
      const client = await connectAsync(doors[door].mqtt, { username: 'anna', password });
      const retained = new Promise<string>((resolve) => client.once('message', (topic) => resolve(topic)));
      await client.subscribeAsync('alongside/anna/status');
      expect(await retained).toBe('alongside/anna/status');
      await client.endAsync();
    }
    await expect.poll(() => events.events.filter(({ type }) => type === 'window').length).toBeGreaterThan(1);
    using moved = await openLiveClient(`${doors[0].http}/v1/events`, events.events[0]?.id, token);
    await expect.poll(() => moved.events.length).toBe(events.events.length - 1);
    expect(moved.events).toEqual(events.events.slice(1));
  });

  it('take a phone page over from one another without a lost sample', async () => {
    await using network = await startProxy(portOf(doors[0]));
    await using chromium = await startChromium(['--enable-features=GenericSensorExtraClasses']);
    const { page, context } = await chromium.open();
    await using _motion = await emulateMotion(page);
    const { path } = await ask(
      1,
      '/v1/join-tokens',
      z.object({ path: z.string() }),
      post({ device: 'cleo' }),
    );
    await page.goto(`http://127.0.0.1:${network.port}${path}`);
    await page.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Join' }).click();
    await page.getByRole('button', { name: 'Start streaming' }).click();
    const windows = async () => (await ask(1, '/v1/devices/cleo/windows', windowsSchema)).windows;
    const unsent = async () => Number(await page.locator('[data-figure=unsent]').textContent());
    await expect.poll(async () => (await windows()).length).toBeGreaterThanOrEqual(2);
    network.cut();
    const cutMs = Date.now();
    await page.waitForSelector('.link.lost');
    await expect.poll(unsent).toBeGreaterThan(5);
    network.moveTo(portOf(doors[1]));
    const movedMs = Date.now();
    network.resume();
    await page.waitForSelector('.link.connected');
    await expect.poll(unsent).toBeLessThan(3);
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect.poll(unsent).toBe(0);
    await context.close();
    await expect
      .poll(() => ask(0, '/v1/devices/cleo', deliverySchema))
      .toMatchObject({ delivery: { missing: 0 }, samples: LOST_NONE });
    const inBetween = async () => (await windows()).filter(({ endMs }) => endMs > cutMs && endMs < movedMs);
    await expect.poll(async () => (await inBetween()).length).toBeGreaterThan(0);
  });

  it('make room in a log that is full and into which nothing comes any more', async () => {
    const connection = await connect({ servers: [...nats.urls] });
    const log = jetstream(connection);
    const partition = partitionOf(deviceId('dora'), 2);
    // Marks of time, as its owner writes them: smaller and smaller, until not even an empty one has room.
    for (const bytes of [1_000_000, 10_000, 100, 0]) {
      const fill = (): Promise<unknown> => log.publish(`al.log.${partition}._.tick`, Buffer.alloc(bytes));
      while (await fill().catch(() => undefined));
    }
    await connection.close();
    const phone = await connectAsync(doors[0].mqtt, { username: 'walkers', password: token });
    await phone.publishAsync('alongside/dora/sensors', '{}', { qos: 1 });
    await phone.endAsync();
  });

  it('find out who is with whom behind different owners, also when the owner of a pair is killed', async () => {
    const startMs = Date.now() - WALK_SECONDS * 1000;
    const walkers = createWalkers(WALKERS, { seconds: WALK_SECONDS, seed: 3, startMs });
    const [first, second, met] = meetingOfBothParts(walkers);
    const login = { username: 'walkers', password: token };
    const companyOf = (door: 0 | 1, name: string) =>
      ask(door, `/v1/devices/${name}/company?from=${startMs}`, companySchema);

    const killAt = Math.round((met.fromMs - startMs) / 1000 + 120);
    const { partitions } = await clusterStatus();
    const owner = partitions[partitionOf(first, 2)]?.owner.startsWith('east') === true ? 0 : 1;
    await walkers.walk(doors[0].mqtt, 0, killAt, {}, login);
    await doors[owner].stop('SIGKILL');
    await walkers.walk(doors[owner === 0 ? 1 : 0].mqtt, killAt, WALK_SECONDS, {}, login);
    await restart(owner);

    const expected = await foundByOne(walkers, WALK_SECONDS);
    const endMs = startMs + WALK_SECONDS * 1000;
    for (const door of [0, 1] as const) {
      for (const name of WALKERS) {
        const found = async () => untilEnd((await companyOf(door, name)).intervals, endMs);
        await expect.poll(found).toEqual(untilEnd(expected(name), endMs));
      }
      const { groups } = await ask(door, `/v1/company?at=${met.toMs - 1000}`, groupsSchema);
      expect(groups.some((group) => group.includes(first) && group.includes(second))).toBe(true);
      const path = `/v1/devices/${second}/timeline?target=accompanied&from=${startMs}`;
      const { intervals } = await ask(door, path, timelineSchema);
      expect(intervals.map(({ status }) => status)).toContain('yes');
    }
  });

  it('forget a device everywhere, also at a gateway that was away', async () => {
    const recordings = () =>
      Promise.all(folders.map(({ path }) => readdir(join(path, 'recordings')).catch(() => [])));
    await expect.poll(async () => (await recordings()).flat().join()).toContain('anna');
    await doors[1].stop();
    await expect.poll(() => ask(0, '/v1/devices', devicesSchema)).toMatchObject({ complete: true });
    const report = await ask(0, '/v1/devices/anna', forgottenSchema, { method: 'DELETE' });
    expect(report.parts.filter(({ removed }) => !removed)).toEqual([]);
    expect(report.parts.map(({ name }) => name)).toEqual(expect.arrayContaining(['log', 'state']));
    await restart(1);
    for (const door of [0, 1] as const) {
      await expect
        .poll(() => ask(door, '/v1/devices', devicesSchema))
        .toMatchObject({ complete: true, devices: ['ben', 'cleo', ...WALKERS].map((id) => ({ id })) });
      await expect(
        connectAsync(doors[door].mqtt, { username: 'anna', password, reconnectPeriod: 0 }),
      ).rejects.toThrow();
    }
    expect((await recordings()).flat().join()).not.toContain('anna');
  });

  it('forget a phone that sends more than its owner keeps up with, through the other door', async () => {
    for (const asked of [0, 1] as const) {
      const { token: link } = await ask(0, '/v1/join-tokens', tokenSchema, post({ device: 'hugo' }));
      const { mqtt } = await ask(0, '/v1/join', joinedSchema, post({ token: link }));
      const door = doors[asked === 0 ? 1 : 0].mqtt;
      const login = { username: 'hugo', password: mqtt.password, reconnectPeriod: 0 };
      const phone = await eventually(
        () => connectAsync(door, login),
        ({ connected }) => connected,
      );
      const hugo = createWalkers(['hugo'], { seconds: 300, seed: 4, startMs: Date.now() - 300_000 });
      for (let second = 0; second < 300; second += 1)
        for (const message of hugo.sentIn(second))
          phone.publish('alongside/hugo/sensors', encodeAlongside(message), { qos: 1 });
      await expect.poll(async () => (await fetchDevice(asked, 'hugo')).status).toBe(200);
      const report = await ask(asked, '/v1/devices/hugo', forgottenSchema, { method: 'DELETE' });
      expect(report.parts.filter(({ removed }) => !removed)).toEqual([]);
      await phone.endAsync(true);
      for (const each of [0, 1] as const) expect((await fetchDevice(each, 'hugo')).status).toBe(404);
    }
  });

  it('keep the name of a forgotten device nowhere, also where others were with it', async () => {
    const [first = '', second = '', third] = WALKERS;
    const report = await ask(1, `/v1/devices/${first}`, forgottenSchema, { method: 'DELETE' });
    for (const name of ['log', 'names in company', 'state', 'pairs of company'])
      expect(report.parts).toContainEqual({ name, removed: true, detail: '' });
    for (const door of [0, 1] as const) {
      const others = async () => {
        const { intervals } = await ask(door, `/v1/devices/${second}/company`, companySchema);
        return [...new Set(intervals.map((one) => one.with))];
      };
      await expect.poll(others).toEqual([third]);
    }
    await expect.poll(() => streamsThatName(nats, first)).toEqual([]);
  });
});
