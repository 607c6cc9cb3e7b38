import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { deviceSchema, type LedgerAnswer, ledgerSchema } from '../helpers/api-schemas.js';
import { eventually } from '../helpers/eventually.js';
import { type RunningGateway, startGatewayProcess } from '../helpers/run-cli.js';

/** A Sensor Logger message with one accelerometer sample a time. */
function sensorLogger(
  deviceId: string,
  timesMs: readonly number[],
  overrides: Readonly<Record<string, unknown>> = {},
): string {
  const payload = timesMs.map((timeMs) => ({
    name: 'accelerometer',
    time: timeMs * 1e6,
    values: { z: 1, y: 2, x: 3 },
  }));
  return JSON.stringify({ messageId: 1, sessionId: 's', deviceId, payload, ...overrides });
}

describe('bad input', () => {
  let gateway: RunningGateway;
  let client: MqttClient;
  beforeAll(async () => {
    gateway = await startGatewayProcess();
    client = await connectAsync(gateway.mqtt);
  });
  afterAll(async () => {
    await client.endAsync(true);
    await gateway[Symbol.asyncDispose]();
  });

  const ledger = () => gateway.get('/v1/ledger', ledgerSchema);

  /** Publishes, and gives the ledger before and after it has been dealt with. */
  async function publish(topic: string, payload: string | Buffer): Promise<[LedgerAnswer, LedgerAnswer]> {
    const before = await ledger();
    await client.publishAsync(topic, payload, { qos: 1 });
    const after = await eventually(
      ledger,
      ({ messages }) => messages.received > before.messages.received,
      5000,
    );
    return [before, after];
  }

  it.each([
    ['not JSON', 'sensor-logger', 'hello', 'not-json'],
    ['no bytes', 'sensor-logger', '', 'not-json'],
    ['random bytes', 'sensor-logger/phone', Buffer.from([0, 255, 254, 1, 128]), 'not-json'],
    ['another shape', 'sensor-logger', '[1,2,3]', 'wrong-shape'],
    [
      'wrong types',
      'sensor-logger/phone',
      '{"messageId":{},"sessionId":[],"deviceId":7,"payload":"x"}',
      'wrong-shape',
    ],
    ['a device name with a slash', 'sensor-logger', sensorLogger('a/b', [1]), 'bad-device'],
    ['a device name with ..', 'sensor-logger', sensorLogger('a..b', [1]), 'bad-device'],
    ['a device name with + and #', 'sensor-logger', sensorLogger('+#', [1]), 'bad-device'],
    ['a device name of 10 KB', 'sensor-logger', sensorLogger('x'.repeat(10_240), [1]), 'bad-device'],
    [
      'CBOR whose column is longer than the message',
      'alongside/phone/sensors',
      Buffer.from('a16773656e736f7273a1696779726f73636f7065a16674696d654d73d8565b7ffffffffffffff8', 'hex'),
      'wrong-shape',
    ],
    ['CBOR that ends within a value', 'alongside/phone/sensors', Buffer.of(0xa1, 0x67), 'wrong-shape'],
    [
      'CBOR of a million arrays in an array',
      'alongside/phone/sensors',
      Buffer.concat([Buffer.from('a161619a000f4240', 'hex'), Buffer.alloc(1_000_000, 0x80)]),
      'wrong-shape',
    ],
    ['a bad device level in the topic', 'alongside/a b/sensors', '{}', 'bad-device'],
    [
      'columns of unequal length',
      'alongside/phone/sensors',
      '{"sensors":{"gyroscope":{"timeMs":[1,2],"x":[1],"y":[1],"z":[1]}}}',
      'wrong-shape',
    ],
  ])('counts %s by its reason', async (_, topic, payload, reason) => {
    const [before, after] = await publish(topic, payload);
    expect(after.messages.rejected[reason]).toBe((before.messages.rejected[reason] ?? 0) + 1);
    expect(after.balanced).toBe(true);
  });

  it.each([
    ['of 1970', [0, 1000], 'past'],
    ['of before the epoch', [-1], 'past'],
    ['of 2100', [Date.parse('2100-01-01')], 'future'],
  ])('counts samples %s', async (_, times, fate) => {
    const [before, after] = await publish(
      'sensor-logger',
      sensorLogger('clockless', times, { messageId: undefined }),
    );
    expect(after.samples[fate]).toBe((before.samples[fate] ?? 0) + times.length);
    expect(after.balanced).toBe(true);
  });

  it('counts values that are no numbers and takes the others', async () => {
    const nowMs = Date.now();
    const payload = [Number.NaN, '1e999', 'x', null, 1].map((x, index) => ({
      name: 'gyroscope',
      time: (nowMs + index * 20) * 1e6,
      values: { x, y: 0, z: 0 },
    }));
    const [before, after] = await publish(
      'sensor-logger',
      sensorLogger('broken', [], { messageId: undefined, payload }),
    );
    expect(after.samples['invalid']).toBe((before.samples['invalid'] ?? 0) + 4);
    expect(after.samples['used']).toBe((before.samples['used'] ?? 0) + 1);
  });

  it('lists a device that never sent a usable sample', async () => {
    const payload = [{ name: 'gyroscope', time: Date.now() * 1e6, values: { x: null, y: null, z: null } }];
    await publish('sensor-logger', sensorLogger('mute', [], { messageId: undefined, payload }));
    const { devices } = await gateway.get('/v1/devices', z.object({ devices: z.array(deviceSchema) }));
    expect(devices.find(({ id }) => id === 'mute')?.samples['invalid']).toBe(1);
  });

  it('takes an empty message and counts sensors nobody knows', async () => {
    const payload = [{ name: 'nose', time: Date.now() * 1e6, values: { smell: 1 } }];
    const [, after] = await publish(
      'sensor-logger',
      sensorLogger('odd', [], { messageId: undefined, payload }),
    );
    expect(after.ignoredSensors['nose']).toBe(1);
  });

  it('refuses bodies of 10 MB over MQTT and HTTP, and goes on', async () => {
    const huge = Buffer.alloc(10_500_000, 32);
    const other = await connectAsync(gateway.mqtt, { reconnectPeriod: 0 });
    other.on('error', () => undefined);
    other.publish('sensor-logger', huge, { qos: 0 });
    const response = await fetch(new URL('/v1/ingest/sensor-logger', gateway.http), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: huge,
    }).catch(() => undefined);
    if (response !== undefined) expect(response.status).toBe(413);
    await other.endAsync(true);
    expect((await ledger()).balanced).toBe(true);
  });

  it('refuses what a device sends a hundred times too fast, and no other device notices', async () => {
    const nowMs = Date.now() - 5000;
    const flood = Array.from({ length: 10_000 }, (_, index) => nowMs + index / 10);
    const [before, after] = await publish(
      'sensor-logger',
      sensorLogger('flood', flood, { messageId: undefined }),
    );
    expect(after.samples['too-fast']).toBe((before.samples['too-fast'] ?? 0) + 8000);
    await publish(
      'sensor-logger',
      sensorLogger('calm', [nowMs, nowMs + 20, nowMs + 40], { messageId: undefined }),
    );
    const calm = await gateway.get('/v1/devices/calm', deviceSchema);
    expect(calm.samples['used']).toBe(3);
    expect((await ledger()).balanced).toBe(true);
  });

  it('says each reason at most once a minute in its log, without the payload', async () => {
    for (let count = 0; count < 20; count++)
      await client.publishAsync('sensor-logger', 'my-secret-payload', { qos: 1 });
    const lines = gateway
      .log()
      .split('\n')
      .filter((line) => line.includes('not-json'));
    expect(lines).toHaveLength(1);
    expect(gateway.log()).not.toContain('my-secret-payload');
  });
});
