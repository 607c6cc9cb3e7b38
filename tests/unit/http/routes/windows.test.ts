import { describe, expect, it } from 'vitest';
import { windowsAnswerSchema } from '../../../../src/http/schemas.js';
import { GatewayError } from '../../../../src/shared/errors.js';
import {
  createHttpFixture,
  deviceId,
  deviceInfo,
  NOW_MS,
  storedWindow,
} from '../../../helpers/http-fixture.js';

const URL = '/v1/devices/phone-1/windows';
const DOWN = new GatewayError('STORE_UNAVAILABLE', 'refused', { retryable: true });

interface WindowsBody {
  readonly windows: readonly { readonly endMs: number; readonly model: string }[];
  readonly truncated: boolean;
}

describe('GET /v1/devices/:id/windows', () => {
  it('answers the windows that end in a range', async () => {
    await using fixture = await createHttpFixture();
    fixture.store.windowList.push(
      ...[1000, 2000, 3000].map((endMs) => storedWindow({ endMs })),
      storedWindow({ endMs: 2500, device: deviceId('other') }),
    );
    const response = await fixture.app.inject(`${URL}?from=2000&to=3000`);
    expect(response.statusCode).toBe(200);
    expect(windowsAnswerSchema.safeParse(response.json()).success).toBe(true);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.json()).toEqual({
      device: 'phone-1',
      windows: [
        {
          startMs: -560,
          endMs: 2000,
          model: 'accompany-demo',
          coverage: 0.98,
          meanDeltaMs: 2.5,
          maxDeltaMs: 9.75,
          probabilities: { accompanied: 0.91, conversation: 0.12 },
        },
      ],
      truncated: false,
    });
  });

  it('answers the last 24 hours by default, however many windows they hold', async () => {
    await using fixture = await createHttpFixture();
    const count = 5432;
    for (let index = 0; index < count; index++) {
      fixture.store.windowList.push(storedWindow({ endMs: NOW_MS - 86_400_000 + index * 10 }));
    }
    const { windows, truncated }: WindowsBody = (await fixture.app.inject(URL)).json();
    expect(windows.map(({ endMs }) => endMs)).toEqual(fixture.store.windowList.map(({ endMs }) => endMs));
    expect(truncated).toBe(false);
  });

  it('keeps to the limit and says that there is more', async () => {
    await using fixture = await createHttpFixture();
    fixture.store.windowList.push(...[1, 2, 3].map((endMs) => storedWindow({ endMs })));
    const body = async (limit: number): Promise<WindowsBody> =>
      (await fixture.app.inject(`${URL}?from=0&to=10&limit=${limit}`)).json();
    expect((await body(2)).windows.map(({ endMs }) => endMs)).toEqual([1, 2]);
    expect((await body(2)).truncated).toBe(true);
    expect((await body(3)).truncated).toBe(false);
  });

  it('answers windows of one model', async () => {
    await using fixture = await createHttpFixture();
    fixture.store.windowList.push(
      storedWindow({ endMs: 1, model: 'a' }),
      storedWindow({ endMs: 1, model: 'b' }),
    );
    const { windows }: WindowsBody = (await fixture.app.inject(`${URL}?from=0&to=10&model=b`)).json();
    expect(windows.map(({ model }) => model)).toEqual(['b']);
  });

  it('answers an empty list for a known device without windows', async () => {
    await using fixture = await createHttpFixture({ devices: [deviceInfo()] });
    expect((await fixture.app.inject(URL)).json()).toEqual({
      device: 'phone-1',
      windows: [],
      truncated: false,
    });
  });

  it.each([
    ['a limit of nothing', 'limit=0'],
    ['a negative limit', 'limit=-1'],
    ['a limit beyond the largest', 'limit=100001'],
    ['half a window', 'limit=1.5'],
    ['no number', 'limit=many'],
    ['two limits', 'limit=1&limit=2'],
    ['a reversed range', 'from=5&to=4'],
    ['ten years', 'from=2016-01-01&to=2026-01-01'],
    ['an endless model', `model=${'x'.repeat(1000)}`],
  ])('answers 400 for %s', async (_name, query) => {
    await using fixture = await createHttpFixture({ devices: [deviceInfo()] });
    const response = await fixture.app.inject(`${URL}?${query}`);
    expect(response.statusCode).toBe(400);
    expect(response.json().errors).toHaveLength(1);
  });

  it('answers 404 for a device nobody knows', async () => {
    await using fixture = await createHttpFixture();
    expect((await fixture.app.inject(URL)).statusCode).toBe(404);
  });

  it('answers 503 while the store is down', async () => {
    await using fixture = await createHttpFixture();
    fixture.store.failure = DOWN;
    const response = await fixture.app.inject(URL);
    expect(response.statusCode).toBe(503);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  });

  it('breaks the connection when the store fails half way, so that half an answer never looks whole', async () => {
    await using fixture = await createHttpFixture();
    for (let endMs = 1; endMs <= 5000; endMs++) fixture.store.windowList.push(storedWindow({ endMs }));
    const read = fixture.store.windows;
    let pages = 0;
    fixture.store.windows = (...query) => {
      pages += 1;
      return pages < 3 ? read(...query) : Promise.reject(DOWN);
    };
    const origin = await fixture.app.listen({ port: 0, host: '127.0.0.1' });
    const response = await fetch(`${origin}${URL}?from=0&to=10000`);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });
});
