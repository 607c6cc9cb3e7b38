import { describe, expect, it } from 'vitest';
import type { Status } from '../../../../src/domain/status.js';
import type { StatusPoint, TimeRange } from '../../../../src/domain/store.js';
import { GatewayError } from '../../../../src/shared/errors.js';
import {
  createHttpFixture,
  deviceInfo,
  type HttpFixture,
  NOW_MS,
  PHONE,
  sequenceModel,
} from '../../../helpers/http-fixture.js';

const URL = '/v1/devices/phone-1/timeline';

function point(atMs: number, status: Status, target = 'accompanied'): StatusPoint {
  return { device: PHONE, target, atMs, status, confidence: status === 'unknown' ? 0 : 0.75 };
}

function createFixture(): Promise<HttpFixture> {
  return createHttpFixture({ devices: [deviceInfo()], models: [sequenceModel()] });
}

describe('GET /v1/devices/:id/timeline', () => {
  it('answers the intervals of one target in a range', async () => {
    await using fixture = await createFixture();
    fixture.store.statusList.push(point(1000, 'yes'), point(5000, 'no'), point(6000, 'no', 'conversation'));
    const response = await fixture.app.inject(`${URL}?target=accompanied&from=2000&to=9000`);
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      device: 'phone-1',
      target: 'accompanied',
      intervals: [
        { fromMs: 2000, toMs: 5000, status: 'yes', confidence: 0.75 },
        { fromMs: 5000, toMs: 9000, status: 'no', confidence: 0.75 },
      ],
    });
  });

  it('gives what is unknown until now its reason, and past unknowns none that is not theirs', async () => {
    const reason = { code: 'silence', text: 'Nothing has come.' } as const;
    const unknown = {
      target: 'accompanied',
      status: 'unknown',
      confidence: 0,
      sinceMs: NOW_MS - 1000,
      reason,
    } as const;
    await using fixture = await createHttpFixture({ devices: [deviceInfo()], unknown: [unknown] });
    const empty = (await fixture.app.inject(`${URL}?target=accompanied`)).json();
    const span = { fromMs: NOW_MS - 1000, toMs: NOW_MS };
    expect(empty).toMatchObject({
      reason,
      intervals: [{ ...span, status: 'unknown', confidence: 0, reason }],
    });
    for (const [ageMs, status] of [
      [9000, 'unknown'],
      [8000, 'yes'],
      [1000, 'unknown'],
    ] as const) {
      fixture.store.statusList.push(point(NOW_MS - ageMs, status));
    }
    const { intervals } = (await fixture.app.inject(`${URL}?target=accompanied`)).json();
    expect(intervals.map((interval: { reason?: unknown }) => interval.reason)).toEqual([
      undefined,
      undefined,
      reason,
    ]);
    const past = (await fixture.app.inject(`${URL}?target=accompanied&to=${NOW_MS - 8500}`)).json();
    expect(past.intervals).toEqual([
      { fromMs: NOW_MS - 9000, toMs: NOW_MS - 8500, status: 'unknown', confidence: 0 },
    ]);
  });

  it('gives past unknowns, and nothing else, the reason that the gateway saw', async () => {
    const seen: TimeRange[] = [];
    const reasonDuring = (range: TimeRange) => {
      seen.push(range);
      return { code: 'silence', text: 'No usable sample came.' } as const;
    };
    await using fixture = await createHttpFixture({ devices: [deviceInfo()], reasonDuring });
    for (const [ageMs, status] of [
      [9000, 'unknown'],
      [8000, 'yes'],
      [1000, 'no'],
    ] as const) {
      fixture.store.statusList.push(point(NOW_MS - ageMs, status));
    }
    const { intervals } = (await fixture.app.inject(`${URL}?target=accompanied`)).json();
    expect(intervals.map(({ reason }: { reason?: { code: string } }) => reason?.code)).toEqual([
      'silence',
      undefined,
      undefined,
    ]);
    expect(seen[0]).toMatchObject({ fromMs: NOW_MS - 9000, toMs: NOW_MS - 8000 });
    const table = await fixture.app.inject(`${URL}?target=accompanied&format=csv`);
    expect(table.body).toContain(',silence,No usable sample came.,');
  });

  it('takes ISO 8601 for the same range', async () => {
    await using fixture = await createFixture();
    fixture.store.statusList.push(point(1000, 'yes'));
    const query = 'target=accompanied&from=1970-01-01T00:00:02Z&to=1970-01-01T02:00:09%2B02:00';
    const { intervals } = (await fixture.app.inject(`${URL}?${query}`)).json();
    expect(intervals).toEqual([{ fromMs: 2000, toMs: 9000, status: 'yes', confidence: 0.75 }]);
  });

  it('covers the last 24 hours by default', async () => {
    await using fixture = await createFixture();
    fixture.store.statusList.push(point(NOW_MS - 90_000_000, 'yes'), point(NOW_MS - 30_000, 'no'));
    const { intervals } = (await fixture.app.inject(`${URL}?target=accompanied`)).json();
    expect(intervals.at(0).fromMs).toBe(NOW_MS - 86_400_000);
    expect(intervals.at(-1)).toEqual({
      fromMs: NOW_MS - 30_000,
      toMs: NOW_MS,
      status: 'no',
      confidence: 0.75,
    });
  });

  it('says nothing of the future', async () => {
    await using fixture = await createFixture();
    fixture.store.statusList.push(point(NOW_MS - 30_000, 'no'));
    const { intervals } = (
      await fixture.app.inject(`${URL}?target=accompanied&from=${NOW_MS - 60_000}&to=${NOW_MS + 86_400_000}`)
    ).json();
    expect(intervals.at(-1).toMs).toBe(NOW_MS);
    const later = await fixture.app.inject(
      `${URL}?target=accompanied&from=${NOW_MS + 1}&to=${NOW_MS + 86_400_000}`,
    );
    expect(later.json().intervals).toEqual([]);
  });

  it('answers no intervals where a known device has none', async () => {
    await using fixture = await createFixture();
    const response = await fixture.app.inject(`${URL}?target=conversation`);
    expect(response.json()).toEqual({ device: 'phone-1', target: 'conversation', intervals: [] });
  });

  it('answers stored statuses of a model that is gone', async () => {
    await using fixture = await createHttpFixture();
    fixture.store.statusList.push(point(NOW_MS - 30_000, 'yes', 'retired'));
    const response = await fixture.app.inject(`${URL}?target=retired`);
    expect(response.json().intervals).toHaveLength(1);
  });

  it.each([
    ['no target', '', 'target: name a target, for example accompanied'],
    ['an empty target', 'target=', 'target: '],
    ['an endless target', `target=${'x'.repeat(1000)}`, 'target: '],
    [
      'an unknown target',
      'target=mood',
      'there is no target mood; the models have accompanied, conversation',
    ],
    ['seconds', 'target=accompanied&from=1790000000', 'from: looks like epoch seconds'],
    ['nanoseconds', 'target=accompanied&to=1790000000000000000', 'to: looks like epoch nanoseconds'],
    ['a reversed range', 'target=accompanied&from=2000&to=1000', 'must lie before to'],
    ['an empty range', 'target=accompanied&from=1000&to=1000', 'must lie before to'],
    ['ten years', 'target=accompanied&from=0&to=315576000000', 'ask for at most 366 days'],
    [
      'a time that is none',
      'target=accompanied&from=yesterday',
      'from: a time is epoch milliseconds, or ISO',
    ],
    ['two times', 'target=accompanied&from=1&from=2', 'from: '],
    ['an object', 'target[a]=accompanied', 'target: '],
    ['infinity', 'target=accompanied&to=Infinity', 'to: a time is'],
  ])('answers 400 for %s', async (_name, query, words) => {
    await using fixture = await createFixture();
    const response = await fixture.app.inject(`${URL}?${query}`);
    expect(response.statusCode).toBe(400);
    expect(response.json().detail).toContain(words);
    expect(response.json().errors).toHaveLength(1);
  });

  it('names every parameter that does not fit', async () => {
    await using fixture = await createFixture();
    const response = await fixture.app.inject(`${URL}?from=x&to=y`);
    const names = response.json().errors.map((error: { in: string; name: string }) => [error.in, error.name]);
    expect(names).toEqual([
      ['query', 'target'],
      ['query', 'from'],
      ['query', 'to'],
    ]);
  });

  it('answers 404 for a device nobody knows', async () => {
    await using fixture = await createFixture();
    const response = await fixture.app.inject('/v1/devices/nobody/timeline?target=accompanied');
    expect(response.statusCode).toBe(404);
  });

  it('answers 503 while the store is down', async () => {
    await using fixture = await createFixture();
    fixture.store.failure = new GatewayError('STORE_UNAVAILABLE', 'refused', { retryable: true });
    expect((await fixture.app.inject(`${URL}?target=accompanied`)).statusCode).toBe(503);
  });

  it('answers 503 when the store does not answer in time', async () => {
    await using fixture = await createHttpFixture({ devices: [deviceInfo()], queryTimeoutMs: 20 });
    fixture.store.statuses = () => new Promise(() => undefined);
    const response = await fixture.app.inject(`${URL}?target=accompanied`);
    expect(response.statusCode).toBe(503);
    expect(response.json().detail).toContain('took too long');
  });

  it('answers 500 without inner words for what nobody planned for, and reports it', async () => {
    await using fixture = await createFixture();
    fixture.store.failure = new TypeError('cannot read /srv/secret');
    const response = await fixture.app.inject(`${URL}?target=accompanied`);
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain('secret');
    expect(fixture.failures).toEqual([fixture.store.failure]);
  });
});
