import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { discoveryTopic } from '../../../src/notify/home-assistant/discovery.js';
import { deviceId } from '../../helpers/make-results.js';
import { type Mosquitto, startMosquitto } from '../../helpers/start-mosquitto.js';

const DEPLOY = join(import.meta.dirname, '../../../deploy');
/** Lines that name paths and ports of the container; the test's broker has its own. */
const OF_THE_CONTAINER = /^(#|allow_anonymous|password_file|acl_file|persistence|log_|listener|protocol|$)/;

let broker: Mosquitto;
beforeAll(async () => {
  const lines = (await readFile(join(DEPLOY, 'mosquitto.conf'), 'utf8')).split('\n');
  broker = await startMosquitto({
    users: { gateway: 'one', phones: 'two', homeassistant: 'three' },
    acl: await readFile(join(DEPLOY, 'mosquitto.acl'), 'utf8'),
    persistence: true,
    config: lines.filter((line) => !OF_THE_CONTAINER.test(line) && !line.startsWith('autosave')),
  });
});
afterAll(() => broker[Symbol.asyncDispose]());

const asGateway = () => connectAsync(broker.url, { username: 'gateway', password: 'one' });
const asHomeAssistant = () => connectAsync(broker.url, { username: 'homeassistant', password: 'three' });
const asPhone = () => connectAsync(broker.url, { username: 'phones', password: 'two' });

/** Topics of the messages that reach a subscriber to everything, up to one that is always let through. */
async function heardBy(listener: MqttClient, topics: readonly string[], speaker: MqttClient, last: string) {
  const heard: string[] = [];
  const done = new Promise<void>((resolve) => {
    listener.on('message', (topic) => {
      if (topic === last) resolve();
      else heard.push(topic);
    });
  });
  for (const topic of [...topics, last]) await speaker.publishAsync(topic, 'x', { qos: 1 });
  await done;
  return heard;
}

describe('deploy/mosquitto.conf', () => {
  it('lets nobody in without the right password', async () => {
    const options = { reconnectPeriod: 0, connectTimeout: 5_000 };
    await expect(connectAsync(broker.url, options)).rejects.toThrow(/Not authorized/);
    const wrong = { ...options, username: 'phones', password: 'one' };
    await expect(connectAsync(broker.url, wrong)).rejects.toThrow(/Not authorized/);
  });

  it('lets phones publish what phones say, and nothing the gateway says', async () => {
    const [gateway, phone] = await Promise.all([asGateway(), asPhone()]);
    await gateway.subscribeAsync(['alongside/#', 'sensor-logger/#'], { qos: 1 });
    const allowed = [
      'alongside/a/sensors',
      'alongside/a/frames',
      'alongside/a/labels',
      'sensor-logger',
      'sensor-logger/a',
    ];
    const forbidden = ['alongside/a/status', 'alongside/gateway/availability', 'alongside/a/b/sensors'];
    expect(await heardBy(gateway, [...forbidden, ...allowed], phone, 'alongside/last/labels')).toEqual(
      allowed,
    );
    await Promise.all([gateway.endAsync(), phone.endAsync()]);
  });

  it('lets phones read statuses, and no one else’s sensors', async () => {
    const [gateway, phone] = await Promise.all([asGateway(), asPhone()]);
    await phone.subscribeAsync(['alongside/+/status', 'alongside/+/sensors'], { qos: 1 });
    const topics = ['alongside/a/sensors', 'alongside/a/status'];
    expect(await heardBy(phone, topics, gateway, 'alongside/last/status')).toEqual(['alongside/a/status']);
    await Promise.all([gateway.endAsync(), phone.endAsync()]);
  });

  it('lets the gateway make devices known to Home Assistant, and hear that it is there', async () => {
    const [gateway, phone, homeAssistant] = await Promise.all([asGateway(), asPhone(), asHomeAssistant()]);
    await homeAssistant.subscribeAsync(['homeassistant/#', 'alongside/#'], { qos: 1 });
    const config = discoveryTopic('homeassistant', deviceId('a'));
    const topics = [config, 'alongside/a/status', 'alongside/a/connection', 'alongside/gateway/availability'];
    const sensors = 'alongside/a/sensors';
    expect(await heardBy(homeAssistant, [sensors, ...topics], gateway, 'alongside/last/status')).toEqual(
      topics,
    );
    await gateway.subscribeAsync(['homeassistant/#', 'alongside/#'], { qos: 1 });
    const birth = 'homeassistant/status';
    expect(await heardBy(gateway, [config, birth, sensors], homeAssistant, birth)).toEqual([]);
    expect(await heardBy(gateway, [config, birth], phone, 'alongside/last/labels')).toEqual([]);
    await Promise.all([gateway, phone, homeAssistant].map((client) => client.endAsync()));
  });
});
