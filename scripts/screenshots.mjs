// Writes pictures of the pages of a running demo into tests/e2e/screenshots; with --readme also the two small ones of the
// README. It begins when the demo has caught up with its history.
//   node scripts/screenshots.mjs [--history 60] [--readme]
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { chromium, devices } from 'playwright-core';
import sharp from 'sharp';

const { values: flags } = parseArgs({
  options: { history: { type: 'string', default: '60' }, readme: { type: 'boolean', default: false } },
});
const root = join(import.meta.dirname, '..');
const folder = join(root, 'tests/e2e/screenshots');
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 360, height: 780 };
/** Charts are drawn and labelled after their data has come. */
const SETTLE_MS = 2500;
const SENSOR_PERIOD_MS = 20;
const CATCH_UP_MS = 600_000;
const RECENT_MS = 10_000;

mkdirSync(folder, { recursive: true });
const demo = spawn(process.execPath, [join(root, 'dist/main.js'), 'demo', '--history', flags.history], {
  stdio: ['ignore', 'ignore', 'pipe'],
});
const url = await addressOf(demo);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    ...['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    '--enable-features=GenericSensorExtraClasses',
  ],
});
try {
  await caughtUp();
  for (const colorScheme of ['light', 'dark']) await shootDashboard(colorScheme);
  await shootNarrow();
  await shootPhone();
  if (flags.readme) await writeReadmeImages();
} finally {
  await browser.close();
  demo.kill('SIGINT');
}

/** The phones have sent their history once each has windows of just now. */
async function caughtUp() {
  const deadlineMs = Date.now() + CATCH_UP_MS;
  for (;;) {
    const { devices: phones } = await answerOf('/v1/devices');
    const isNow = await Promise.all(phones.map(({ id }) => hasWindowsOfNow(id)));
    if (isNow.length > 0 && isNow.every(Boolean)) return;
    if (Date.now() > deadlineMs) throw new Error('the demo did not catch up with its history');
    await sleep(1000);
  }
}

async function hasWindowsOfNow(device) {
  const from = new Date(Date.now() - RECENT_MS).toISOString();
  return (await answerOf(`/v1/devices/${device}/windows?from=${from}`)).windows.length > 0;
}

async function answerOf(path) {
  return await (await fetch(url + path)).json();
}

async function shootDashboard(colorScheme) {
  const page = await browser.newPage({ viewport: WIDE, colorScheme });
  const shoot = (name, fullPage = true) =>
    page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), fullPage });
  await page.goto(url);
  await page.waitForSelector('.bands rect.yes');
  await sleep(SETTLE_MS);
  await shoot('dashboard', false);
  await page.click('.device .name');
  await page.waitForSelector('.chart canvas');
  await sleep(SETTLE_MS);
  await shoot('device');
  await page.getByRole('button', { name: 'Table' }).click();
  await shoot('table', false);
  await page.goto(`${url}/#/gateway`);
  await page.waitForSelector('[data-part]');
  await shoot('gateway');
  await page.goto(`${url}/#/notifications`);
  await page.waitForSelector('#new-webhook');
  await shoot('notifications');
  await page.goto(url);
  await page.getByRole('button', { name: 'Add a phone' }).click();
  await page.getByLabel('Name of the phone').fill(`anna-${colorScheme}`);
  await page.getByRole('button', { name: 'Make a link' }).click();
  await page.waitForSelector('.qr');
  await shoot('add-phone', false);
  await page.close();
}

async function shootNarrow() {
  const page = await browser.newPage({ viewport: NARROW, deviceScaleFactor: 2 });
  await page.goto(url);
  await page.waitForSelector('.bands rect.yes');
  await sleep(SETTLE_MS);
  await page.screenshot({ path: join(folder, 'dashboard-phone-width.png') });
  await page.click('.device .name');
  await sleep(SETTLE_MS);
  await page.screenshot({ path: join(folder, 'device-phone-width.png'), fullPage: true });
  await page.close();
}

async function shootPhone() {
  const context = await browser.newContext(devices['Pixel 7']);
  const page = await context.newPage();
  await emulateMotion(context, page);
  const { path } = await (
    await fetch(`${url}/v1/join-tokens`, {
      method: 'POST',
      body: JSON.stringify({ device: 'anna' }),
      headers: { 'content-type': 'application/json' },
    })
  ).json();
  await page.goto(url + path);
  await page.waitForSelector('h1');
  await page.screenshot({ path: join(folder, 'phone-consent.png'), fullPage: true });
  await page.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByRole('button', { name: 'Start streaming' }).click();
  await page.waitForSelector('[data-part=status] .chip', { timeout: 90_000 });
  await page.getByRole('button', { name: 'With somebody' }).click();
  await sleep(SETTLE_MS);
  await page.screenshot({ path: join(folder, 'phone.png'), fullPage: true });
  await context.close();
}

async function emulateMotion(context, page) {
  const session = await context.newCDPSession(page);
  const types = ['accelerometer', 'gyroscope', 'magnetometer'];
  const metadata = { available: true, minimumFrequency: 1, maximumFrequency: 60 };
  for (const type of types) {
    await session.send('Emulation.setSensorOverrideEnabled', { enabled: true, type, metadata });
  }
  let step = 0;
  const timer = setInterval(() => {
    step += 1;
    const xyz = { x: Math.sin(step / 7), y: Math.cos(step / 5), z: 9.8 + Math.sin(step / 11) };
    for (const type of types) {
      session
        .send('Emulation.setSensorOverrideReadings', { type, reading: { xyz } })
        .catch(() => clearInterval(timer));
    }
  }, SENSOR_PERIOD_MS);
}

async function writeReadmeImages() {
  const target = join(root, 'docs/images');
  mkdirSync(target, { recursive: true });
  const images = [
    { from: 'dashboard-light.png', to: 'dashboard.webp', width: 1100 },
    { from: 'phone.png', to: 'phone.webp', width: 330 },
  ];
  for (const { from, to, width } of images) {
    await sharp(join(folder, from)).resize({ width }).webp({ quality: 82 }).toFile(join(target, to));
  }
}

async function addressOf({ stderr }) {
  for await (const line of createInterface({ input: stderr })) {
    const [, address] = /Look at (http\S+)/.exec(line) ?? [];
    if (address !== undefined) {
      stderr.resume();
      return address;
    }
  }
  throw new Error('the demo did not start');
}
