import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Fleet, startFleet } from '../../src/recordings/simulation/fleet.js';
import { connectMqttPublisher } from '../../src/recordings/simulation/mqtt-publisher.js';
import { systemClock } from '../../src/shared/clock.js';
import { type LiveMessage, listen } from '../../src/web/client/live-events.js';
import { seriousFindings } from '../helpers/check-accessibility.js';
import { freePort } from '../helpers/free-port.js';
import {
  lastJson,
  type RunningGateway,
  runCli,
  startGatewayIn,
  startGatewayProcess,
} from '../helpers/run-cli.js';
import { startChromium, type TestBrowser } from '../helpers/start-chromium.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const HISTORY_MS = 240_000;

let gateway: RunningGateway;
let fleet: Fleet;
let chromium: TestBrowser;

beforeAll(async () => {
  gateway = await startGatewayProcess();
  chromium = await startChromium();
  fleet = await startFleet({
    url: gateway.mqtt,
    phones: 3,
    seed: 5,
    format: 'sensor-logger',
    rateHz: 50,
    pace: 'catch-up',
    startMs: Date.now() - HISTORY_MS,
    connections: 'shared',
    clock: systemClock,
  });
});

afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  await chromium[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

const numberOf = (page: Page, selector: string): Promise<number> => page.locator(selector).count();

describe('the list of devices', () => {
  it('shows every phone with its statuses and its timelines', async () => {
    const { page, errors } = await chromium.open();
    await page.goto(gateway.http);
    await expect.poll(() => numberOf(page, '.device')).toBe(3);
    await expect.poll(() => numberOf(page, '.bands rect.yes')).toBeGreaterThan(0);
    await expect.poll(() => numberOf(page, '.bands rect.no')).toBeGreaterThan(0);
    expect(await numberOf(page, '.chip[data-target=conversation]')).toBe(3);
    expect(await seriousFindings(page)).toEqual([]);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('changes with the statuses, without being loaded again', async () => {
    const { page, context } = await chromium.open();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const timesAsked = (path: string): number => asked.filter((each) => each === path).length;
    await page.goto(gateway.http);
    await page.waitForSelector('.connection.live');
    await page.evaluate('window.notLoadedAgain = true');
    const change = await nextChange();
    const { device, target, status } = change;
    await page.waitForSelector(
      `.device[data-device="${device}"] .chip[data-target="${target}"][data-status="${status}"]`,
    );
    expect(await page.evaluate('window.notLoadedAgain')).toBe(true);
    await expect.poll(() => timesAsked('/v1/devices')).toBeGreaterThan(1);
    // Nobody looks for company here.
    expect(timesAsked('/v1/company')).toBe(1);
    await context.close();
  });

  it('fits on 360 pixels, light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, context } = await chromium.open({ viewport: { width: 360, height: 740 }, colorScheme });
      const contents = {
        '#/devices': '.bands rect',
        [`#/devices/${fleet.devices[0]}`]: '.chart[aria-busy=false] canvas',
        '#/gateway': '[data-part=store]',
      };
      for (const [address, content] of Object.entries(contents)) {
        await page.goto(`${gateway.http}/${address}`);
        await page.waitForSelector(content);
        expect(await page.evaluate('document.documentElement.scrollWidth'), address).toBeLessThanOrEqual(360);
        expect(await seriousFindings(page), `${colorScheme} ${address}`).toEqual([]);
      }
      const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(ground).toBe(colorScheme === 'dark' ? 'rgb(14, 21, 24)' : 'rgb(244, 246, 247)');
      await context.close();
    }
  });
});

it('breaks words that are longer than a narrow page', async () => {
  const { page, context } = await chromium.open({ viewport: { width: 360, height: 740 } });
  const text = 'x'.repeat(90);
  const reason = { code: 'store', text };
  const statuses = [{ target: 'accompanied', status: 'unknown', confidence: 0, sinceMs: 0, reason }];
  const { devices } = await gateway.get('/v1/devices', z.object({ devices: z.array(z.looseObject({})) }));
  const json = { devices: devices.map((device) => ({ ...device, statuses })), complete: true };
  await page.route('**/v1/devices', (route) => route.fulfill({ json }));
  const health = { ready: false, parts: [{ name: 'store', ok: false, detail: text }] };
  await page.route('**/health/ready', (route) => route.fulfill({ json: health }));
  for (const address of [`#/devices/${fleet.devices[0]}`, '#/gateway']) {
    await page.goto(`${gateway.http}/${address}`);
    await page.getByText(text).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth'), address).toBeLessThanOrEqual(360);
  }
  await context.close();
});

describe('one device', () => {
  it('shows bands that can be zoomed and read by keys, and the same as a table', async () => {
    const { page, errors, context } = await chromium.open();
    await page.goto(`${gateway.http}/#/devices/${fleet.devices[1]}`);
    await page.getByRole('button', { name: '15 min' }).click();
    await page.waitForSelector('.chart canvas');
    const chart = page.getByRole('application');
    const span = async (): Promise<number> => {
      const [from, to] = ((await chart.getAttribute('data-visible')) ?? '').split('/').map(Number);
      return (to ?? 0) - (from ?? 0);
    };
    const before = await span();
    await chart.focus();
    for (let press = 0; press < 4; press++) await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('+');
    await expect.poll(span).toBeLessThan(before * 0.6);
    await expect
      .poll(() => page.locator('.reading').textContent())
      .toMatch(/accompanied: .*probability \d+ %.*coverage \d+ %/);
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Table' }).click();
    await expect.poll(() => numberOf(page, '.intervals tbody tr')).toBeGreaterThan(3);
    expect(await page.locator('.intervals tbody').textContent()).toMatch(/alone|accompanied/);
    await expect.poll(() => numberOf(page, '.days .day-bar')).toBeGreaterThan(0);
    expect(await seriousFindings(page)).toEqual([]);
    expect(errors).toEqual([]);
    await context.close();
  });

  it('says that there is none of a name, rather than that nothing is known of it', async () => {
    const { page, context } = await chromium.open();
    await page.goto(`${gateway.http}/#/devices/nobody`);
    await page.getByText('There is no device of this name').waitFor();
    expect(await numberOf(page, '.chip, .chart, .problem')).toBe(0);
    await context.close();
  });

  it('says what is wrong with a range, where it was typed', async () => {
    const { page, context } = await chromium.open();
    await page.goto(`${gateway.http}/#/devices/${fleet.devices[0]}`);
    await page.getByRole('button', { name: 'From … to …' }).click();
    const ask = async (from: string, to: string): Promise<string | null> => {
      await page.getByLabel('From', { exact: true }).fill(from);
      await page.getByLabel('to', { exact: true }).fill(to);
      await page.getByRole('button', { name: 'Show', exact: true }).click();
      return await page.getByRole('alert').first().textContent();
    };
    expect(await ask('2026-01-02T00:00:00', '2026-01-01T00:00:00')).toContain('after the end');
    expect(await ask('2016-01-01T00:00:00', '2026-01-01T00:00:00')).toContain('at most 366 days');
    await context.close();
  });
});

it('the gateway page shows health and a ledger that balances', async () => {
  const { page, context } = await chromium.open();
  await page.goto(`${gateway.http}/#/gateway`);
  await expect.poll(() => numberOf(page, '[data-part=store]')).toBe(1);
  expect(await page.locator('main').textContent()).toContain('Ready');
  expect(await page.locator('main').textContent()).toContain('It balances');
  expect(await page.locator('main').textContent()).toContain('accompany-demo');
  await context.close();
});

it('comes back when the gateway does', async () => {
  await using folder = await temporaryFolder();
  const settings = [`http.port=${await freePort()}`];
  await using first = await startGatewayIn(folder.path, settings);
  const { page, context } = await chromium.open();
  await page.goto(first.http);
  await page.waitForSelector('.connection.live');
  await first.stop('SIGKILL');
  await page.waitForSelector('.connection.lost');
  await using _second = await startGatewayIn(folder.path, settings);
  await page.waitForSelector('.connection.live');
  await context.close();
});

it('asks for a token where one is needed, and keeps it', async () => {
  await using folder = await temporaryFolder();
  const set = ['--set', `dataDir=${folder.path}`];
  const made = await runCli(['tokens', 'create', '--name', 'me', '--scope', 'read', '--json', ...set]);
  const { token } = lastJson(made, z.object({ token: z.string() }));
  await using closed = await startGatewayIn(folder.path);
  const { page, context } = await chromium.open();
  await page.goto(closed.http);
  await page.getByLabel('Token').fill('alongside_wrong');
  await page.getByRole('button', { name: 'Show the dashboard' }).click();
  expect(await page.getByRole('alert').textContent()).toContain('wrong');
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Show the dashboard' }).click();
  await page.waitForSelector('.connection.live');
  await page.reload();
  await page.waitForSelector('.connection.live');
  await page.getByText('No device has sent anything yet').waitFor();
  // A read token is offered nothing that would be refused, and told what it lacks.
  expect(await page.getByRole('button', { name: 'Add a phone' }).count()).toBe(0);
  expect(await page.locator('main').textContent()).toContain('A token with the scope admin adds phones here');
  await using publisher = await connectMqttPublisher({ url: closed.mqtt, clientIds: undefined });
  const accelerometer = { timeMs: [Date.now()], x: [0], y: [0], z: [9.8] };
  publisher.publish(0, 'alongside/anna/sensors', JSON.stringify({ sensors: { accelerometer } }));
  await publisher.settled(0);
  await page.getByRole('link', { name: 'anna' }).click();
  await page.getByText('A token with the scope ingest is needed').waitFor();
  expect(await page.locator('[data-place=pocket]').isDisabled()).toBe(true);
  await page.getByRole('link', { name: 'Notifications' }).click();
  await page.getByText('A token with the scope admin is needed to see webhooks').waitFor();
  await page.getByText('A token with the scope admin is needed to make rules').waitFor();
  expect(await page.locator('form').count()).toBe(0);
  expect(await page.getByRole('alert').count()).toBe(0);
  await page.evaluate("localStorage.setItem('alongside.token', 'alongside_wrong')");
  await page.reload();
  await page.getByText('token refused').waitFor();
  await context.close();
});

it('says that the store does not answer, rather than that there is nothing', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  await using away = await startGatewayProcess(['store.type=influxdb', `store.influxdb.url=${url}`]);
  const answer = await fetch(new URL('/v1/devices/anna/timeline?target=accompanied', away.http));
  expect(await answer.json()).toMatchObject({ status: 503, type: 'urn:alongside:problem:store' });
  const { page, context } = await chromium.open();
  await page.goto(away.http);
  await page.getByText('The store does not answer: devices').waitFor();
  expect(await page.locator('main').textContent()).not.toContain('No device has sent anything yet');
  await page.goto(`${away.http}/#/devices/anna`);
  const main = page.locator('main');
  await expect
    .poll(() => page.getByText('The store does not answer at the moment').count())
    .toBeGreaterThanOrEqual(2);
  await page.getByRole('button', { name: 'Table' }).click();
  expect(await main.textContent()).not.toContain('Nothing is known');
  await page.getByRole('button', { name: 'windows', exact: true }).click();
  await expect
    .poll(() => page.getByText('The store does not answer at the moment').count())
    .toBeGreaterThanOrEqual(3);
  await context.close();
});

type Change = Extract<LiveMessage, { readonly type: 'status' }>['data'];

/** The next change of a status that the gateway tells. */
async function nextChange(): Promise<Change> {
  const end = new AbortController();
  const signal = AbortSignal.any([end.signal, AbortSignal.timeout(100_000)]);
  let found: Change | undefined;
  await listen({
    baseUrl: gateway.http,
    types: ['status'],
    signal,
    onMessage: (message) => {
      if (message.type !== 'status' || message.data.kind !== 'change') return;
      found ??= message.data;
      end.abort();
    },
  });
  if (found === undefined) throw new Error('no status changed');
  return found;
}
