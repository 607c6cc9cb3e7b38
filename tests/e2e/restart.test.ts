import { connectAsync } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { SampleBlock } from '../../src/domain/samples.js';
import { encodeAlongside } from '../../src/recordings/encode-messages.js';
import { startFleet } from '../../src/recordings/simulation/fleet.js';
import { systemClock } from '../../src/shared/clock.js';
import { eventually } from '../helpers/eventually.js';
import { startGatewayIn, startGatewayProcess } from '../helpers/run-cli.js';
import { startMosquitto } from '../helpers/start-mosquitto.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const SILENCE_MS = 6000;
const RULE_MINUTES = 0.3;

const devicesSchema = z.object({
  devices: z.array(
    z.object({
      id: z.string(),
      online: z.boolean(),
      lastSeenMs: z.number().nullable(),
      statuses: z.array(z.object({ target: z.string(), status: z.string(), sinceMs: z.number() })),
    }),
  ),
});
const timelineSchema = z.object({
  intervals: z.array(z.object({ fromMs: z.number(), toMs: z.number(), status: z.string() })),
});
const statusSchema = z.object({ statuses: z.record(z.string(), z.object({ status: z.string() })) });
const connectionSchema = z.object({ lastSeenMs: z.number().nullable() });

const connection = (device: string): string => `alongside/${device}/connection`;

/** The latest payload of each topic that a broker retains or passes on. */
async function listen(url: string) {
  const client = await connectAsync(url);
  const latest = new Map<string, string>();
  client.on('message', (topic, payload) => void latest.set(topic, payload.toString()));
  await client.subscribeAsync('alongside/#', { qos: 1 });
  return { latest, [Symbol.asyncDispose]: () => client.endAsync() };
}

describe('a restart after which a phone stays silent', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)('freezes nothing (%s)', async (signal) => {
    await using broker = await startMosquitto();
    await using folder = await temporaryFolder();
    const rule = { type: 'status', target: 'accompanied', is: ['yes', 'no'], forMinutes: RULE_MINUTES };
    const settings = [
      ...['logLevel=error', 'mqtt.embedded=false', `mqtt.url=${broker.url}`, 'homeAssistant.enabled=true'],
      ...['track.dwellMs=0', `track.silenceMs=${SILENCE_MS}`, 'models.active=[accompany-demo]'],
      `alerts.rules=[${JSON.stringify({ name: 'long', when: rule })}]`,
    ];
    await using before = await startGatewayIn(folder.path, settings);
    await using heard = await listen(broker.url);
    await using fleet = await startFleet({
      url: broker.url,
      phones: 1,
      seed: 5,
      seconds: 10,
      format: 'sensor-logger',
      rateHz: 50,
      pace: 'max',
      connections: 'shared',
      clock: systemClock,
    });
    await fleet.finished;
    const known = await eventually(
      () => before.get('/v1/devices', devicesSchema),
      ({ devices }) => devices[0]?.statuses.some(({ status }) => status !== 'unknown') === true,
    );
    const { id = '', lastSeenMs } = known.devices[0] ?? {};
    await before.stop(signal);

    await using after = await startGatewayIn(folder.path, settings);
    const [device] = (await after.get('/v1/devices', devicesSchema)).devices;
    expect(device?.statuses.map(({ target }) => target).sort()).toEqual(['accompanied', 'conversation']);
    expect(device?.lastSeenMs).toBeGreaterThan(fleet.startMs);
    expect(device?.lastSeenMs).toBeLessThanOrEqual(lastSeenMs ?? 0);
    await eventually(
      () => Promise.resolve(connectionSchema.parse(JSON.parse(heard.latest.get(connection(id)) ?? ''))),
      (retained) => {
        expect(retained.lastSeenMs).not.toBeNull();
        return retained.lastSeenMs === device?.lastSeenMs;
      },
    );
    const { statuses } = await eventually(
      () => Promise.resolve(statusSchema.parse(JSON.parse(heard.latest.get(`alongside/${id}/status`) ?? ''))),
      (retained) => Object.values(retained.statuses).every(({ status }) => status === 'unknown'),
    );
    expect(Object.keys(statuses).sort()).toEqual(['accompanied', 'conversation']);

    const fromMs = Date.now() - 3_600_000;
    const path = `/v1/devices/${id}/timeline?target=accompanied&from=${fromMs}&to=${fromMs + 7_200_000}`;
    const { intervals } = await eventually(
      () => after.get(path, timelineSchema),
      (timeline) => timeline.intervals.at(-1)?.status === 'unknown',
    );
    const last = intervals.findLast(({ status }) => status !== 'unknown');
    expect(last?.toMs).toBeLessThanOrEqual((lastSeenMs ?? 0) + SILENCE_MS + 1000);

    const since = intervals[0]?.fromMs ?? 0;
    await eventually(
      () => Promise.resolve(Date.now()),
      (nowMs) => nowMs > since + RULE_MINUTES * 60_000 + 2000,
    );
    expect(await after.get('/v1/alerts', z.object({ alerts: z.array(z.unknown()) }))).toEqual({ alerts: [] });
  });
});

/** A phone that lies still. */
const blockOf = (times: readonly number[]): SampleBlock => ({
  sensor: 'accelerometer',
  timesMs: Float64Array.from(times),
  values: Float32Array.from(times.flatMap(() => [0, 0, 9.81])),
});

describe('a sensor message that the broker retains', () => {
  it('does not make its device be there at every start', async () => {
    await using broker = await startMosquitto();
    const dayAgoMs = Date.now() - 86_400_000;
    const times = Array.from({ length: 100 }, (_, index) => dayAgoMs + index * 20);
    const payload = encodeAlongside({ clock: 'epoch', blocks: [blockOf(times)] });
    const client = await connectAsync(broker.url);
    await client.publishAsync('alongside/old/sensors', Buffer.from(payload), { qos: 1, retain: true });
    await using gateway = await startGatewayProcess([
      ...['logLevel=error', 'mqtt.embedded=false', `mqtt.url=${broker.url}`],
    ]);
    const { devices } = await eventually(
      () => gateway.get('/v1/devices', devicesSchema),
      (answer) => answer.devices.length > 0,
    );
    expect(devices).toMatchObject([{ id: 'old', online: false, lastSeenMs: null }]);
    await client.publishAsync('alongside/old/sensors', Buffer.from(payload), { qos: 1 });
    const now = encodeAlongside({ clock: 'epoch', blocks: [blockOf([Date.now()])] });
    await client.publishAsync('alongside/new/sensors', Buffer.from(now), { qos: 1 });
    const later = await eventually(
      () => gateway.get('/v1/devices', devicesSchema),
      (answer) => answer.devices.length > 1,
    );
    expect(later.devices).toMatchObject([
      { id: 'new', online: true },
      { id: 'old', online: false, lastSeenMs: null },
    ]);
    await client.endAsync();
  });
});
