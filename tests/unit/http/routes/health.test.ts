import { describe, expect, it } from 'vitest';
import { createHttpFixture } from '../../../helpers/http-fixture.js';

describe('/health', () => {
  it('is live whatever else', async () => {
    await using fixture = await createHttpFixture({ health: { ready: false, parts: [] } });
    const response = await fixture.app.inject('/health/live');
    expect([response.statusCode, response.json()]).toEqual([200, { live: true }]);
  });

  it('is ready with 200 and its parts', async () => {
    const health = { ready: true, parts: [{ name: 'store', ok: true, detail: '' }] };
    await using fixture = await createHttpFixture({ health });
    const response = await fixture.app.inject('/health/ready');
    expect([response.statusCode, response.json()]).toEqual([200, health]);
  });

  it('is not ready with 503 and what is missing', async () => {
    const health = {
      ready: false,
      parts: [{ name: 'store', ok: false, detail: 'waiting for http://127.0.0.1:8086' }],
    };
    await using fixture = await createHttpFixture({ health });
    const response = await fixture.app.inject('/health/ready');
    expect([response.statusCode, response.json()]).toEqual([503, health]);
    expect((await fixture.app.inject({ method: 'HEAD', url: '/health/ready' })).statusCode).toBe(503);
  });
});
