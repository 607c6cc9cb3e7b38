import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { STATUSES, type Status } from '../../src/domain/status.js';
import type { StatusPoint } from '../../src/domain/store.js';
import { openLmdbStore } from '../../src/storage/embedded/lmdb-store.js';
import { formatStatus } from '../../src/web/core/format.js';
import { intervalAt } from '../../src/web/core/intervals.js';
import { deviceId, makeBatch } from '../helpers/make-results.js';
import { type RunningGateway, startGatewayIn } from '../helpers/run-cli.js';
import { type OpenPage, startChromium, type TestBrowser } from '../helpers/start-chromium.js';
import { type TemporaryFolder, temporaryFolder } from '../helpers/temporary-folder.js';

const DEVICE = deviceId('anna');
const TARGETS = ['accompanied', 'conversation'] as const;
const MINUTE_MS = 60_000;
const HISTORY_MINUTES = 8 * 24 * 60;
/** Nothing is known of a few hours, three days ago. */
const HOLE_MINUTES = { from: 4300, to: 4600 };
const RANGES = ['15 min', '6 h', '24 h', '7 days'] as const;
const WIDE = { viewport: { width: 1280, height: 900 }, locale: 'en-US', timezoneId: 'UTC' };
const TOUCH = { viewport: { width: 390, height: 800 }, hasTouch: true, locale: 'en-US', timezoneId: 'UTC' };

const timelineSchema = z.object({
  intervals: z.array(
    z.object({ fromMs: z.number(), toMs: z.number(), status: z.enum(STATUSES), confidence: z.number() }),
  ),
});

let folder: TemporaryFolder;
let gateway: RunningGateway;
let chromium: TestBrowser;

beforeAll(async () => {
  folder = await temporaryFolder();
  await using store = await openLmdbStore({ path: join(folder.path, 'store') });
  await store.write(makeBatch({ statuses: TARGETS.flatMap((target, place) => pointsOf(target, place)) }));
  await store[Symbol.asyncDispose]();
  gateway = await startGatewayIn(folder.path);
  chromium = await startChromium();
});

afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** A status each minute that changes every few minutes, by a rule that is the same in every run. */
function pointsOf(target: string, place: number): StatusPoint[] {
  const lastMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 17_000;
  const statuses: readonly Status[] = ['yes', 'no', 'yes', 'no', 'unknown', 'no'];
  return Array.from({ length: HISTORY_MINUTES }, (_, minutesAgo) => minutesAgo)
    .filter((minutesAgo) => minutesAgo < HOLE_MINUTES.from || minutesAgo > HOLE_MINUTES.to)
    .map((minutesAgo): StatusPoint => {
      const turn = Math.floor(minutesAgo / (4 + place)) * (minutesAgo % 97 < 60 ? 1 : 3);
      const status = statuses[turn % statuses.length] ?? 'no';
      return {
        device: DEVICE,
        target,
        atMs: lastMs - minutesAgo * MINUTE_MS,
        status,
        confidence: status === 'unknown' ? 0 : 0.8,
      };
    });
}

async function openDevice(options: Parameters<TestBrowser['open']>[0], range: string): Promise<OpenPage> {
  const opened = await chromium.open(options);
  await opened.page.goto(`${gateway.http}/#/devices/${DEVICE}`);
  await opened.page.getByRole('button', { name: range, exact: true }).click();
  await opened.page.waitForSelector('.chart canvas');
  await isDrawn(opened.page);
  return opened;
}

async function isDrawn(page: Page): Promise<void> {
  // What was pressed reaches the picture with the next frame.
  await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50)))');
  await page.waitForSelector('.chart[aria-busy=false]');
}

async function boxOf(place: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await place.boundingBox();
  if (box === null) throw new Error('it is not drawn');
  return box;
}

/** Checks that what a tooltip says is what the gateway's exact timeline says of the time it names. */
async function expectTrue(
  page: Page,
  box: { x: number; width: number },
  x: number,
  inset = 8,
): Promise<void> {
  const lines = await page.locator('.moment > *').allTextContents();
  const timeMs = Date.parse(`${lines[0]?.replace(/\s/g, ' ')} UTC`);
  const [fromMs = 0, toMs = 0] = await visible(page);
  const share = (x - box.x - inset) / (box.width - 2 * inset);
  const onePixelMs = (toMs - fromMs) / box.width;
  expect(Math.abs(timeMs - (fromMs + share * (toMs - fromMs)))).toBeLessThan(2 * onePixelMs + 2000);
  for (const target of TARGETS) {
    const query = `target=${target}&from=${timeMs - 1000}&to=${timeMs + 1000}`;
    const { intervals } = await gateway.get(`/v1/devices/${DEVICE}/timeline?${query}`, timelineSchema);
    const exact = intervalAt(intervals, timeMs);
    const words = exact === undefined ? 'nothing known' : formatStatus(target, exact.status);
    expect(lines.slice(1).join('\n'), lines[0]).toContain(`${target}: ${words}`);
  }
}

async function visible(page: Page): Promise<number[]> {
  const text = await page.locator('[data-visible]').getAttribute('data-visible');
  return (text ?? '').split('/').map(Number);
}

async function expectTakesChanges(page: Page): Promise<void> {
  const chart = page.locator('.chart');
  for (const [range, lengthMs] of [
    ['6 h', 21_600_000],
    ['1 h', 3_600_000],
  ] as const) {
    const before = await chart.screenshot();
    await page.getByRole('button', { name: range, exact: true }).click();
    await isDrawn(page);
    const [fromMs = 0, toMs = 0] = await visible(page);
    expect(toMs - fromMs).toBe(lengthMs);
    expect((await chart.screenshot()).equals(before)).toBe(false);
  }
}

describe.each(RANGES)('the chart of %s', (range) => {
  it('says what is under a mouse that moves over all of it, in and out', async () => {
    const { page, context, errors } = await openDevice(WIDE, range);
    const box = await boxOf(page.locator('.chart'));
    await page.mouse.move(box.x - 40, box.y + 20);
    await page.mouse.move(box.x + box.width + 40, box.y + 30, { steps: 100 });
    expect(await page.locator('.moment').count()).toBe(0);
    for (let step = 1; step < 16; step++) {
      const x = box.x + 8 + (step / 16) * (box.width - 16);
      await page.mouse.move(x, box.y + 12 + 8 * (step % 8), { steps: 8 });
      await expectTrue(page, box, x);
    }
    // The page changes under a mouse that rests.
    await page.locator('.presets button').nth(1).dispatchEvent('click');
    await isDrawn(page);
    await expectTrue(page, box, box.x + 8 + (15 / 16) * (box.width - 16));
    await page.mouse.move(box.x + 300, box.y - 200, { steps: 20 });
    expect(await page.locator('.moment').count()).toBe(0);
    await expectTakesChanges(page);
    expect(errors).toEqual([]);
    await context.close();
  });

  it('says what is under a finger that taps and drags', async () => {
    const { page, context, errors } = await openDevice(TOUCH, range);
    await page.locator('.chart').scrollIntoViewIfNeeded();
    const box = await boxOf(page.locator('.chart'));
    for (const share of [0.03, 0.4, 0.8, 0.97]) {
      const x = Math.round(box.x + share * box.width);
      await page.touchscreen.tap(x, box.y + 25);
      await expectTrue(page, box, x);
    }
    const touch = await context.newCDPSession(page);
    const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', x: number): Promise<unknown> =>
      touch.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: type === 'touchEnd' ? [] : [{ x, y: box.y + 60 }],
      });
    await send('touchStart', box.x + 60);
    for (let x = 60; x <= 260; x += 5) await send('touchMove', box.x + x);
    // The browser hands moves on with the next frame.
    await isDrawn(page);
    await expectTrue(page, box, box.x + 260);
    await send('touchEnd', box.x + 260);
    await page.touchscreen.tap(box.x + 20, 20);
    expect(await page.locator('.moment').count()).toBe(0);
    await expectTakesChanges(page);
    expect(errors).toEqual([]);
    await context.close();
  });
});

it('reads a part that somebody zoomed to, and leaves the wheel to the page', async () => {
  const { page, context, errors } = await openDevice(WIDE, '24 h');
  const box = await boxOf(page.locator('.chart'));
  const x = box.x + box.width * 0.4;
  await page.mouse.move(x, box.y + 20, { steps: 10 });
  const before = await visible(page);
  await page.mouse.wheel(0, 120);
  await expect.poll(() => page.evaluate('scrollY')).toBeGreaterThan(50);
  expect(await visible(page)).toEqual(before);
  await page.evaluate('scrollTo(0, 0)');
  await page.keyboard.down('Control');
  for (let turn = 0; turn < 8; turn++) await page.mouse.wheel(0, -120);
  await page.keyboard.up('Control');
  await expect.poll(async () => spanOf(await visible(page))).toBeLessThan(spanOf(before) / 2);
  expect(await page.evaluate('scrollY')).toBe(0);
  await isDrawn(page);
  await expectTrue(page, box, x);
  await page.mouse.down();
  await page.mouse.move(x + 200, box.y + 20, { steps: 30 });
  await page.mouse.up();
  await expectTrue(page, box, x + 200);
  await expectTakesChanges(page);
  expect(errors).toEqual([]);
  await context.close();
});

it('the rows of the list are read by mouse and finger too', async () => {
  for (const options of [WIDE, TOUCH]) {
    const { page, context, errors } = await chromium.open(options);
    await page.goto(`${gateway.http}/#/devices?range=24h`);
    await page.waitForSelector('.bands rect.yes');
    expect(await page.locator('.ticks span').count()).toBeGreaterThan(2);
    const bands = page.locator('.row-bands .readable');
    await bands.scrollIntoViewIfNeeded();
    const box = await boxOf(bands);
    for (const share of [0.2, 0.5, 0.9]) {
      const x = Math.round(box.x + share * box.width);
      if ('hasTouch' in options) await page.touchscreen.tap(x, box.y + 8);
      else await page.mouse.move(x, box.y + 8, { steps: 12 });
      const lines = await page.locator('.moment > *').allTextContents();
      const timeMs = Date.parse(`${lines[0]?.replace(/\s/g, ' ')} UTC`);
      expect(Math.abs(Date.now() - (1 - share) * 86_400_000 - timeMs)).toBeLessThan(600_000);
      const query = `target=accompanied&from=${timeMs - 1000}&to=${timeMs + 1000}`;
      const { intervals } = await gateway.get(`/v1/devices/${DEVICE}/timeline?${query}`, timelineSchema);
      const status = intervalAt(intervals, timeMs)?.status ?? 'unknown';
      expect(lines.join()).toContain(`accompanied: ${formatStatus('accompanied', status)}`);
    }
    expect(errors).toEqual([]);
    await context.close();
  }
});

it('the table shows every interval as it was, and says so where it does not', async () => {
  const { page, context } = await openDevice(WIDE, '24 h');
  await page.getByRole('button', { name: 'Table' }).click();
  const from = Date.now() - 86_400_000;
  const exact = await Promise.all(
    TARGETS.map((target) =>
      gateway.get(`/v1/devices/${DEVICE}/timeline?target=${target}&from=${from}`, timelineSchema),
    ),
  );
  const count = exact.reduce((sum, { intervals }) => sum + intervals.length, 0);
  await expect
    .poll(async () => {
      const more = page.getByRole('button', { name: /Show more/ });
      if (await more.isVisible()) await more.click();
      return Math.abs((await page.locator('.intervals tbody tr').count()) - count);
    })
    .toBeLessThanOrEqual(2);
  expect(await page.locator('.intervals').textContent()).not.toContain('about');
  await page.getByRole('button', { name: '30 days', exact: true }).click();
  await expect.poll(() => page.locator('.note').textContent()).toContain('times are about');
  expect(await page.locator('.intervals tbody tr').first().textContent()).toContain('about');
  await context.close();
});

function spanOf([fromMs = 0, toMs = 0]: readonly number[]): number {
  return toMs - fromMs;
}
