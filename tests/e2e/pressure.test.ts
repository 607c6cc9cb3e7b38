import { connectAsync } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type FleetOptions, startFleet } from '../../src/recordings/simulation/fleet.js';
import { systemClock } from '../../src/shared/clock.js';
import { ledgerSchema, windowsSchema } from '../helpers/api-schemas.js';
import { eventually } from '../helpers/eventually.js';
import { startGatewayIn, startGatewayProcess } from '../helpers/run-cli.js';
import { startInfluxd } from '../helpers/start-influxd.js';
import { startMosquitto } from '../helpers/start-mosquitto.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const healthSchema = z.object({ parts: z.array(z.object({ name: z.string(), detail: z.string() })) });
/** So few that a single model falls behind a fleet that sends as fast as it can. */
const SOFT_LIMIT = 'infer.queueSoftWindows=8';
/** Windows run one by one, and two that wait are too many: behind on fast machines as well. */
const SLOW_MODEL = ['infer.queueSoftWindows=2', 'infer.maxBatch=1'];

const fleet = (url: string, options: Partial<FleetOptions>) =>
  startFleet({
    url,
    phones: 30,
    seed: 3,
    seconds: 60,
    format: 'sensor-logger',
    rateHz: 50,
    pace: 'max',
    connections: 'shared',
    clock: systemClock,
    ...options,
  });

describe('more windows than the model can run', () => {
  it.each(['embedded', 'external'])('slow the source down (%s broker); not one is refused', async (kind) => {
    await using broker = await startMosquitto({ config: ['max_queued_messages 0'] });
    const external = ['mqtt.embedded=false', `mqtt.url=${broker.url}`];
    await using gateway = await startGatewayProcess([
      ...SLOW_MODEL,
      ...(kind === 'external' ? external : []),
    ]);
    await eventually(
      () => fetch(new URL('/health/ready', gateway.http)),
      ({ status }) => status === 200,
    );
    await using phones = await fleet(kind === 'external' ? broker.url : gateway.mqtt, {});
    const slowed = await eventually(
      () => gateway.get('/health/ready', healthSchema),
      ({ parts }) => parts.some(({ detail }) => detail.includes('sources are slowed down by')),
    );
    expect(slowed.parts).toContainEqual(
      expect.objectContaining({ name: 'load', detail: expect.stringContaining('slowed down by') }),
    );
    const { messages } = await phones.finished;
    const ledger = await eventually(
      () => gateway.get('/v1/ledger', ledgerSchema),
      (answer) => answer.messages.received >= messages && answer.windows.pending === 0,
    );
    expect(ledger).toMatchObject({ balanced: true, messages: { received: messages, accepted: messages } });
    // 60 s hold 44 windows or more.
    expect(ledger.windows.stored).toBeGreaterThan(30 * 43);
    expect(ledger.windows.skipped).toEqual({});
  });
});

describe('SIGTERM in the middle of that', () => {
  it('ends the gateway in time with 0, and says goodbye, also while InfluxDB does not answer', async () => {
    await using broker = await startMosquitto({ config: ['max_queued_messages 0'] });
    await using influxd = await startInfluxd();
    await using folder = await temporaryFolder();
    const settings = [
      ...['mqtt.embedded=false', `mqtt.url=${broker.url}`, SOFT_LIMIT],
      ...['store.type=influxdb', `store.influxdb.url=${influxd.url}`],
    ];
    const listener = await connectAsync(broker.url);
    const said: string[] = [];
    listener.on('message', (_topic, payload) => said.push(payload.toString()));
    await listener.subscribeAsync('alongside/gateway/availability', { qos: 1 });

    await using gateway = await startGatewayIn(folder.path, settings);
    await expect.poll(() => said.at(-1)).toBe('online');
    await using phones = await fleet(broker.url, {});
    await eventually(
      () => gateway.get('/v1/ledger', ledgerSchema),
      ({ windows }) => windows.stored > 50,
    );
    influxd.signal('SIGSTOP');
    const stoppedAtMs = performance.now();
    expect(await gateway.stop()).toBe(0);
    const tookMs = performance.now() - stoppedAtMs;
    await expect.poll(() => said.at(-1)).toBe('offline');
    // The promise itself; on an idle machine it takes about half of that.
    expect(tookMs).toBeLessThan(10_000);
    process.stderr.write(`stopped under load, with InfluxDB frozen, in ${(tookMs / 1000).toFixed(1)} s\n`);

    influxd.signal('SIGCONT');
    await using next = await startGatewayIn(folder.path, settings);
    const { messages } = await phones.finished;
    expect(messages).toBe(30 * 60);
    await eventually(
      () => next.get('/v1/ledger', ledgerSchema),
      ({ windows }) => windows.pending === 0 && windows.stored > 0,
    );
    const around = `from=${phones.startMs - 60_000}&to=${phones.startMs + 120_000}`;
    for (const device of phones.devices) {
      const { windows } = await next.get(`/v1/devices/${device}/windows?${around}`, windowsSchema);
      const ends = windows.map(({ endMs }) => endMs);
      // 60 s hold 44 windows or more, and none between them is missing, whichever run made them.
      expect(windows.length, device).toBeGreaterThan(43);
      expect(Math.max(...ends) - Math.min(...ends), device).toBe((windows.length - 1) * 1280);
    }
    await listener.endAsync(true);
  });
});
