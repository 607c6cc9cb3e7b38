import { afterAll, beforeAll, expect, it } from 'vitest';
import { seriousFindings } from '../helpers/check-accessibility.js';
import { type RunningGateway, startGatewayProcess } from '../helpers/run-cli.js';
import { startChromium, type TestBrowser } from '../helpers/start-chromium.js';
import { startHttpServer } from '../helpers/start-http-server.js';

let gateway: RunningGateway;
let chromium: TestBrowser;

beforeAll(async () => {
  gateway = await startGatewayProcess(['webhooks.allowPrivate=true']);
  chromium = await startChromium();
});

afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

it('webhooks are made, tried, given new secrets and removed', async () => {
  const received: string[] = [];
  await using receiver = await startHttpServer((request, response) => {
    received.push(request.headers['webhook-id'] === undefined ? 'unsigned' : 'signed');
    response.writeHead(204).end();
  });
  const { page, context } = await chromium.open();
  await page.goto(`${gateway.http}/#/notifications`);
  await page.getByLabel('Address').fill('ftp://example.org/hook');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.locator('form [role=alert]').first().waitFor();
  await page.getByLabel('Address').fill(`${receiver.url}/hook`);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect.poll(() => page.locator('.secret').first().textContent()).toMatch(/^whsec_/);
  await page.getByRole('button', { name: 'Send a test' }).click();
  await expect.poll(() => page.locator('[data-webhook] .good').first().textContent()).toContain('204');
  expect(received).toEqual(['signed']);
  await page.getByRole('button', { name: 'Delivery log' }).click();
  await page.getByRole('button', { name: 'Send again: webhook.test' }).waitFor();
  await page.getByRole('button', { name: 'New secret' }).click();
  await expect.poll(() => page.locator('[data-webhook] .secret').textContent()).toMatch(/^whsec_/);
  expect(await seriousFindings(page)).toEqual([]);
  page.once('dialog', (dialog) => void dialog.accept());
  await page.getByRole('button', { name: 'Remove' }).click();
  await expect.poll(() => page.locator('[data-webhook]').count()).toBe(0);
  await context.close();
});

it('alert rules are made, refused where they contradict, and removed', async () => {
  const { page, context } = await chromium.open();
  await page.goto(`${gateway.http}/#/notifications`);
  const add = async (minutes: string): Promise<void> => {
    await page.getByLabel('Name', { exact: true }).fill('long-alone');
    await page.getByLabel('minutes').fill(minutes);
    await page.getByRole('button', { name: 'Add rule' }).click();
  };
  // Thirteen hours do not fit between 8 and 20 h.
  await add('780');
  await page.locator('[aria-labelledby=alerts] [role=alert]').waitFor();
  await add('240');
  await page.locator('[data-rule=long-alone]').waitFor();
  expect(await page.locator('[data-rule=long-alone]').textContent()).toContain(
    'accompanied is no for 240 min',
  );
  await page.getByRole('button', { name: 'Remove long-alone' }).click();
  await expect.poll(() => page.locator('[data-rule]').count()).toBe(0);
  await context.close();
});
