// Whether the dashboard stays smooth: many devices, a month of history, a real Chromium. Frames are those of a page that is
// scrolled from end to end; a dropped frame is one that took longer than 50 ms. And how soon after a live event has told of a
// change of status it is on the page.
//   npm run bench -- pages [--devices 200] [--days 30] [--json]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import '../../scripts/typescript.mjs';
import { startGateway, startPhones } from './lib/page-gateway.mjs';
import { DAY_MS, nameOf, seedDays } from './lib/seed-store.mjs';

const { values: flags } = parseArgs({
  options: {
    devices: { type: 'string', default: '200' },
    days: { type: 'string', default: '30' },
    json: { type: 'boolean', default: false },
  },
});
const devices = Number(flags.devices);
const days = Number(flags.days);
const FRAME_BUDGET_MS = 50;
const LIVE_PHONES = 4;
const LIVE_CHANGES = 12;

const folder = mkdtempSync(join(tmpdir(), 'alongside-pages-'));
const figures = {};
try {
  await timed('seed', () => seedDays(join(folder, 'store'), { devices, days, toMs: Date.now() }));
  const gateway = await startGateway(folder);
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  try {
    await measureAnswers(gateway.http);
    await measurePages(browser, gateway.http);
    await measureLive(browser, gateway);
  } finally {
    await browser.close();
    await gateway.stop();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(44)} ${value}`);
if (flags.json) console.log(JSON.stringify(figures));

async function measureAnswers(url) {
  const from = Date.now() - days * DAY_MS;
  const path = `/v1/devices/${nameOf(0)}/timeline?target=accompanied&from=${from}`;
  const exact = await timed(`timeline of ${days} days, exact`, () => fetch(url + path).then((a) => a.text()));
  const resolutionMs = (days * DAY_MS) / 1500;
  const thinned = await timed(`timeline of ${days} days, thinned`, () =>
    fetch(`${url}${path}&resolutionMs=${resolutionMs}`).then((answer) => answer.text()),
  );
  figures['bytes, exact / thinned'] = `${exact.length} / ${thinned.length}`;
  await timed(`list of ${devices} devices`, () => fetch(`${url}/v1/devices`).then((answer) => answer.text()));
}

async function measurePages(browser, url) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  await timed('page opened to first row', async () => {
    await page.goto(url);
    await page.waitForSelector('.device');
  });
  await timed(`${days} days chosen to bands of all rows in view`, async () => {
    await page.getByRole('button', { name: '30 days' }).click();
    await page.waitForFunction(() => {
      const rows = [...document.querySelectorAll('.device')];
      const seen = rows.filter((row) => row.getBoundingClientRect().top < innerHeight);
      return seen.every((row) => row.querySelector('.bands rect:not(.track)') !== null);
    });
  });
  const frames = await page.evaluate(scrollThrough);
  figures['frames while scrolling, p50 / p95 / max'] = percentiles(frames);
  figures[`frames over ${FRAME_BUDGET_MS} ms`] =
    `${frames.filter((ms) => ms > FRAME_BUDGET_MS).length} of ${frames.length}`;
  await page.evaluate(() => scrollTo(0, 0));
  await timed(`one device, ${days} days, drawn`, async () => {
    await page.click('.device .name');
    await page.waitForSelector('.chart canvas');
    await page.waitForFunction(() => document.querySelector('.intervals, .chart canvas') !== null);
    await page.waitForFunction(() => document.querySelectorAll('.day-bar').length > 0);
  });
  const zoomed = await page.evaluate(zoomInAndOut);
  figures['frames while zooming, p50 / p95 / max'] = percentiles(zoomed);
}

/** Statuses of phones that begin to stream, each looked for on the page from the moment its event is here. */
async function measureLive(browser, { http, mqtt }) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  await page.goto(http);
  const phones = startPhones(mqtt, LIVE_PHONES);
  const enough = new AbortController();
  const looks = [];
  const { listen } = await import('../../src/web/client/live-events.ts');
  await listen({
    baseUrl: http,
    types: ['status'],
    signal: enough.signal,
    onMessage: ({ type, data }) => {
      if (type !== 'status' || data.kind !== 'change') return;
      looks.push(millisecondsUntil(page, data));
      if (looks.length === LIVE_CHANGES) enough.abort();
    },
  });
  phones.stop();
  figures[`change of status to page, ${LIVE_CHANGES}, p50 / p95 / max`] = percentiles(
    await Promise.all(looks),
  );
  await page.close();
}

async function millisecondsUntil(page, { device, target, status }) {
  const beganAt = performance.now();
  const chip = `.device[data-device="${device}"] .chip[data-target="${target}"][data-status="${status}"]`;
  await page.waitForSelector(chip);
  return performance.now() - beganAt;
}

/** Runs in the page: milliseconds of each frame while it scrolls to the end in 4 s. */
async function scrollThrough() {
  const frames = [];
  const height = document.documentElement.scrollHeight - innerHeight;
  const beganAt = performance.now();
  let lastAt = beganAt;
  while (lastAt - beganAt < 4000) {
    const nowAt = await new Promise(requestAnimationFrame);
    frames.push(nowAt - lastAt);
    lastAt = nowAt;
    scrollTo(0, (height * (nowAt - beganAt)) / 4000);
  }
  return frames.slice(1);
}

async function zoomInAndOut() {
  const frames = [];
  const chart = document.querySelector('.chart canvas');
  const { left, top, width } = chart.getBoundingClientRect();
  let lastAt = performance.now();
  for (let turn = 0; turn < 60; turn++) {
    const wheel = {
      deltaY: turn < 30 ? -120 : 120,
      clientX: left + width / 2,
      clientY: top + 30,
      bubbles: true,
    };
    chart.dispatchEvent(new WheelEvent('wheel', { ...wheel, cancelable: true }));
    const nowAt = await new Promise(requestAnimationFrame);
    frames.push(nowAt - lastAt);
    lastAt = nowAt;
  }
  return frames.slice(1);
}

async function timed(name, work) {
  const beganAt = performance.now();
  const result = await work();
  figures[name] = `${Math.round(performance.now() - beganAt)} ms`;
  return result;
}

function percentiles(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
  return `${at(0.5)} / ${at(0.95)} / ${at(1)} ms`;
}
