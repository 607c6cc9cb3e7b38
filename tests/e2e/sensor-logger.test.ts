import { connectAsync } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { deviceSchema, devicesSchema, ledgerSchema } from '../helpers/api-schemas.js';
import { eventually } from '../helpers/eventually.js';
import { startGatewayProcess, startPlainGateway } from '../helpers/run-cli.js';
import { startMosquitto } from '../helpers/start-mosquitto.js';

const explainedSchema = z.object({
  statuses: z.array(
    z.object({
      target: z.string(),
      status: z.string(),
      reason: z.object({ code: z.string(), sensors: z.array(z.string()).optional() }).optional(),
    }),
  ),
});

const timelineSchema = z.object({ intervals: z.array(z.object({ status: z.string() })) });

/** Gravity in a trouser pocket while its wearer sits, m/s². */
const STILL = { x: -3.9, y: -0.8, z: -9.2 };

/** As the app sends it, written by hand: one reading of two sensors, z before y before x, epoch nanoseconds. */
function messageAt(timeMs: number): string {
  return `{"messageId":0,"sessionId":"c5241337","deviceId":"7d1c0bff-a1b2","payload":[
    {"name":"accelerometer","time":${timeMs}401773,"values":{"z":0.01,"y":-0.02,"x":0.03},"accuracy":3},
    {"name":"gyroscope","time":${timeMs}405773,"values":{"z":0.1,"y":-0.2,"x":0.3},"accuracy":3},
    {"name":"barometer","time":${timeMs}405773,"values":{"relativeAltitude":0,"pressure":994.28662109375},"accuracy":3}]}`;
}

/** A second of a phone that lies still in the pocket of somebody who sits, without a magnetometer. */
function stillSecondAt(timeMs: number, messageId: number): string {
  const readings = Array.from({ length: 50 }, (_, index) => {
    const tremor = 0.02 * Math.sin(messageId * 50 + index);
    const values: readonly (readonly [string, Readonly<Record<'x' | 'y' | 'z', number>>])[] = [
      ['accelerometer', { x: tremor, y: -tremor, z: tremor }],
      ['gravity', STILL],
      ['gyroscope', { x: 0, y: tremor / 10, z: 0 }],
    ];
    const time = `${timeMs + index * 20}000000`;
    return values.map(([name, axes]) => ({ name, time, values: axes, accuracy: 3 }));
  });
  return JSON.stringify({ messageId, sessionId: 'still', deviceId: 'still', payload: readings.flat() });
}

describe('Sensor Logger, unmodified', () => {
  it('has a true activity without any setting, and a reason for what no model tells', async () => {
    await using broker = await startMosquitto();
    await using gateway = await startPlainGateway(['mqtt.embedded=false', `mqtt.url=${broker.url}`]);
    await eventually(
      () => gateway.get('/health/ready', z.object({ ready: z.boolean() })),
      ({ ready }) => ready,
    );
    const phone = await connectAsync(broker.url);
    const startMs = Date.now() - 40_000;
    for (let second = 0; second < 40; second++) {
      await phone.publishAsync('sensor-logger', stillSecondAt(startMs + second * 1000, second), { qos: 1 });
    }
    const { statuses } = await eventually(
      () => gateway.get('/v1/devices/still', explainedSchema),
      (device) => device.statuses.some(({ target, status }) => target === 'activity' && status !== 'unknown'),
    );
    await phone.endAsync();
    const byTarget = new Map(statuses.map((status) => [status.target, status]));
    expect(byTarget.get('activity')).toMatchObject({ status: 'seated' });
    expect(byTarget.get('accompanied')).toMatchObject({ status: 'unknown', reason: { code: 'no-model' } });
    const { intervals } = await eventually(
      () => gateway.get('/v1/devices/still/timeline?target=activity', timelineSchema),
      (timeline) => timeline.intervals.some(({ status }) => status !== 'unknown'),
    );
    expect(intervals.map(({ status }) => status)).toContain('seated');
  });

  it('hears which sensor a model that was named by hand misses', async () => {
    await using gateway = await startGatewayProcess();
    const phone = await connectAsync(gateway.mqtt);
    const startMs = Date.now() - 20_000;
    for (let second = 0; second < 20; second++) {
      await phone.publishAsync('sensor-logger', stillSecondAt(startMs + second * 1000, second), { qos: 1 });
    }
    const { statuses } = await eventually(
      () => gateway.get('/v1/devices/still', explainedSchema),
      (device) => device.statuses.every(({ reason }) => reason?.code === 'missing-sensor'),
    );
    await phone.endAsync();
    expect(statuses.map(({ target, reason }) => [target, reason?.sensors])).toEqual([
      ['accompanied', ['magnetometer']],
      ['conversation', ['magnetometer']],
    ]);
    expect(gateway.log()).toContain('made on simulated people');
  });

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
