import { connectAsync } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { deviceSchema, devicesSchema, ledgerSchema } from '../helpers/api-schemas.js';
import { eventually } from '../helpers/eventually.js';
import { startGatewayProcess } from '../helpers/run-cli.js';
import { startMosquitto } from '../helpers/start-mosquitto.js';

/** As the app sends it, written by hand: one reading of two sensors, z before y before x, epoch nanoseconds. */
function messageAt(timeMs: number): string {
  return `{"messageId":0,"sessionId":"c5241337","deviceId":"7d1c0bff-a1b2","payload":[
    {"name":"accelerometer","time":${timeMs}401773,"values":{"z":0.01,"y":-0.02,"x":0.03},"accuracy":3},
    {"name":"gyroscope","time":${timeMs}405773,"values":{"z":0.1,"y":-0.2,"x":0.3},"accuracy":3},
    {"name":"barometer","time":${timeMs}405773,"values":{"relativeAltitude":0,"pressure":994.28662109375},"accuracy":3}]}`;
}

describe('Sensor Logger, unmodified', () => {
  it('appears in the ledger and among the devices after one message through mosquitto', async () => {
    await using broker = await startMosquitto();
    await using gateway = await startGatewayProcess(['mqtt.embedded=false', `mqtt.url=${broker.url}`]);
    const phone = await connectAsync(broker.url);
    // The app publishes at QoS 0: what comes before the gateway has subscribed is lost.
    await eventually(
      () => gateway.get('/health/ready', z.object({ ready: z.boolean() })),
      ({ ready }) => ready,
    );
    await phone.publishAsync('sensor-logger', messageAt(Date.now()), { qos: 0 });
    const ledger = await eventually(
      () => gateway.get('/v1/ledger', ledgerSchema),
      ({ messages }) => messages.received > 0,
    );
    await phone.endAsync();
    expect(ledger).toMatchObject({ balanced: true, messages: { received: 1, accepted: 1, rejected: {} } });
    expect(ledger.ignoredSensors).toEqual({ barometer: 1 });
    const { devices } = await gateway.get('/v1/devices', devicesSchema);
    expect(devices.map(({ id }) => id)).toEqual(['7d1c0bff-a1b2']);
    const device = await gateway.get('/v1/devices/7d1c0bff-a1b2', deviceSchema);
    expect(device.samples['used']).toBe(2);
  });

  it('is told over HTTP what is wrong with its set-up, and that its test arrived', async () => {
    await using gateway = await startGatewayProcess();
    const post = (body: string) =>
      fetch(new URL('/v1/ingest/sensor-logger', gateway.http), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
    expect((await post(messageAt(Date.now()))).status).toBe(200);
    const wrong = await post('hello');
    expect(wrong.status).toBe(499);
    expect((await wrong.text()).length).toBeGreaterThan(10);
    expect((await gateway.get('/v1/ledger', ledgerSchema)).balanced).toBe(true);
  });
});
