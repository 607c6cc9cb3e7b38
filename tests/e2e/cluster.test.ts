import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lastJson, type RunningGateway, runCli, startGatewayIn } from '../helpers/run-cli.js';
import { type Influxd, startInfluxd } from '../helpers/start-influxd.js';
import { type Nats, startNats } from '../helpers/start-nats.js';
import { type TemporaryFolder, temporaryFolder } from '../helpers/temporary-folder.js';

const statusSchema = z.object({
  gateways: z.array(z.object({ name: z.string(), partitions: z.number(), isLeaving: z.boolean() })),
  partitions: z.array(z.object({ owner: z.string(), token: z.number() })),
});
const healthSchema = z.object({
  ready: z.boolean(),
  parts: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
});
const coverageSchema = z.object({ result: z.array(z.object({ url: z.string() })) });

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

describe('two doors of one cluster', () => {
  let nats: Nats;
  let influxd: Influxd;
  let folders: readonly TemporaryFolder[];
  let doors: readonly [RunningGateway, RunningGateway];
  let token: string;

  beforeAll(async () => {
    [nats, influxd] = await Promise.all([startNats(), startInfluxd()]);
    const [east, west] = [await temporaryFolder(), await temporaryFolder()];
    folders = [east, west];
    const set = ['--set', `dataDir=${east.path}`];
    const made = await runCli(['tokens', 'create', '--name', 'me', '--scope', 'admin', '--json', ...set]);
    ({ token } = lastJson(made, z.object({ token: z.string() })));
    const settings = clusterSettings(nats, influxd);
    doors = [
      await startGatewayIn(east.path, [...settings, 'cluster.gateway=east']),
      await startGatewayIn(west.path, [...settings, 'cluster.gateway=west']),
    ];
  });

  afterAll(async () => {
    for (const one of [...(doors ?? []), ...(folders ?? []), influxd, nats])
      await one?.[Symbol.asyncDispose]();
  });

  async function ask<T>(door: 0 | 1, path: string, schema: z.ZodType<T>, init: RequestInit = {}): Promise<T> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(new URL(path, doors[door].http), { ...init, headers });
    return schema.parse(await response.json());
  }
  const post = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });

  it('let a phone in at one by a link that was made at the other, once', async () => {
    const { token: link } = await ask(0, '/v1/join-tokens', tokenSchema, post({ device: 'anna' }));
    const joined = await ask(1, '/v1/join', joinedSchema, post({ token: link }));
    expect(joined.device).toBe('anna');
    const again = await ask(0, '/v1/join', problemSchema, post({ token: link }));
    expect(again.status).toBe(410);
    for (const { mqtt } of doors) {
      const client = await connectAsync(mqtt, { username: 'anna', password: joined.mqtt.password });
      await client.endAsync();
    }
  });
});
