import { describe, expect, it } from 'vitest';
import { createLedger } from '../../../../src/telemetry/ledger.js';
import { createHttpFixture } from '../../../helpers/http-fixture.js';

describe('GET /v1/ledger', () => {
  it('answers the ledger as it is', async () => {
    const ledger = createLedger(() => 1);
    ledger.messageReceived();
    ledger.messageRejected('not-json');
    ledger.windowsDue(2);
    ledger.windowsSkipped('queue-full', 1);
    ledger.sensorIgnored('barometer', 3);
    await using fixture = await createHttpFixture({ ledger: ledger.snapshot });
    const response = await fixture.app.inject('/v1/ledger');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      balanced: true,
      messages: { received: 1, accepted: 0, rejected: { 'not-json': 1 } },
      samples: {
        accepted: 0,
        used: 0,
        late: 0,
        future: 0,
        past: 0,
        duplicate: 0,
        invalid: 0,
        'too-fast': 0,
        overflow: 0,
      },
      windows: { due: 2, stored: 0, skipped: { 'queue-full': 1 }, pending: 1 },
      frames: { received: 0, classified: 0, rejected: {}, pending: 0 },
      ignoredSensors: { barometer: 3 },
    });
  });

  it('admits that it does not balance', async () => {
    const ledger = createLedger(() => 0);
    ledger.messageReceived();
    await using fixture = await createHttpFixture({ ledger: ledger.snapshot });
    expect((await fixture.app.inject('/v1/ledger')).json().balanced).toBe(false);
  });
});
