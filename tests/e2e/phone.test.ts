import { join } from 'node:path';
import jsQR from 'jsqr';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ledgerSchema } from '../helpers/api-schemas.js';
import { seriousFindings } from '../helpers/check-accessibility.js';
import { emulateDeviceMotion } from '../helpers/emulate-device-motion.js';
import { emulateMotion } from '../helpers/emulate-motion.js';
import { eventually } from '../helpers/eventually.js';
import {
  lastJson,
  type RunningGateway,
  runCli,
  startGatewayIn,
  startGatewayProcess,
} from '../helpers/run-cli.js';
import { startChromium, type TestBrowser } from '../helpers/start-chromium.js';
import { startProxy } from '../helpers/start-proxy.js';
import { type TemporaryFolder, temporaryFolder } from '../helpers/temporary-folder.js';

const deviceSchema = z.object({
  online: z.boolean(),
  sensors: z.array(z.object({ sensor: z.string(), rateHz: z.number() })),
  delivery: z.object({ messages: z.number(), missing: z.number() }),
  samples: z.record(z.string(), z.number()),
});
const windowsSchema = z.object({ windows: z.array(z.object({ endMs: z.number(), coverage: z.number() })) });

let folder: TemporaryFolder;
let gateway: RunningGateway;
let token: string;
let chromium: TestBrowser;

beforeAll(async () => {
  folder = await temporaryFolder();
  const set = ['--set', `dataDir=${folder.path}`];
  const made = await runCli(['tokens', 'create', '--name', 'me', '--scope', 'admin', '--json', ...set]);
  ({ token } = lastJson(made, z.object({ token: z.string() })));
  gateway = await startGatewayIn(folder.path, [
    'devices.ben.recording=on',
    'models.active=[accompany-demo, apparel]',
  ]);
  chromium = await startChromium([
    '--enable-features=GenericSensorExtraClasses',
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
  ]);
});

afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function ask<T>(path: string, schema: z.ZodType<T>, init: RequestInit = {}): Promise<T> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(new URL(path, gateway.http), { ...init, headers });
  return schema.parse(await response.json());
}

async function invite(device: string, replace = false): Promise<string> {
  const body = JSON.stringify({ device, replace });
  const answer = await ask('/v1/join-tokens', z.object({ path: z.string() }), { method: 'POST', body });
  return answer.path;
}

async function joinBy(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Join' }).click();
}

const figure = async (page: Page, name: string): Promise<number> =>
  Number((await page.locator(`[data-figure=${name}]`).textContent()) ?? '');

describe('joining', () => {
  it('works by the code on the dashboard, which is good for one phone', async () => {
    const { page: dashboard, context } = await chromium.open();
    await dashboard.goto(gateway.http);
    await dashboard.getByLabel('Token').fill(token);
    await dashboard.getByRole('button', { name: 'Show the dashboard' }).click();
    await dashboard.getByRole('button', { name: 'Add a phone' }).click();
    await dashboard.getByLabel('Name of the phone').fill('Anna Müller');
    expect(await dashboard.locator('[data-part=id]').textContent()).toContain('listed as Anna-Mueller.');
    await dashboard.getByRole('button', { name: 'Make a link' }).click();
    const code = await dashboard.locator('.qr').screenshot();
    expect(await seriousFindings(dashboard)).toEqual([]);
    const [hint, qr] = [dashboard.locator('dialog .problem'), dashboard.locator('.qr')];
    expect(await hint.textContent()).toContain('Only this machine');
    expect((await hint.boundingBox())?.y).toBeLessThan((await qr.boundingBox())?.y ?? 0);

    const link = await readCode(code);
    expect(link).toMatch(new RegExp(`^${gateway.http}/phone#`));
    const { page, context: phone } = await chromium.open();
    await page.goto(link);
    expect(await page.getByRole('button', { name: 'Join' }).isDisabled()).toBe(true);
    expect(await seriousFindings(page)).toEqual([]);
    await joinBy(page, link);
    await page.waitForSelector('.link.connected');
    expect(page.url()).toBe(`${gateway.http}/phone`);
    await phone.close();
    await dashboard.getByText('Anna-Mueller has joined').waitFor();
    expect(await dashboard.locator('.qr').count()).toBe(0);
    await context.close();

    const { page: second, context: other } = await chromium.open();
    await joinBy(second, link);
    expect(await second.getByRole('alert').textContent()).toContain('used already');
    await other.close();
  });

  it('says what is wrong with a link, and that a name is taken', async () => {
    const { page, context } = await chromium.open();
    await joinBy(page, `${gateway.http}/phone#nonsense`);
    expect(await page.getByRole('alert').textContent()).toContain('not right');
    await context.close();
    await invite('twin');
    const first = await chromium.open();
    await joinBy(first.page, `${gateway.http}${await invite('twin')}`);
    await first.page.waitForSelector('.link.connected');
    const again = await fetch(new URL('/v1/join-tokens', gateway.http), {
      method: 'POST',
      body: JSON.stringify({ device: 'twin' }),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
    expect(again.status).toBe(409);
    // A second phone may take its place; then the first says that it is out.
    const second = await chromium.open();
    await joinBy(second.page, `${gateway.http}${await invite('twin', true)}`);
    await second.page.waitForSelector('.link.connected');
    await first.page.waitForSelector('.link.refused');
    expect(await first.page.getByRole('alert').textContent()).toContain(
      'another phone joined under its name',
    );
    await first.context.close();
    await second.context.close();
  });

  it('says what to do where the page was loaded without encryption', async () => {
    // A name that browsers do not hold for this machine.
    const insecure = await startChromium(['--host-resolver-rules=MAP gateway.test 127.0.0.1']);
    const { page } = await insecure.open();
    await page.goto(`http://gateway.test:${new URL(gateway.http).port}/phone#token`);
    expect(await page.getByRole('alert').textContent()).toContain('without encryption');
    expect(await page.locator('main').textContent()).toContain('alongside certs self-signed');
    expect(await seriousFindings(page)).toEqual([]);
    await insecure[Symbol.asyncDispose]();
  });
});

describe('streaming', () => {
  it('makes windows of what the sensors say, hears the answer, and sends labels and pictures', async () => {
    const { page, context, errors } = await chromium.open();
    await using _motion = await emulateMotion(page);
    await joinBy(page, `${gateway.http}${await invite('ben')}`);
    await page.getByRole('button', { name: 'Start streaming' }).click();
    for (const sensor of ['accelerometer', 'gyroscope', 'magnetometer']) {
      await page.waitForSelector(`[data-sensor=${sensor}][data-state=streaming]`);
    }
    await expect.poll(() => figure(page, 'rate')).toBeGreaterThan(10);
    const { windows } = await eventually(
      () => ask('/v1/devices/ben/windows', windowsSchema),
      (answer) => answer.windows.length >= 4,
    );
    expect(windows.length).toBeGreaterThanOrEqual(4);
    await expect.poll(() => page.locator('[data-part=status] .chip').count()).toBe(2);
    const device = await ask('/v1/devices/ben', deviceSchema);
    expect(device.delivery.missing).toBe(0);
    expect(device.sensors.map(({ sensor }) => sensor).sort()).toEqual([
      'accelerometer',
      'gyroscope',
      'magnetometer',
    ]);
    const before = await ask('/v1/ledger', ledgerSchema);
    await page.getByRole('button', { name: 'In conversation' }).click();
    expect(await page.locator('[data-label=conversation]').getAttribute('aria-pressed')).toBe('true');
    await page.getByLabel('Seconds between pictures').selectOption('5');
    await page.getByRole('switch').check();
    await expect
      .poll(() => page.locator('section[aria-labelledby=camera]').textContent())
      .toMatch(/[1-9]\d* sent/);
    const after = await ask('/v1/ledger', ledgerSchema);
    expect(after.messages.rejected).toEqual(before.messages.rejected);
    expect(after.balanced).toBe(true);
    expect(await seriousFindings(page)).toEqual([]);
    expect(errors).toEqual([]);
    await context.close();
  });

  it('has no buttons for labels that nobody keeps, and says why', async () => {
    const { page, context } = await chromium.open();
    await joinBy(page, `${gateway.http}${await invite('gina')}`);
    const words = page.locator('[data-part=not-recorded]');
    await words.waitFor();
    expect(await words.textContent()).toContain('devices.gina.recording=on');
    expect(await page.locator('[data-label]').count()).toBe(0);
    expect(await seriousFindings(page)).toEqual([]);
    await context.close();
  });

  it('loses no sample while the network is away', async () => {
    await using network = await startProxy(Number(new URL(gateway.http).port));
    const { page, context } = await chromium.open();
    await using _motion = await emulateMotion(page);
    await joinBy(page, `http://127.0.0.1:${network.port}${await invite('cleo')}`);
    await page.getByRole('button', { name: 'Start streaming' }).click();
    await eventually(
      () => ask('/v1/devices/cleo/windows', windowsSchema),
      ({ windows }) => windows.length >= 2,
    );
    network.cut();
    const cutMs = Date.now();
    await page.waitForSelector('.link.lost');
    await expect.poll(() => figure(page, 'unsent')).toBeGreaterThan(5);
    const backMs = Date.now();
    network.resume();
    await page.waitForSelector('.link.connected');
    await expect.poll(() => figure(page, 'unsent')).toBeLessThan(3);
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect.poll(() => page.locator('.state.streaming').count()).toBe(0);
    await expect.poll(() => figure(page, 'unsent')).toBe(0);
    const device = await ask('/v1/devices/cleo', deviceSchema);
    expect(device.delivery.missing).toBe(0);
    for (const fate of ['late', 'future', 'past', 'invalid', 'overflow'])
      expect(device.samples[fate]).toBe(0);
    // A browser that has no time reads a sensor less often, so there may be fewer than one a step.
    const { windows } = await ask('/v1/devices/cleo/windows', windowsSchema);
    expect(windows.filter(({ endMs }) => endMs > cutMs && endMs < backMs)).not.toEqual([]);
    await context.close();
  });

  it('streams what is there where a sensor is missing, and says which', async () => {
    const { page, context } = await chromium.open();
    await using _motion = await emulateMotion(page, ['accelerometer', 'gyroscope']);
    await joinBy(page, `${gateway.http}${await invite('dora')}`);
    await page.getByRole('button', { name: 'Start streaming' }).click();
    await page.waitForSelector('[data-sensor=gyroscope][data-state=streaming]');
    await page.waitForSelector('[data-sensor=magnetometer][data-state=missing]');
    expect(await page.locator('main').textContent()).toContain('This browser has no magnetometer');
    const device = await eventually(
      () => ask('/v1/devices/dora', deviceSchema),
      ({ sensors }) => sensors.length === 2,
    );
    expect(device.sensors.map(({ sensor }) => sensor).sort()).toEqual(['accelerometer', 'gyroscope']);
    await context.close();
  });

  it('reads DeviceMotion events where the browser has no sensor of its own, once it was allowed to', async () => {
    const { page, context } = await chromium.open();
    await emulateDeviceMotion(page);
    await joinBy(page, `${gateway.http}${await invite('fred')}`);
    await page.getByRole('button', { name: 'Start streaming' }).click();
    await page.waitForSelector('[data-sensor=accelerometer][data-state=streaming]');
    await page.waitForSelector('[data-sensor=gyroscope][data-state=streaming]');
    await page.waitForSelector('[data-sensor=magnetometer][data-state=missing]');
    const device = await eventually(
      () => ask('/v1/devices/fred', deviceSchema),
      ({ sensors }) => sensors.length === 2,
    );
    expect(device.sensors.map(({ sensor }) => sensor).sort()).toEqual(['accelerometer', 'gyroscope']);
    await context.close();
  });

  it('says so when the sensors are refused', async () => {
    const { page, context } = await chromium.open();
    await using _motion = await emulateMotion(page);
    await joinBy(page, `${gateway.http}${await invite('emil')}`);
    // What is not granted is denied from then on.
    await context.grantPermissions(['geolocation']);
    await page.getByRole('button', { name: 'Start streaming' }).click();
    await page.waitForSelector('[data-sensor=accelerometer][data-state=refused]');
    expect(await page.getByRole('alert').textContent()).toContain('Allow motion sensors for this site');
    await context.close();
  });
});

it('streams over wss to the address of the page where that has a certificate', async () => {
  await using place = await temporaryFolder();
  const certificate = await runCli(['certs', 'self-signed', '--out', place.path, '--host', '127.0.0.1']);
  expect(certificate.code, certificate.stderr).toBe(0);
  const [certFile, keyFile] = [join(place.path, 'cert.pem'), join(place.path, 'key.pem')];
  await using secure = await startGatewayProcess([`http.tls={certFile: ${certFile}, keyFile: ${keyFile}}`]);
  const { page, context } = await chromium.open({ ignoreHTTPSErrors: true });
  await using _motion = await emulateMotion(page);
  const sockets: string[] = [];
  page.on('websocket', (socket) => sockets.push(socket.url()));
  await page.goto(secure.http);
  const invitation = await page.evaluate(async () => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ device: 'gina' });
    return await (await fetch('/v1/join-tokens', { method: 'POST', headers, body })).json();
  });
  const { path } = z.object({ path: z.string() }).parse(invitation);
  await joinBy(page, `${secure.http}${path}`);
  await page.getByRole('button', { name: 'Start streaming' }).click();
  const device = await eventually(
    async () =>
      deviceSchema.safeParse(await page.evaluate(async () => (await fetch('/v1/devices/gina')).json())).data,
    (answer) => answer?.sensors.length === 3,
  );
  expect(device?.sensors).toHaveLength(3);
  expect(sockets).toContain(`${secure.http.replace('https:', 'wss:')}/mqtt`);
  await context.close();
});

it('can be installed, and opens while the gateway is away', async () => {
  await using network = await startProxy(Number(new URL(gateway.http).port));
  const { page, context } = await chromium.open();
  await page.goto(`http://127.0.0.1:${network.port}/phone`);
  await page.evaluate('navigator.serviceWorker.ready');
  const session = await context.newCDPSession(page);
  const { errors } = await session.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // The profile of a test is one that keeps nothing.
  expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(['in-incognito']);
  network.cut();
  await page.reload();
  expect(await page.locator('h1').textContent()).toBe('Join with a link');
  await context.close();
});

async function readCode(png: Buffer): Promise<string> {
  const { data, info } = await sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return jsQR.default(new Uint8ClampedArray(data), info.width, info.height)?.data ?? 'not readable';
}
