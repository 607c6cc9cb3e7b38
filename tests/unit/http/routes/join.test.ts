import { describe, expect, it } from 'vitest';
import type { JoinOutcome, Pairing } from '../../../../src/http/dependencies.js';
import { GatewayError } from '../../../../src/shared/errors.js';
import { createHttpFixture, NOW_MS, PHONE } from '../../../helpers/http-fixture.js';
import { makeAccess, makeRecords } from '../../../helpers/make-access.js';

function pairingThat(outcome: JoinOutcome = { kind: 'unknown' }): Pairing {
  return {
    addresses: () => ['https://192.168.1.5:8080'],
    invite: (device, replace) =>
      device === 'taken' && !replace
        ? Promise.reject(new GatewayError('USAGE', 'there is a device taken already'))
        : Promise.resolve({ device, replace, token: 'secret', expiresAtMs: NOW_MS + 600_000 }),
    stateOf: (device) => (device === 'anna' ? 'joined' : undefined),
    redeem: () => Promise.resolve(outcome),
  };
}

const post = (url: string, payload: object, token?: string) => ({
  method: 'POST' as const,
  url,
  payload,
  headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
});

describe('POST /v1/join-tokens', () => {
  it('gives a link whose token no log and no server sees', async () => {
    await using fixture = await createHttpFixture({ pairing: pairingThat() });
    const answer = await fixture.app.inject(post('/v1/join-tokens', { device: 'anna' }));
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toEqual({
      device: 'anna',
      token: 'secret',
      path: '/phone#secret',
      addresses: ['https://192.168.1.5:8080'],
      expiresAtMs: NOW_MS + 600_000,
    });
    expect(fixture.log.join('')).not.toContain('secret');
  });

  it('is for administrators', async () => {
    const { records, tokens } = await makeRecords();
    await using fixture = await createHttpFixture({
      pairing: pairingThat(),
      access: makeAccess(records).control,
    });
    const request = (token?: string) =>
      fixture.app.inject(post('/v1/join-tokens', { device: 'cleo' }, token));
    expect((await request()).statusCode).toBe(401);
    expect((await request(tokens['read'])).statusCode).toBe(403);
    expect((await request(tokens['admin'])).statusCode).toBe(201);
  });

  it('refuses names that cannot be and names that are taken', async () => {
    await using fixture = await createHttpFixture({ pairing: pairingThat() });
    expect((await fixture.app.inject(post('/v1/join-tokens', { device: 'a/b' }))).statusCode).toBe(400);
    expect((await fixture.app.inject(post('/v1/join-tokens', { device: 'a:b' }))).statusCode).toBe(400);
    const taken = await fixture.app.inject(post('/v1/join-tokens', { device: 'taken' }));
    expect(taken.statusCode).toBe(409);
    expect(taken.json().detail).toContain('already');
    const replaced = await fixture.app.inject(post('/v1/join-tokens', { device: 'taken', replace: true }));
    expect(replaced.statusCode).toBe(201);
  });
});

it('GET /v1/join-tokens/{id} says whether a phone has joined', async () => {
  await using fixture = await createHttpFixture({ pairing: pairingThat() });
  const ask = (device: string) => fixture.app.inject(`/v1/join-tokens/${device}`);
  expect((await ask('anna')).json()).toEqual({ device: 'anna', state: 'joined' });
  expect((await ask('ben')).statusCode).toBe(404);
});

describe('POST /v1/join', () => {
  it('gives a phone what it needs, without a token of its own', async () => {
    const joined = { device: PHONE, password: 'abcd', brokerUrl: undefined, sensors: ['accelerometer'] };
    const { records } = await makeRecords();
    await using fixture = await createHttpFixture({
      pairing: pairingThat({ kind: 'joined', joined }),
      access: makeAccess(records).control,
    });
    const answer = await fixture.app.inject(post('/v1/join', { token: 'secret' }));
    expect(answer.json()).toEqual({
      device: PHONE,
      mqtt: { url: null, path: '/mqtt', username: PHONE, password: 'abcd' },
      sensors: ['accelerometer'],
    });
  });

  it.each([
    ['unknown', 403, 'not right'],
    ['used', 410, 'used already'],
    ['expired', 410, 'expired'],
  ] as const)('says what is wrong with a token that is %s', async (kind, status, words) => {
    await using fixture = await createHttpFixture({ pairing: pairingThat({ kind }) });
    const answer = await fixture.app.inject(post('/v1/join', { token: 'secret' }));
    expect(answer.statusCode).toBe(status);
    expect(answer.json().detail).toContain(words);
    expect(fixture.refusedAccess).toMatchObject([{ status, scope: 'join' }]);
  });
});
