import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lastJson, runCli, startGatewayIn } from '../helpers/run-cli.js';
import { startInfluxd } from '../helpers/start-influxd.js';
import { startNats } from '../helpers/start-nats.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const statusSchema = z.object({
  gateways: z.array(z.object({ name: z.string(), partitions: z.number(), isLeaving: z.boolean() })),
  partitions: z.array(z.object({ owner: z.string(), token: z.number() })),
});
const healthSchema = z.object({
  ready: z.boolean(),
  parts: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
});
const coverageSchema = z.object({ result: z.array(z.object({ url: z.string() })) });

describe('gateways that share phones', () => {
  it('say who owns what, and take no message while NATS is away', async () => {
    await using nats = await startNats();
    await using influxd = await startInfluxd();
    await using folder = await temporaryFolder();
    const cluster = [
      `cluster.servers=${JSON.stringify(nats.urls)}`,
      ...['cluster.partitions=2', 'cluster.replicas=1', 'cluster.logBytes=30000000'],
      ...['store.type=influxdb', `store.influxdb.url=${influxd.url}`],
    ];
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
