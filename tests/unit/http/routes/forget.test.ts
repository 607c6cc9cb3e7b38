import { describe, expect, it } from 'vitest';
import { createHttpFixture, PHONE } from '../../../helpers/http-fixture.js';

describe('DELETE /v1/devices/:id', () => {
  it('has the device forgotten and says what became of each part', async () => {
    await using fixture = await createHttpFixture();
    const response = await fixture.app.inject({ method: 'DELETE', url: '/v1/devices/phone-1' });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      device: 'phone-1',
      removed: true,
      parts: [{ name: 'results', removed: true, detail: '' }],
    });
    expect(fixture.forgotten).toEqual([PHONE]);
  });

  it('answers 404 for a device that is not known', async () => {
    await using fixture = await createHttpFixture({ forgetReport: null });
    const response = await fixture.app.inject({ method: 'DELETE', url: '/v1/devices/nobody' });
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ detail: expect.stringContaining('no device nobody') });
  });

  it('says what is left', async () => {
    const parts = [{ name: 'results', removed: false, detail: 'the store is away' }];
    await using fixture = await createHttpFixture({ forgetReport: { device: PHONE, removed: false, parts } });
    const response = await fixture.app.inject({ method: 'DELETE', url: '/v1/devices/phone-1' });
    expect(response.json()).toMatchObject({ removed: false, parts });
  });

  it.each(['..', '%2e%2e', 'a%2Fb', 'a%20b', 'x'.repeat(65)])('refuses %s', async (name) => {
    await using fixture = await createHttpFixture();
    const response = await fixture.app.inject({ method: 'DELETE', url: `/v1/devices/${name}` });
    expect([400, 404]).toContain(response.statusCode);
    expect(fixture.forgotten).toEqual([]);
  });
});
