import { describe, expect, it } from 'vitest';
import { createHttpFixture, deviceInfo } from '../../../helpers/http-fixture.js';

const json = { 'content-type': 'application/json' };

describe('PATCH /v1/devices/:id', () => {
  const patch = (payload: unknown, url = '/v1/devices/phone-1') =>
    ({ method: 'PATCH', url, headers: json, payload: JSON.stringify(payload) }) as const;

  it('takes down where a device is worn, and null takes it back', async () => {
    await using fixture = await createHttpFixture({ devices: [deviceInfo()] });
    const read = async () => (await fixture.app.inject('/v1/devices/phone-1/placement')).json().placement;
    expect(await read()).toBe('assumed');
    const answer = await fixture.app.inject(patch({ placement: 'wrist' }));
    expect([answer.statusCode, answer.json()]).toEqual([200, { device: 'phone-1', placement: 'wrist' }]);
    expect(await read()).toBe('wrist');
    await fixture.app.inject(patch({ placement: null }));
    expect(await read()).toBe('assumed');
  });

  it.each([
    [{ placement: 'head' }, 'placement'],
    [{ placement: 'assumed' }, 'placement'],
    [{}, 'placement'],
    [{ placement: 'chest', subject: 'anna' }, 'subject'],
  ])('refuses %j, naming what is wrong', async (payload, name) => {
    await using fixture = await createHttpFixture({ devices: [deviceInfo()] });
    const answer = await fixture.app.inject(patch(payload));
    expect(answer.statusCode).toBe(400);
    expect(answer.json().detail).toContain(name);
    expect((await fixture.app.inject('/v1/devices/phone-1')).json().placement).toBe('assumed');
  });

  it('knows no device that has never sent anything', async () => {
    await using fixture = await createHttpFixture();
    expect((await fixture.app.inject(patch({ placement: 'chest' }))).statusCode).toBe(404);
  });
});

describe('a status of a model for one place', () => {
  it('is one of an assumption until somebody says where the device is worn', async () => {
    const status = {
      target: 'conversation',
      status: 'yes',
      confidence: 0.9,
      sinceMs: 0,
      placement: 'assumed' as const,
    };
    await using fixture = await createHttpFixture({ devices: [deviceInfo({ statuses: [status] })] });
    const read = async () => (await fixture.app.inject('/v1/devices/phone-1')).json();
    expect(await read()).toMatchObject({ placement: 'assumed', statuses: [{ placement: 'assumed' }] });
    await fixture.app.inject({
      method: 'PATCH',
      url: '/v1/devices/phone-1',
      headers: json,
      payload: JSON.stringify({ placement: 'chest' }),
    });
    const { placement, statuses } = await read();
    expect(placement).toBe('chest');
    expect(statuses[0]).not.toHaveProperty('placement');
  });
});
