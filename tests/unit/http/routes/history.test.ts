import { describe, expect, it } from 'vitest';
import {
  createHttpFixture,
  NOW_MS,
  PHONE,
  sequenceModel,
  storedWindow,
} from '../../../helpers/http-fixture.js';

const HOUR_MS = 3_600_000;

function point(atMs: number, status: 'yes' | 'no') {
  return { device: PHONE, target: 'accompanied', atMs, status, confidence: 0.9 };
}

describe('GET /v1/devices/:id/timeline?resolutionMs=', () => {
  it('thins what is too short to be seen', async () => {
    await using fixture = await createHttpFixture();
    const fromMs = NOW_MS - 40_000;
    for (let step = 0; step < 40; step++) {
      fixture.store.statusList.push(point(fromMs + step * 1000, step % 10 === 0 ? 'no' : 'yes'));
    }
    const exact = await fixture.app.inject(`/v1/devices/${PHONE}/timeline?target=accompanied`);
    expect(exact.json().intervals.length).toBe(8);
    const thinned = await fixture.app.inject(
      `/v1/devices/${PHONE}/timeline?target=accompanied&resolutionMs=10000`,
    );
    expect(thinned.json().intervals).toMatchObject([{ fromMs, toMs: NOW_MS, status: 'yes' }]);
    const wrong = await fixture.app.inject(`/v1/devices/${PHONE}/timeline?target=accompanied&resolutionMs=0`);
    expect(wrong.statusCode).toBe(400);
  });
});

describe('GET /v1/devices/:id/days', () => {
  it('adds up each day of the reader', async () => {
    await using fixture = await createHttpFixture();
    fixture.store.statusList.push(point(NOW_MS - 20_000, 'yes'), point(NOW_MS - 5000, 'no'));
    const answer = await fixture.app.inject(
      `/v1/devices/${PHONE}/days?target=accompanied&timeZone=Asia/Seoul`,
    );
    expect(answer.json()).toEqual({
      device: PHONE,
      target: 'accompanied',
      timeZone: 'Asia/Seoul',
      days: [{ day: '2026-01-31', fromMs: NOW_MS - 20_000, yesMs: 15_000, noMs: 5000, unknownMs: 0 }],
    });
  });

  it.each([
    ['target=accompanied&timeZone=Mars/Olympus', 'IANA'],
    ['target=accompanied&from=2026-01-02&to=2026-01-01', 'before'],
    ['target=accompanied&from=2016-01-01&to=2026-01-01', 'at most 366 days'],
    ['target=nonsense', 'no target nonsense'],
  ])('refuses %s', async (query, words) => {
    await using fixture = await createHttpFixture({ models: [sequenceModel()] });
    fixture.store.windowList.push(storedWindow());
    const answer = await fixture.app.inject(`/v1/devices/${PHONE}/days?${query}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().detail).toContain(words);
  });
});

describe('GET /v1/devices/:id/probabilities', () => {
  it('gives means of all windows of a short range', async () => {
    await using fixture = await createHttpFixture();
    for (const [ageMs, accompanied] of [
      [3_000_000, 0.2],
      [2_999_000, 0.4],
      [1000, 1],
    ] as const) {
      fixture.store.windowList.push(
        storedWindow({ endMs: NOW_MS - ageMs, coverage: 0.5, probabilities: { accompanied } }),
      );
    }
    const answer = await fixture.app.inject(
      `/v1/devices/${PHONE}/probabilities?from=${NOW_MS - HOUR_MS}&points=60`,
    );
    const { points, sampled } = answer.json();
    expect(sampled).toBe(false);
    expect(points).toHaveLength(2);
    expect(points[0]).toMatchObject({ windows: 2, coverage: 0.5, fromMs: NOW_MS - 3_000_000 });
    expect(points[0].probabilities.accompanied).toBeCloseTo(0.3);
    expect(points[1]).toMatchObject({ windows: 1, probabilities: { accompanied: 1 } });
  });

  it('reads some windows of each slot of a long range', async () => {
    await using fixture = await createHttpFixture();
    for (let step = 0; step < 1000; step++) {
      fixture.store.windowList.push(storedWindow({ endMs: NOW_MS - 24 * HOUR_MS + step * 60_000 }));
    }
    const answer = await fixture.app.inject(`/v1/devices/${PHONE}/probabilities?points=10`);
    const { points, sampled } = answer.json();
    expect(sampled).toBe(true);
    expect(points).toHaveLength(7);
    expect(points[0].windows).toBe(12);
  });

  it('does not know devices there are not', async () => {
    await using fixture = await createHttpFixture();
    for (const path of ['probabilities', 'days?target=accompanied']) {
      expect((await fixture.app.inject(`/v1/devices/nobody/${path}`)).statusCode, path).toBe(404);
    }
  });
});
