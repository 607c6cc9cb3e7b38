import { describe, expect, it } from 'vitest';
import { createLedger } from '../../../../src/telemetry/ledger.js';
import { createMetrics } from '../../../../src/telemetry/metrics.js';
import { createHttpFixture } from '../../../helpers/http-fixture.js';

describe('GET /metrics', () => {
  it('answers in the text format of Prometheus', async () => {
    const { registry, liveClients } = createMetrics({
      ledger: createLedger(() => 0).snapshot,
      queues: () => ({}),
    });
    liveClients.set(3);
    await using fixture = await createHttpFixture({ metrics: registry });
    const response = await fixture.app.inject('/metrics');
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.body).toContain('\nalongside_live_clients 3\n');
  });
});
