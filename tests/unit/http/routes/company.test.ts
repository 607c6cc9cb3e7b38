import { beforeAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../../../../src/shared/errors.js';
import {
  createHttpFixture,
  deviceId,
  deviceInfo,
  type FixtureOverrides,
  NOW_MS,
} from '../../../helpers/http-fixture.js';
import { type MadeAccess, makeAccess, makeRecords } from '../../../helpers/make-access.js';

const [ANNA, BEN] = [deviceId('anna'), deviceId('ben')];
const HOUR_MS = 3_600_000;
const WITH_BEN = { fromMs: NOW_MS - HOUR_MS, toMs: NOW_MS, with: BEN, probability: 0.97 };

let made: MadeAccess;
beforeAll(async () => {
  made = await makeRecords();
});

const createFixture = (company: NonNullable<FixtureOverrides['company']>) =>
  createHttpFixture({ devices: [deviceInfo({ id: ANNA })], company });

describe('GET /v1/devices/:id/company', () => {
  it('gives the intervals of the range that is asked for, by default of the last day', async () => {
    const asked: unknown[] = [];
    await using fixture = await createFixture({
      intervals: (device, range) => {
        asked.push([device, range]);
        return Promise.resolve([WITH_BEN]);
      },
    });
    const answer = await fixture.app.inject('/v1/devices/anna/company');
    expect(answer.json()).toEqual({
      device: 'anna',
      intervals: [WITH_BEN],
      complete: true,
    });
    await fixture.app.inject(`/v1/devices/anna/company?from=${NOW_MS - 5}&to=${NOW_MS}`);
    expect(asked).toEqual([
      ['anna', { fromMs: NOW_MS - 24 * HOUR_MS, toMs: NOW_MS }],
      ['anna', { fromMs: NOW_MS - 5, toMs: NOW_MS }],
    ]);
  });

  it('says why nothing is found out', async () => {
    const reason = { code: 'clock', text: 'Its clock is 300 s behind' } as const;
    await using fixture = await createFixture({
      reasonFor: () => Promise.resolve({ reason, isComplete: false }),
    });
    const answer = await fixture.app.inject('/v1/devices/anna/company');
    expect(answer.json()).toEqual({ device: 'anna', intervals: [], reason, complete: false });
  });

  it('is a table where one is asked for', async () => {
    await using fixture = await createFixture({ intervals: () => Promise.resolve([WITH_BEN]) });
    const answer = await fixture.app.inject('/v1/devices/anna/company?format=csv');
    expect(answer.headers['content-disposition']).toContain('company-anna.csv');
    expect(answer.body).toBe(
      'from_utc,to_utc,duration_s,device,with,probability\r\n' +
        '2026-01-31T11:00:00.000Z,2026-01-31T12:00:00.000Z,3600,anna,ben,0.97\r\n',
    );
  });

  it('knows nothing of devices that nobody knows', async () => {
    await using fixture = await createFixture({});
    expect((await fixture.app.inject('/v1/devices/cleo/company')).statusCode).toBe(404);
  });
});

describe('GET /v1/company', () => {
  it('gives the groups of the time that is asked for, by default now', async () => {
    const asked: number[] = [];
    await using fixture = await createFixture({
      groupsAt: (atMs) => {
        asked.push(atMs);
        return Promise.resolve([]);
      },
      groupsNow: () => Promise.resolve({ groups: [[ANNA, BEN]], isComplete: false }),
    });
    expect((await fixture.app.inject('/v1/company')).json()).toEqual({
      atMs: NOW_MS,
      enabled: false,
      groups: [['anna', 'ben']],
      complete: false,
    });
    await fixture.app.inject('/v1/company?at=2026-01-31T08:00:00Z');
    expect(asked).toEqual([NOW_MS - 4 * HOUR_MS]);
  });

  it('refuses what is no time', async () => {
    await using fixture = await createFixture({});
    expect((await fixture.app.inject('/v1/company?at=noon')).statusCode).toBe(400);
  });
});

describe('the choice of a device', () => {
  const url = '/v1/devices/anna/company/choice';

  it('is told, and taken', async () => {
    const chosen: unknown[] = [];
    await using fixture = await createFixture({
      choiceOf: () => ({ isEnabled: true, takesPart: chosen.length === 0 ? undefined : true }),
      choose: (device, takesPart) => {
        chosen.push([device, takesPart]);
        return Promise.resolve();
      },
    });
    expect((await fixture.app.inject(url)).json()).toEqual({
      device: 'anna',
      enabled: true,
      takesPart: null,
    });
    const answer = await fixture.app.inject({ method: 'PATCH', url, payload: { takesPart: true } });
    expect(answer.json()).toEqual({ device: 'anna', enabled: true, takesPart: true });
    expect(chosen).toEqual([['anna', true]]);
  });

  it('is refused in words where it is not for the wearer to choose, and without one', async () => {
    await using fixture = await createFixture({
      choose: () => Promise.reject(new GatewayError('INPUT_REFUSED', 'The configuration decides')),
    });
    const put = (payload: object) => fixture.app.inject({ method: 'PATCH', url, payload });
    const refused = await put({ takesPart: true });
    expect([refused.statusCode, refused.json().detail]).toEqual([409, 'The configuration decides']);
    expect((await put({ takesPart: 'yes' })).statusCode).toBe(400);
    expect((await put({})).statusCode).toBe(400);
  });
});

describe('a device with its own password', () => {
  const ask = async (url: string, payload?: object) => {
    await using fixture = await createHttpFixture({
      access: makeAccess(made.records).control,
      devices: [deviceInfo({ id: ANNA })],
      company: { intervals: () => Promise.resolve([WITH_BEN]) },
    });
    const pair = Buffer.from(`anna:${made.passwords['anna']}`).toString('base64');
    const headers = { authorization: `Basic ${pair}` };
    const { statusCode } = await fixture.app.inject({
      url,
      headers,
      ...(payload === undefined ? {} : { method: 'PATCH', payload }),
    });
    return statusCode;
  };

  it('sees its own company, and of others neither that nor anything else', async () => {
    expect(await ask('/v1/devices/anna/company')).toBe(200);
    expect(await ask('/v1/devices/ben/company')).toBe(403);
    expect(await ask('/v1/company')).toBe(403);
    expect(await ask('/v1/devices/anna')).toBe(403);
  });

  it('chooses for itself only', async () => {
    expect(await ask('/v1/devices/anna/company/choice')).toBe(200);
    expect(await ask('/v1/devices/anna/company/choice', { takesPart: true })).toBe(200);
    expect(await ask('/v1/devices/ben/company/choice')).toBe(403);
    expect(await ask('/v1/devices/ben/company/choice', { takesPart: true })).toBe(403);
  });
});
