import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { accessFile } from '../../src/access/access-file.js';
import { fileNameOf } from '../../src/shared/files.js';
import { devicesSchema, ledgerSchema, windowsSchema } from '../helpers/api-schemas.js';
import { eventually } from '../helpers/eventually.js';
import { freePort } from '../helpers/free-port.js';
import { jpegOf, RED } from '../helpers/pictures.js';
import { lastJson, runCli, startGatewayIn } from '../helpers/run-cli.js';
import { type TemporaryFolder, temporaryFolder } from '../helpers/temporary-folder.js';

const inFolder = (folder: TemporaryFolder) => ['--set', `dataDir=${folder.path}`];

describe('being forgotten', () => {
  const forgottenSchema = z.object({
    removed: z.boolean(),
    parts: z.array(z.object({ name: z.string(), removed: z.boolean() })),
  });
  const device = 'phone-0001';

  /** Lets two simulated phones send a minute of motion. */
  async function simulate(mqtt: string): Promise<void> {
    const run = await runCli([
      'simulate',
      '--url',
      mqtt,
      '--phones',
      '2',
      '--seconds',
      '60',
      '--pace',
      'max',
    ]);
    expect(run.code).toBe(0);
  }

  const ODD = 'Somebody:Who.Left';
  const MARKER = 'a-marker-inside-payloads';

  /** Publishes ten seconds of motion that name the device, and a marker, in their payload. */
  async function publishMarked(mqtt: string, name: string): Promise<void> {
    const timeMs = Array.from({ length: 500 }, (_, index) => Date.now() - 10_000 + index * 20);
    const columns = { timeMs, x: timeMs.map(Math.sin), y: timeMs.map(Math.cos), z: timeMs.map(Math.sin) };
    const sensors = { accelerometer: columns, gyroscope: columns, magnetometer: columns };
    const client = await connectAsync(mqtt);
    const payload = JSON.stringify({ session: `${MARKER}-${name}`, sequence: 0, sensors });
    await client.publishAsync(`alongside/${name}/sensors`, payload, { qos: 1 });
    await client.publishAsync(`alongside/${name}/labels`, JSON.stringify({ activity: MARKER }), { qos: 1 });
    await client.publishAsync(`alongside/${name}/frames`, await jpegOf(RED), { qos: 1 });
    await client.endAsync();
  }

  /** A webhook whose receiver is away, so that its events wait, and a rule that is raised by every device. */
  async function watchEverything(http: string): Promise<void> {
    const post = async (path: string, body: object) => {
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      expect((await fetch(new URL(path, http), init)).status).toBe(201);
    };
    const events = ['device.online', 'status.changed', 'alert.raised', 'apparel.detected'];
    await post('/v1/webhooks', { url: `http://127.0.0.1:${await freePort()}/hook`, events });
    await post('/v1/alert-rules', { name: 'heard', when: { type: 'silent', forMinutes: 0.01 } });
  }

  /** Files that hold the odd name, or the marker, as it is or as files, addresses and programs may write it. */
  async function allForms(folder: string): Promise<string[]> {
    const names = [ODD, ODD.toLowerCase(), encodeURIComponent(ODD), ODD.replace(':', '_'), fileNameOf(ODD)];
    return (await Promise.all([...names, MARKER].map((words) => filesWith(folder, words)))).flat();
  }

  /** Files below a folder that hold a text, or have it in their path. */
  async function filesWith(folder: string, words: string): Promise<string[]> {
    const names = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const found = await Promise.all(
      paths.map(async (path) =>
        path.includes(words) || (await readFile(path).catch(() => Buffer.alloc(0))).includes(words)
          ? [path]
          : [],
      ),
    );
    return found.flat();
  }

  it('means that nothing is left, in a running gateway and on its disk, and that others are untouched', async () => {
    await using folder = await temporaryFolder();
    await using gateway = await startGatewayIn(folder.path, ['track.silenceMs=1000']);
    await simulate(gateway.mqtt);
    const around = `from=${Date.now() - 3_600_000}&to=${Date.now() + 3_600_000}`;
    const windowsOf = (id: string) => gateway.get(`/v1/devices/${id}/windows?${around}`, windowsSchema);
    await eventually(
      () => gateway.get('/v1/ledger', ledgerSchema),
      ({ windows }) => windows.stored > 20 && windows.pending === 0,
    );
    const { devices } = await gateway.get('/v1/devices', devicesSchema);
    expect(devices.map(({ id }) => id)).toContain(device);
    const other = devices.map(({ id }) => id).find((id) => id !== device) ?? '';
    const othersBefore = (await windowsOf(other)).windows.length;

    const run = await runCli(['devices', 'forget', device, '--json', ...inFolder(folder)]);
    expect(lastJson(run, forgottenSchema)).toMatchObject({ removed: true });
    expect(run.code).toBe(0);
    expect((await fetch(new URL(`/v1/devices/${device}`, gateway.http))).status).toBe(404);
    expect((await gateway.get('/v1/devices', devicesSchema)).devices.map(({ id }) => id)).toEqual([other]);
    expect((await windowsOf(other)).windows.length).toBeGreaterThanOrEqual(othersBefore);
    const listener = await connectAsync(gateway.mqtt);
    const retained: string[] = [];
    listener.on('message', (topic) => retained.push(topic));
    await listener.subscribeAsync('alongside/+/status', { qos: 1 });
    await expect.poll(() => retained).toContain(`alongside/${other}/status`);
    expect(retained).not.toContain(`alongside/${device}/status`);
    await listener.endAsync();

    // Longer than it takes for silence to become a status: one and a half strides, and a look each second.
    await sleep(4000);
    expect((await gateway.get('/v1/devices', devicesSchema)).devices.map(({ id }) => id)).toEqual([other]);
    expect((await gateway.get('/v1/ledger', ledgerSchema)).balanced).toBe(true);
    expect(await gateway.stop()).toBe(0);
    expect(await filesWith(folder.path, device)).toEqual([]);
    expect(await filesWith(join(folder.path, 'store'), other)).not.toEqual([]);
  });

  it('leaves no byte of name and payloads in any file, running or not, and answers 404 afterwards', async () => {
    await using folder = await temporaryFolder();
    const stored = ['recording.default=on', 'store.flushIntervalMs=20'];
    const pictures = ['apparel.keepFrames=true', 'apparel.minProbability=0'];
    const settings = [...stored, ...pictures, 'webhooks.allowPrivate=true'];
    await using gateway = await startGatewayIn(folder.path, settings);
    await watchEverything(gateway.http);
    await simulate(gateway.mqtt);
    for (const name of [ODD, `${ODD}.2`]) await publishMarked(gateway.mqtt, name);
    await expect.poll(() => allForms(folder.path)).not.toEqual([]);
    for (const part of ['journal', 'recordings', 'webhooks', 'alerts']) {
      await expect.poll(() => allForms(join(folder.path, part)), { message: part }).not.toEqual([]);
    }
    expect((await fetch(new URL(`/v1/devices/${ODD}`, gateway.http), { method: 'DELETE' })).status).toBe(200);
    expect((await fetch(new URL(`/v1/devices/${ODD}`, gateway.http), { method: 'DELETE' })).status).toBe(404);
    expect(await filesWith(folder.path, `${MARKER}-${ODD}"`)).toEqual([]);
    expect(await filesWith(folder.path, `${ODD}.2`)).not.toEqual([]);
    expect(await gateway.stop()).toBe(0);

    const forgotten = await runCli(['devices', 'forget', `${ODD}.2`, '--json', ...inFolder(folder)]);
    expect(lastJson(forgotten, forgottenSchema)).toMatchObject({ removed: true });
    expect(await allForms(folder.path)).toEqual([]);
    const again = await runCli(['devices', 'forget', `${ODD}.2`, ...inFolder(folder)]);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('no such device') });
  });

  it('is finished at the next start when the gateway is killed in the middle of it', async () => {
    await using folder = await temporaryFolder();
    const settings = ['recording.default=on', 'store.flushIntervalMs=20'];
    {
      await using gateway = await startGatewayIn(folder.path, settings);
      await simulate(gateway.mqtt);
      await publishMarked(gateway.mqtt, ODD);
      const url = new URL(`/v1/devices/${ODD}`, gateway.http);
      const answer = fetch(url, { method: 'DELETE' }).catch(() => undefined);
      const marks = async () => (await readdir(join(folder.path, 'errands')).catch(() => [])).join();
      await expect.poll(marks, { interval: 5 }).toMatch(/\.forgetting(,|$)/);
      await gateway.stop('SIGKILL');
      await answer;
    }
    await using gateway = await startGatewayIn(folder.path, settings);
    expect(await allForms(folder.path)).toEqual([]);
    expect(await gateway.stop()).toBe(0);
    expect(await allForms(folder.path)).toEqual([]);
  });

  it('works without a running gateway, too, and says that credentials went as well', async () => {
    await using folder = await temporaryFolder();
    {
      await using gateway = await startGatewayIn(folder.path);
      await simulate(gateway.mqtt);
      await eventually(
        () => gateway.get('/v1/ledger', ledgerSchema),
        ({ windows }) => windows.stored > 20 && windows.pending === 0,
      );
      expect(await gateway.stop()).toBe(0);
    }
    expect(await filesWith(join(folder.path, 'store'), device)).not.toEqual([]);
    await runCli(['devices', 'add', device, ...inFolder(folder)]);
    const report = lastJson(
      await runCli(['devices', 'forget', device, '--json', ...inFolder(folder)]),
      forgottenSchema,
    );
    expect(report.removed).toBe(true);
    expect(report.parts.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['credentials', 'journal', 'results']),
    );
    expect(await filesWith(folder.path, device)).toEqual([]);
    expect(await readFile(accessFile(folder.path), 'utf8')).not.toContain(device);
  });
});
