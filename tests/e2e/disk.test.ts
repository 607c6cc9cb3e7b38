import { execFileSync } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { devicesSchema, ledgerSchema, windowsSchema } from '../helpers/api-schemas.js';
import { eventually } from '../helpers/eventually.js';
import { fillDisk } from '../helpers/fill-disk.js';
import { endOf, lastJson, type RunningGateway, runCli, startGatewayIn } from '../helpers/run-cli.js';
import { onSmallDisk } from '../helpers/small-disk.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const healthSchema = z.object({
  ready: z.boolean(),
  parts: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
});

const healthOf = (gateway: RunningGateway) => gateway.get('/health/ready', healthSchema);

/** Ten seconds of motion of one device in our own format, from some second on. */
function motion(beginsAtMs: number): string {
  const timeMs = Array.from({ length: 500 }, (_, index) => beginsAtMs + index * 20);
  const axis = timeMs.map((_, index) => Math.sin(index / 10));
  const columns = { timeMs, x: axis, y: axis, z: axis };
  const sensors = {
    accelerometer: { unit: 'm/s2', gravity: false, ...columns },
    gyroscope: { unit: 'rad/s', ...columns },
    magnetometer: { unit: 'uT', ...columns },
  };
  return JSON.stringify({ session: 'a', sequence: Math.round(beginsAtMs / 10_000), sensors });
}

/** Publishes at QoS 1, and remembers what was acknowledged. */
function publisher(client: MqttClient) {
  const acknowledged = new Set<number>();
  return {
    acknowledged,
    publish: (beginsAtMs: number): void =>
      void client.publish('alongside/anna/sensors', motion(beginsAtMs), { qos: 1 }, (error) => {
        if (error === undefined || error === null) acknowledged.add(beginsAtMs);
      }),
  };
}

async function simulate(gateway: RunningGateway): Promise<void> {
  await runCli(['simulate', '--url', gateway.mqtt, '--phones', '2', '--seconds', '20', '--pace', 'max']);
  await eventually(
    () => gateway.get('/v1/ledger', ledgerSchema),
    ({ windows }) => windows.stored > 10 && windows.pending === 0,
  );
}

onSmallDisk('a full disk', 64, (disk) => {
  it('keeps the gateway from acknowledging, not from living; all is kept once there is room', async () => {
    const startMs = Math.floor(Date.now() / 10_000) * 10_000 - 60_000;
    const filler = join(disk(), 'something-else');
    let gateway = await startGatewayIn(disk());
    await using _ = endOf(() => gateway);
    const client = await connectAsync(gateway.mqtt);
    const { publish, acknowledged } = publisher(client);
    publish(startMs);
    await expect.poll(() => acknowledged.size).toBe(1);

    await fillDisk(filler);
    publish(startMs + 10_000);
    const sick = await eventually(
      () => healthOf(gateway),
      ({ ready }) => !ready,
    );
    const journal = sick.parts.find(({ name }) => name === 'journal');
    expect(journal).toMatchObject({ ok: false, detail: expect.stringContaining('is the disk full') });
    await sleep(3000);
    expect(acknowledged.size).toBe(1);
    expect((await fetch(new URL('/health/live', gateway.http))).status).toBe(200);

    // Started again on the full disk it neither falls over nor takes anything.
    await client.endAsync(true);
    await gateway.stop('SIGKILL');
    gateway = await startGatewayIn(disk());
    const again = await connectAsync(gateway.mqtt);
    const second = publisher(again);
    second.publish(startMs + 10_000);
    await eventually(
      () => healthOf(gateway),
      ({ ready }) => !ready,
    );
    await sleep(2000);
    expect(second.acknowledged.size).toBe(0);

    await rm(filler);
    await expect.poll(() => second.acknowledged.size).toBe(1);
    second.publish(startMs + 20_000);
    await expect.poll(() => second.acknowledged.size).toBe(2);
    await eventually(
      () => healthOf(gateway),
      ({ ready }) => ready,
    );
    const around = `from=${startMs - 60_000}&to=${startMs + 90_000}`;
    // 30 s of motion hold 22 windows of 2.56 s at a stride of 1.28 s.
    const { windows } = await eventually(
      () => gateway.get(`/v1/devices/anna/windows?${around}`, windowsSchema),
      (answer) => answer.windows.length >= 20,
    );
    const ends = windows.map(({ endMs }) => endMs);
    expect(Math.max(...ends) - Math.min(...ends)).toBe((windows.length - 1) * 1280);
    expect((await gateway.get('/v1/ledger', ledgerSchema)).balanced).toBe(true);
    await again.endAsync();
    expect(await gateway.stop()).toBe(0);
  });

  it('lets nobody in, makes no rule and no webhook, and says so; all of it works once there is room', async () => {
    const set = ['--set', `dataDir=${disk()}`];
    const made = await runCli(['tokens', 'create', '--name', 'me', '--scope', 'admin', '--json', ...set]);
    const { token } = lastJson(made, z.object({ token: z.string() }));
    await using gateway = await startGatewayIn(disk(), ['webhooks.allowPrivate=true']);
    const post = async (path: string, body: object) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      const response = await fetch(new URL(path, gateway.http), init);
      return { status: response.status, body: z.looseObject({}).parse(await response.json()) };
    };
    const invited = await post('/v1/join-tokens', { device: 'anna' });
    const attempts: [string, object][] = [
      ['/v1/join', { token: invited.body['token'] }],
      ['/v1/alert-rules', { name: 'silent', when: { type: 'silent', forMinutes: 15 } }],
      ['/v1/webhooks', { url: 'http://127.0.0.1:9/hook', events: ['status.changed'] }],
    ];
    const filler = join(disk(), 'something-else');
    await fillDisk(filler);
    for (const [path, body] of attempts) {
      const refused = await post(path, body);
      expect(refused, path).toMatchObject({ status: 503, body: { type: 'urn:alongside:problem:disk' } });
    }
    const command = await runCli(['tokens', 'create', '--name', 'other', '--scope', 'read', ...set]);
    expect(command.code).toBe(1);
    expect(command.stderr).toMatch(/access\.json.* cannot be written: the disk is full/);
    expect(command.stderr).not.toContain('    at ');
    await rm(filler);
    for (const [path, body] of attempts) expect((await post(path, body)).status, path).toBeLessThan(300);
  });

  it('that is read-only is said at the start, in one line, with what to do', async () => {
    execFileSync('mount', ['-o', 'remount,ro', disk()]);
    const run = await runCli([
      'start',
      '--set',
      `dataDir=${disk()}`,
      '--set',
      'http.port=0',
      '--set',
      'mqtt.port=0',
    ]);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(disk());
    expect(run.stderr).toContain('the file system is read-only; use another folder');
    expect(run.stderr).not.toContain('    at ');
  });
});

describe('damage in a folder of the data folder', () => {
  it.each(['store', 'journal'])('%s: it is set aside at the start, said, and all goes on', async (name) => {
    await using folder = await temporaryFolder();
    {
      await using gateway = await startGatewayIn(folder.path);
      await simulate(gateway);
      expect(await gateway.stop()).toBe(0);
    }
    const file = join(folder.path, name, 'data.mdb');
    const data = await readFile(file);
    await writeFile(file, data.fill(0xff, 8192));

    await using gateway = await startGatewayIn(folder.path);
    expect(gateway.log()).toMatch(new RegExp(`${name}.*set aside`));
    expect((await readdir(folder.path)).filter((entry) => entry.startsWith(`${name}.damaged-`))).toHaveLength(
      1,
    );
    expect((await healthOf(gateway)).ready).toBe(true);
    await simulate(gateway);
    const { devices } = await gateway.get('/v1/devices', devicesSchema);
    expect(devices).toHaveLength(2);
    expect(await gateway.stop()).toBe(0);
  });
});
