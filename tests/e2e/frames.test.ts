import { readdir } from 'node:fs/promises';
import { connectAsync } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { devicesSchema, ledgerSchema, timelineSchema } from '../helpers/api-schemas.js';
import { writeColourModel } from '../helpers/colour-model.js';
import { eventually } from '../helpers/eventually.js';
import { BLUE, GREEN, jpegOf, RED } from '../helpers/pictures.js';
import { type RunningGateway, runCli, startGatewayIn, startGatewayProcess } from '../helpers/run-cli.js';
import { startInfluxd } from '../helpers/start-influxd.js';
import { startMosquitto } from '../helpers/start-mosquitto.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const readySchema = z.object({ ready: z.boolean() });

/** A camera entry as Sensor Logger sends it, beside a reading of the accelerometer. */
function cameraMessage(timeMs: number, jpeg: Buffer): string {
  return JSON.stringify({
    messageId: 0,
    sessionId: 'c5241337',
    deviceId: 'phone-a',
    payload: [
      { name: 'accelerometer', time: timeMs * 1e6, values: { z: 0.01, y: -0.02, x: 0.03 } },
      { name: 'camera', time: timeMs * 1e6, values: { image: jpeg.toString('base64'), imageFormat: 'jpg' } },
    ],
  });
}

const classified = (gateway: RunningGateway, frames: number) =>
  eventually(
    () => gateway.get('/v1/ledger', ledgerSchema),
    (ledger) => ledger.frames.classified >= frames,
  );

/** What the gateway's broker retains of garments and for Home Assistant, once it is of this device alone. */
async function retainedOf(gateway: RunningGateway, device: string): Promise<Record<string, unknown>> {
  const client = await connectAsync(gateway.mqtt);
  const retained: Record<string, unknown> = {};
  client.on('message', (topic, payload) => {
    if (payload.length === 0) delete retained[topic];
    else retained[topic] = JSON.parse(payload.toString());
  });
  await client.subscribeAsync(['alongside/+/apparel', 'homeassistant/device/+/config']);
  await eventually(
    () => Promise.resolve(Object.keys(retained)),
    (topics) => topics.length === 2 && topics.every((topic) => topic.includes(device)),
  );
  await client.endAsync();
  return retained;
}

describe('frames of devices', () => {
  it('go from Sensor Logger’s camera through mosquitto into InfluxDB and the timeline', async () => {
    await using models = await temporaryFolder();
    await writeColourModel(models.path);
    await using broker = await startMosquitto();
    await using influxd = await startInfluxd();
    await using gateway = await startGatewayProcess([
      ...[`models.dir=${models.path}`, 'models.active=["colour"]'],
      ...['mqtt.embedded=false', `mqtt.url=${broker.url}`],
      ...['store.type=influxdb', `store.influxdb.url=${influxd.url}`],
    ]);
    await eventually(
      () => gateway.get('/health/ready', readySchema),
      ({ ready }) => ready,
    );
    const phone = await connectAsync(broker.url);
    const beganMs = Date.now();
    await phone.publishAsync('sensor-logger', cameraMessage(beganMs, await jpegOf(RED, 640, 480)), {
      qos: 0,
    });
    const ledger = await classified(gateway, 1);
    expect(ledger).toMatchObject({
      balanced: true,
      frames: { received: 1, classified: 1, rejected: {}, pending: 0 },
    });
    await phone.endAsync();
    const timeline = await eventually(
      () => gateway.get('/v1/devices/phone-a/timeline?target=apparel', timelineSchema),
      ({ intervals }) => intervals.length > 0,
    );
    expect(timeline.intervals).toMatchObject([{ fromMs: beganMs, status: 'yes', label: 'red' }]);
    expect(timeline.intervals[0]?.confidence).toBeGreaterThan(0.9);
    const rows = JSON.stringify(await influxd.query('SELECT * FROM apparel GROUP BY *', 'alongside'));
    expect(rows).toContain('"tags":{"device":"phone-a","label":"red"}');
  });

  it('appear live and in the list of devices; bad ones are counted, and nothing is kept of them', async () => {
    await using models = await temporaryFolder();
    await writeColourModel(models.path);
    await using data = await temporaryFolder();
    await using gateway = await startGatewayIn(data.path, [
      `models.dir=${models.path}`,
      'models.active=["colour"]',
      'apparel.framesPerMinute=24',
    ]);
    const live = await fetch(new URL('/v1/events?types=apparel', gateway.http));
    const phone = await connectAsync(gateway.mqtt);
    const send = (frame: Buffer, device = 'cam') =>
      phone.publishAsync(`alongside/${device}/frames`, frame, { qos: 1 });
    await send(await jpegOf(GREEN));
    await send((await jpegOf(GREEN, 640, 480)).subarray(0, 700));
    await send(await jpegOf(GREEN, 1, 1));
    await send(await jpegOf(GREEN));
    // Four at once are ten seconds' worth of 24 a minute.
    await send(await jpegOf(GREEN));
    await send(Buffer.from('no picture'));
    await send(await jpegOf(BLUE), 'other-cam');
    const ledger = await classified(gateway, 3);
    expect(ledger).toMatchObject({
      balanced: true,
      messages: { rejected: { 'wrong-shape': 1 } },
      frames: { received: 6, classified: 3, rejected: { damaged: 1, 'too-small': 1, 'too-fast': 1 } },
    });
    await phone.endAsync();
    const first = new TextDecoder().decode((await live.body?.getReader().read())?.value);
    expect(first).toMatch(/^retry|event: apparel/);
    const { devices } = await gateway.get('/v1/devices', devicesSchema);
    expect(devices.map(({ id }) => id)).toEqual(['cam', 'other-cam']);
    expect(await readdir(data.path)).not.toContain('frames');
  });

  it('are kept where that is wanted, and forgotten with their device', async () => {
    await using models = await temporaryFolder();
    await writeColourModel(models.path);
    await using data = await temporaryFolder();
    await using gateway = await startGatewayIn(data.path, [
      `models.dir=${models.path}`,
      'models.active=["colour"]',
      'apparel.keepFrames=true',
      'homeAssistant.enabled=true',
    ]);
    const phone = await connectAsync(gateway.mqtt);
    for (const device of ['anna', 'ben']) {
      await phone.publishAsync(`alongside/${device}/frames`, await jpegOf(GREEN), { qos: 1 });
    }
    await phone.endAsync();
    await classified(gateway, 2);
    await eventually(
      () => readdir(`${data.path}/frames/ben`),
      (names) => names.length === 1,
    );
    const run = await runCli(['devices', 'forget', 'anna', '--set', `dataDir=${data.path}`]);
    expect(run.code).toBe(0);
    expect(await readdir(`${data.path}/frames`)).toEqual(['ben']);
    expect(await retainedOf(gateway, 'ben')).toMatchObject({
      'alongside/ben/apparel': { device: 'ben', worn: ['green'] },
      'homeassistant/device/alongside_ben/config': {
        cmps: { alongside_ben_wears: { stat_t: 'alongside/ben/apparel' } },
      },
    });
    const gone = await fetch(new URL('/v1/devices/anna/timeline?target=apparel', gateway.http));
    expect(gone.status).toBe(404);
    const kept = await eventually(
      () => gateway.get('/v1/devices/ben/timeline?target=apparel', timelineSchema),
      ({ intervals }) => intervals.length > 0,
    );
    expect(kept.intervals).toHaveLength(1);
  });
});
