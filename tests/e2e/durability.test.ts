import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startFleet } from '../../src/recordings/simulation/fleet.js';
import { systemClock } from '../../src/shared/clock.js';
import { devicesSchema, ledgerSchema, timelineSchema, windowsSchema } from '../helpers/api-schemas.js';
import { eventually } from '../helpers/eventually.js';
import { endOf, type RunningGateway, startGatewayIn, startGatewayProcess } from '../helpers/run-cli.js';
import { startMosquitto } from '../helpers/start-mosquitto.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const readySchema = z.object({ ready: z.boolean() });

async function untilReady(gateway: RunningGateway): Promise<void> {
  await eventually(
    () => gateway.get('/health/ready', readySchema),
    ({ ready }) => ready,
  );
}

/** Every stored window of every device, by its key. */
async function storedWindows(gateway: RunningGateway): Promise<Record<string, unknown>> {
  const { devices } = await gateway.get('/v1/devices', devicesSchema);
  const all: Record<string, unknown> = {};
  for (const { id } of devices) {
    const { windows } = await gateway.get(`/v1/devices/${id}/windows`, windowsSchema);
    for (const window of windows) all[`${id}/${window.model}/${window.endMs}`] = window;
  }
  return all;
}

/** What is said of every device and target up to a time. */
async function timelines(gateway: RunningGateway, toMs: number): Promise<Record<string, unknown>> {
  const { devices } = await gateway.get('/v1/devices', devicesSchema);
  const all: Record<string, unknown> = {};
  for (const { id } of devices) {
    for (const target of ['accompanied', 'conversation']) {
      const path = `/v1/devices/${id}/timeline?target=${target}&from=${toMs - 60_000}&to=${toMs}`;
      const { intervals } = await gateway.get(path, timelineSchema);
      all[`${id}/${target}`] = intervals.map(({ fromMs, toMs: end, status }) => ({ fromMs, end, status }));
    }
  }
  return all;
}

describe('kill -9 of the gateway', () => {
  it('loses no window, doubles none and changes none', async () => {
    await using broker = await startMosquitto({ persistence: true });
    await using folder = await temporaryFolder();
    const external = ['mqtt.embedded=false', `mqtt.url=${broker.url}`, 'logLevel=error'];
    await using undisturbed = await startGatewayProcess([...external, 'mqtt.clientId=undisturbed']);
    let gateway = await startGatewayIn(folder.path, [...external, 'mqtt.clientId=killed']);
    await using _ = endOf(() => gateway);
    await untilReady(undisturbed);
    await untilReady(gateway);

    await using fleet = await startFleet({
      url: broker.url,
      phones: 6,
      seed: 3,
      seconds: 40,
      format: 'sensor-logger',
      rateHz: 50,
      pace: 'real-time',
      connections: 'shared',
      clock: systemClock,
    });
    for (const aliveMs of [4100, 6300, 3700, 5900]) {
      await sleep(aliveMs);
      await gateway.stop('SIGKILL');
      gateway = await startGatewayIn(folder.path, [...external, 'mqtt.clientId=killed']);
    }
    await fleet.finished;

    const expected = await eventually(
      () => undisturbed.get('/v1/ledger', ledgerSchema),
      ({ messages, windows }) => messages.received >= fleet.counts().messages && windows.pending === 0,
    );
    expect(expected.windows.skipped).toEqual({});
    const wanted = await storedWindows(undisturbed);
    expect(Object.keys(wanted).length).toBe(expected.windows.stored);
    const actual = await eventually(
      () => storedWindows(gateway),
      (all) => Object.keys(all).length >= Object.keys(wanted).length,
    );
    expect(actual).toEqual(wanted);
    // Smoothing and dwell went on where they were: what is said changed at the same times.
    const saidUntilMs = fleet.startMs + 35_000;
    const said = await timelines(undisturbed, saidUntilMs);
    expect(JSON.stringify(said)).toMatch(/"yes"|"no"/);
    expect(await timelines(gateway, saidUntilMs)).toEqual(said);
    expect((await gateway.get('/v1/ledger', ledgerSchema)).balanced).toBe(true);
    expect(await gateway.stop('SIGTERM')).toBe(0);
  });
});
