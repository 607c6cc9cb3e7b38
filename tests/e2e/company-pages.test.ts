import type { Locator } from 'playwright-core';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { seriousFindings } from '../helpers/check-accessibility.js';
import { startGatewayProcess } from '../helpers/run-cli.js';
import { startChromium } from '../helpers/start-chromium.js';
import { createWalkers } from '../helpers/walkers.js';

const SECONDS = 500;
const NAMES = ['anna', 'ben', 'cleo'];
/** Of the light theme. */
const BRAND = 'rgb(15, 118, 110)';
const SETTINGS = ['logLevel=error', 'company.enabled=true', 'company.maxClockErrorMs=86400000'];

async function boxOf(place: Locator): Promise<{ x: number; y: number; width: number }> {
  const box = await place.boundingBox();
  if (box === null) throw new Error('it is not drawn');
  return box;
}

it('the dashboard draws with whom a device was, and says who is together now', async () => {
  const agreed = [...NAMES, 'eve'].map((name) => `devices.${name}.company=on`);
  await using gateway = await startGatewayProcess([...SETTINGS, ...agreed]);
  const startMs = Date.now() - SECONDS * 1000;
  await createWalkers(NAMES, { seconds: SECONDS, seed: 3, startMs }).walk(gateway.mqtt, 0, SECONDS, {
    anna: 'eve',
  });
  await using chromium = await startChromium();
  const { page, errors } = await chromium.open();
  await page.goto(gateway.http);
  const band = page.locator('.device[data-device=anna] .company').first();
  await band.locator('rect.yes').first().waitFor({ state: 'attached' });
  expect(await band.innerText()).toMatch(/^with (ben|cleo)/);
  expect(await band.locator('svg').getAttribute('aria-label')).toMatch(/^With (ben|cleo): /);
  expect(await page.evaluate("getComputedStyle(document.querySelector('.company .yes')).fill")).toBe(BRAND);
  const own = await boxOf(band.locator('svg'));
  const timelines = await boxOf(page.locator('.device[data-device=anna] .row-bands svg'));
  expect([own.x, own.width]).toEqual([timelines.x, timelines.width]);
  await page.mouse.move(own.x + own.width - 2, own.y + 2);
  expect(await band.locator('.moment').innerText()).toMatch(/with (ben|cleo)$/);
  await expect
    .poll(() => page.locator('[data-part=together]').innerText())
    .toMatch(/^(Together now: |Nobody is found)/);
  await expect
    .poll(() => page.locator('.device[data-device=eve] [data-part=no-company]').innerText())
    .toContain('same movement as anna');
  expect(await seriousFindings(page)).toEqual([]);
  expect(errors).toEqual([]);
});

it('the page for phones asks in plain words whether a phone takes part, and takes the answer', async () => {
  await using gateway = await startGatewayProcess(SETTINGS);
  const invited = await fetch(new URL('/v1/join-tokens', gateway.http), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"device":"dora"}',
  });
  const { path } = z.object({ path: z.string() }).parse(await invited.json());
  await using chromium = await startChromium();
  const { page, errors } = await chromium.open();
  await page.goto(new URL(path, gateway.http).href);
  await page.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Join' }).click();
  const asked = page.locator('[data-part=choice]');
  await expect.poll(() => asked.innerText()).toContain('takes no part');
  await page.locator('[data-choice=yes]').click();
  await expect.poll(() => asked.innerText()).toContain('This phone takes part');
  await page.reload();
  await expect.poll(() => page.locator('[data-choice=yes]').getAttribute('aria-pressed')).toBe('true');
  expect(errors).toEqual([]);
});
