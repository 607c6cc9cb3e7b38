import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../../src/shared/errors.js';
import {
  createHttpFixture,
  deviceId,
  deviceInfo,
  NOW_MS,
  storedWindow,
} from '../../../helpers/http-fixture.js';

const DOWN = new GatewayError('STORE_UNAVAILABLE', 'http://admin:secret@db:8086 refuses', {
  retryable: true,
});

describe('GET /v1/devices', () => {
  it('lists live devices and those that only the store knows, by name', async () => {
    await using fixture = await createHttpFixture({
      devices: [deviceInfo({ id: deviceId('phone-2') }), deviceInfo({ id: deviceId('a') })],
    });
    fixture.store.windowList.push(
      storedWindow({ device: deviceId('old') }),
      storedWindow({ device: deviceId('phone-2') }),
    );
    const response = await fixture.app.inject('/v1/devices');
    expect(response.statusCode).toBe(200);
    const { devices, complete } = response.json();
    expect(complete).toBe(true);
    expect(devices.map(({ id, online }: { id: string; online: boolean }) => [id, online])).toEqual([
      ['a', true],
      ['old', false],
      ['phone-2', true],
    ]);
  });

  it('still lists live devices while the store is down, and says that some may be missing', async () => {
    await using fixture = await createHttpFixture({ devices: [deviceInfo()] });
    fixture.store.failure = DOWN;
    const response = await fixture.app.inject('/v1/devices');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ devices: [{ id: 'phone-1' }], complete: false });
  });

  it('shows a rate that is no number as 0', async () => {
    const sensors = [{ sensor: 'accelerometer', samples: 2, rateHz: Number.POSITIVE_INFINITY }] as const;
    await using fixture = await createHttpFixture({ devices: [deviceInfo({ sensors })] });
    const { devices } = (await fixture.app.inject('/v1/devices')).json();
    expect(devices[0].sensors[0].rateHz).toBe(0);
  });
});

describe('GET /v1/devices/:id', () => {
  it('answers what is known of a live device', async () => {
    await using fixture = await createHttpFixture({ devices: [deviceInfo()] });
    const response = await fixture.app.inject('/v1/devices/phone-1');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      id: 'phone-1',
      online: true,
      lastSeenMs: NOW_MS - 500,
      statuses: [{ target: 'accompanied', status: 'yes', confidence: 0.9, sinceMs: NOW_MS - 60_000 }],
      sensors: [{ sensor: 'accelerometer', samples: 50, rateHz: 50 }],
      delivery: { messages: 1, missing: 0, duplicates: 0, reordered: 0 },
      samples: {
        used: 50,
        late: 0,
        future: 0,
        past: 0,
        duplicate: 0,
        invalid: 0,
        'too-fast': 0,
        overflow: 0,
      },
      clock: { kind: 'epoch', offsetMs: 12, driftPpm: 0 },
      placement: 'assumed',
      platform: { name: 'android', from: 'detected' },
    });
  });

  it('says why nothing is known, of targets with a status and of those without', async () => {
    const reason = {
      code: 'missing-sensor',
      text: 'It sends no magnetometer.',
      sensors: ['magnetometer'],
    } as const;
    const unknown = {
      target: 'accompanied',
      status: 'unknown',
      confidence: 0,
      sinceMs: NOW_MS,
      reason,
    } as const;
    const statuses = [
      { target: 'activity', status: 'yes', confidence: 0.9, sinceMs: NOW_MS - 1 },
      { target: 'accompanied', status: 'unknown', confidence: 0, sinceMs: NOW_MS },
    ] as const;
    const info = deviceInfo({ statuses });
    await using fixture = await createHttpFixture({ devices: [info], unknown: [unknown] });
    const { devices } = (await fixture.app.inject('/v1/devices')).json();
    expect(devices[0].statuses).toEqual([statuses[0], unknown]);
    fixture.store.windowList.push(storedWindow({ device: deviceId('old') }));
    expect((await fixture.app.inject('/v1/devices/old')).json().statuses).toEqual([unknown]);
  });

  it('answers null for what is not known', async () => {
    const info = deviceInfo({ clock: undefined, platform: undefined });
    await using fixture = await createHttpFixture({ devices: [info] });
    const body = (await fixture.app.inject('/v1/devices/phone-1')).json();
    expect(body).toMatchObject({ clock: null, platform: null });
  });

  it('answers for a device that only the store knows', async () => {
    await using fixture = await createHttpFixture();
    fixture.store.windowList.push(storedWindow());
    const response = await fixture.app.inject('/v1/devices/phone-1');
    expect(response.json()).toMatchObject({ id: 'phone-1', online: false, lastSeenMs: null, statuses: [] });
  });

  it('answers 404 for a device nobody knows', async () => {
    await using fixture = await createHttpFixture();
    const response = await fixture.app.inject('/v1/devices/nobody');
    expect(response.statusCode).toBe(404);
    expect(response.json().detail).toBe('There is no device nobody; GET /v1/devices lists those there are');
  });

  it('answers 503 without the words of the store while it is down', async () => {
    await using fixture = await createHttpFixture();
    fixture.store.failure = DOWN;
    const response = await fixture.app.inject('/v1/devices/nobody');
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('5');
    expect(response.body).not.toContain('secret');
  });

  it.each([
    ['a path trick', '..%2f..%2fetc%2fpasswd', 400],
    ['dots inside', 'a..b', 400],
    ['an encoded slash', 'a%2fb', 400],
    ['a zero byte', 'a%00b', 400],
    ['a line break', 'a%0d%0ab', 400],
    ['an MQTT wildcard', '%23', 400],
    ['a plus', 'a+b', 400],
    ['a blank', '%20', 400],
    ['an emoji', '%F0%9F%98%80', 400],
    ['half a character', '%E0%A4', 400],
    ['a broken escape', '%zz', 400],
    ['one character too many', 'x'.repeat(65), 400],
    ['10 KB', 'x'.repeat(10_240), 414],
    ['a name of the language', '__proto__', 400],
    ['another one', 'constructor', 404],
  ])('refuses %s', async (_name, id, status) => {
    await using fixture = await createHttpFixture({ devices: [deviceInfo()] });
    const response = await fixture.app.inject(`/v1/devices/${id}`);
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(response.json()).toMatchObject({ type: 'about:blank', status });
    expect(fixture.failures).toEqual([]);
  });

  it('leaves out, and reports, a device that the schema does not allow, and a status of one', async () => {
    const delivery = { messages: 1, missing: 2 ** 60, duplicates: 0, reordered: 0 };
    const status = { target: 'accompanied', status: 'yes', confidence: Number.NaN, sinceMs: NOW_MS } as const;
    await using fixture = await createHttpFixture({
      devices: [
        deviceInfo({ id: deviceId('odd'), delivery }),
        deviceInfo({ id: deviceId('half'), statuses: [{ ...status, confidence: 1 }, status] }),
        deviceInfo({ id: deviceId('whole') }),
      ],
    });
    const response = await fixture.app.inject('/v1/devices');
    expect(response.statusCode).toBe(200);
    const { devices } = response.json();
    expect(devices.map(({ id }: { id: string }) => id)).toEqual(['half', 'whole']);
    expect(devices[0].statuses).toHaveLength(1);
    expect(fixture.failures).toHaveLength(1);
    expect((await fixture.app.inject('/v1/devices/odd')).statusCode).toBe(500);
  });
});
