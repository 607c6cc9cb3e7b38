import { describe, expect, it } from 'vitest';
import type { DeviceId } from '../../src/domain/ids.js';
import { type FleetOptions, startFleet } from '../../src/recordings/simulation/fleet.js';
import { systemClock } from '../../src/shared/clock.js';
import { deviceSchema, ledgerSchema } from '../helpers/api-schemas.js';
import { eventually } from '../helpers/eventually.js';
import { type RunningGateway, startGatewayProcess } from '../helpers/run-cli.js';

const SECONDS = 60;
const YEAR_MS = 365 * 86_400_000;
/** What a model answers may differ in its last digits with the size of the batch. */
const ALONE = 'infer.maxBatch=1';
const SUBSCRIPTIONS =
  'mqtt.subscriptions=[{topic: "sensor-logger/+", format: sensor-logger}, {topic: "sensor-spot/+", format: sensor-spot}]';

/** Windows of devices as the API gives them, byte by byte. */
async function windowTexts(gateway: RunningGateway, devices: readonly DeviceId[], startMs: number) {
  const range = `from=${startMs - 60_000}&to=${startMs + 2 * SECONDS * 1000}&limit=10000`;
  return await Promise.all(
    devices.map(async (id) => {
      const answer = await fetch(new URL(`/v1/devices/${id}/windows?${range}`, gateway.http));
      return `${id}: ${await answer.text()}`;
    }),
  );
}

describe('devices that are out of their minds', () => {
  it('change no byte of the windows of others', async () => {
    const startMs = Math.floor(Date.now() / 1000) * 1000 - (SECONDS + 5) * 1000;
    await using alone = await startGatewayProcess([ALONE, SUBSCRIPTIONS]);
    await using troubled = await startGatewayProcess([ALONE, SUBSCRIPTIONS]);
    const fleet = (url: string, options: Partial<FleetOptions>) =>
      startFleet({
        url,
        startMs,
        seed: 5,
        phones: 1,
        seconds: SECONDS,
        format: 'sensor-logger',
        rateHz: 50,
        pace: 'max',
        connections: 'shared',
        clock: systemClock,
        ...options,
      });
    const good = { phones: 3, namePrefix: 'good-' };
    await using undisturbed = await fleet(alone.mqtt, good);
    await undisturbed.finished;

    const { mqtt } = troubled;
    await using among = await fleet(mqtt, good);
    await using ahead = await fleet(mqtt, {
      namePrefix: 'ahead-',
      faultsOf: () => ({ clockAheadMs: YEAR_MS }),
    });
    await using restarting = await fleet(mqtt, {
      namePrefix: 'restarting-',
      format: 'sensor-spot',
      faultsOf: () => ({ restartsEveryMessages: 7 }),
    });
    await using repeating = await fleet(mqtt, {
      namePrefix: 'repeating-',
      faultsOf: () => ({ repeatsMessages: true }),
    });
    await using reversing = await fleet(mqtt, {
      namePrefix: 'reversing-',
      faultsOf: () => ({ reversesMessages: 5 }),
    });
    const odd = [ahead, restarting, repeating, reversing];
    await Promise.all([among, ...odd].map(({ finished }) => finished));

    for (const gateway of [alone, troubled]) {
      const { balanced } = await eventually(
        () => gateway.get('/v1/ledger', ledgerSchema),
        ({ windows }) => windows.stored > 100 && windows.pending === 0,
      );
      expect(balanced).toBe(true);
    }
    const wanted = await windowTexts(alone, undisturbed.devices, startMs);
    for (const text of wanted) expect(text.length).toBeGreaterThan(1000);
    expect(await windowTexts(troubled, among.devices, startMs)).toEqual(wanted);

    const of = (fleetOfOne: typeof ahead) =>
      troubled.get(`/v1/devices/${fleetOfOne.devices[0]}`, deviceSchema);
    expect((await of(ahead)).samples['used']).toBe(0);
    expect((await of(ahead)).samples['future']).toBeGreaterThan(5000);
    expect((await of(restarting)).samples['used']).toBeGreaterThan(5000);
    expect((await of(repeating)).samples['duplicate']).toBe((await of(repeating)).samples['used']);
    expect((await of(reversing)).samples['used']).toBeGreaterThan(5000);
  });
});
