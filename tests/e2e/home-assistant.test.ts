import { connectAsync, type MqttClient } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { encodeAlongside } from '../../src/recordings/encode-messages.js';
import { startFleet } from '../../src/recordings/simulation/fleet.js';
import { systemClock } from '../../src/shared/clock.js';
import { eventually } from '../helpers/eventually.js';
import { DISCOVERY_TOPIC, homeAssistantDiscoverySchema } from '../helpers/home-assistant-schema.js';
import { startGatewayIn, startGatewayProcess } from '../helpers/run-cli.js';
import { blockAt } from '../helpers/sensor-messages.js';
import { startMosquitto } from '../helpers/start-mosquitto.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

interface Heard {
  readonly client: MqttClient;
  /** The latest payload of each topic. */
  readonly latest: Map<string, string>;
  readonly topics: string[];
}

/** Hears what Home Assistant would. */
async function listen(url: string): Promise<Heard> {
  const client = await connectAsync(url);
  const heard: Heard = { client, latest: new Map(), topics: [] };
  client.on('message', (topic, payload) => {
    heard.topics.push(topic);
    heard.latest.set(topic, payload.toString());
  });
  await client.subscribeAsync(['homeassistant/#', 'alongside/#'], { qos: 1 });
  return heard;
}

const discoveries = ({ topics }: Heard) => topics.filter((topic) => DISCOVERY_TOPIC.test(topic));
const statusSchema = z.object({ statuses: z.record(z.string(), z.object({ status: z.string() })) });

async function untilHeard<T>(ask: () => T, isWanted: (answer: T) => boolean): Promise<T> {
  return await eventually(() => Promise.resolve(ask()), isWanted);
}

describe('Home Assistant', () => {
  it('knows the devices, hears when the gateway dies, asks again, and forgets', async () => {
    await using broker = await startMosquitto();
    await using gateway = await startGatewayProcess([
      ...['logLevel=error', 'mqtt.embedded=false', `mqtt.url=${broker.url}`, 'homeAssistant.enabled=true'],
      ...['stream.offlineMs=2000', 'track.dwellMs=0'],
    ]);
    const heard = await listen(broker.url);
    await using fleet = await startFleet({
      url: broker.url,
      phones: 2,
      seed: 5,
      seconds: 12,
      format: 'sensor-logger',
      rateHz: 50,
      pace: 'max',
      connections: 'shared',
      clock: systemClock,
    });
    await untilHeard(
      () => new Set(discoveries(heard)).size,
      (size) => size === 2,
    );
    const [topic = ''] = discoveries(heard);
    const discovery = homeAssistantDiscoverySchema.parse(JSON.parse(heard.latest.get(topic) ?? ''));
    const device = discovery.dev.name;
    expect(Object.keys(discovery.cmps)).toContain(`alongside_${device}_conversation`);
    expect(heard.latest.get(discovery.avty[0]?.t ?? '')).toBe('online');

    await fleet.finished;
    const connection = `alongside/${device}/connection`;
    const last = await untilHeard(
      () => heard.latest.get(connection) ?? '',
      (payload) => payload.includes('"online":false'),
    );
    expect(JSON.parse(last)).toMatchObject({ device, online: false, lastSeen: expect.stringMatching(/Z$/) });
    const { statuses } = statusSchema.parse(JSON.parse(heard.latest.get(`alongside/${device}/status`) ?? ''));
    expect(Object.keys(statuses).sort()).toEqual(['accompanied', 'conversation']);

    const before = discoveries(heard).length;
    await heard.client.publishAsync('homeassistant/status', 'offline');
    await heard.client.publishAsync('homeassistant/status', 'online');
    await untilHeard(
      () => discoveries(heard).length,
      (count) => count >= before + 2,
    );
    expect(discoveries(heard).length).toBe(before + 2);

    const response = await fetch(new URL(`/v1/devices/${device}`, gateway.http), { method: 'DELETE' });
    expect(await response.json()).toMatchObject({ removed: true });
    const newcomer = await listen(broker.url);
    await untilHeard(
      () => discoveries(newcomer).length,
      (count) => count > 0,
    );
    expect([...newcomer.latest.keys()].filter((name) => name.includes(device))).toEqual([]);
    expect(discoveries(newcomer)).toHaveLength(1);
    await newcomer.client.endAsync();

    await gateway.stop('SIGKILL');
    const availability = await untilHeard(
      () => heard.latest.get('alongside/gateway/availability'),
      (payload) => payload === 'offline',
    );
    expect(availability).toBe('offline');
    await heard.client.endAsync();
  });

  it('hears what is gone: targets of a model, and everything when it is switched off', async () => {
    await using broker = await startMosquitto();
    await using folder = await temporaryFolder();
    const settings = (...more: string[]) => [
      ...['logLevel=error', 'mqtt.embedded=false', `mqtt.url=${broker.url}`, ...more],
    ];
    const heard = await listen(broker.url);
    const config = 'homeassistant/device/alongside_anna/config';
    const present = () => {
      const payload = heard.latest.get(config) ?? '';
      if (payload === '') return [];
      const { cmps } = homeAssistantDiscoverySchema.parse(JSON.parse(payload));
      return Object.entries(cmps).flatMap(([id, component]) => ('uniq_id' in component ? [id] : []));
    };
    {
      await using gateway = await startGatewayIn(
        folder.path,
        settings('homeAssistant.enabled=true', 'models.active=[accompany-demo]'),
      );
      const payload = encodeAlongside({ clock: 'epoch', blocks: [blockAt('gyroscope', [Date.now()])] });
      await heard.client.publishAsync('alongside/anna/sensors', Buffer.from(payload), { qos: 1 });
      await untilHeard(present, (ids) => ids.includes('alongside_anna_accompanied'));
      await gateway.stop();
    }
    {
      await using gateway = await startGatewayIn(
        folder.path,
        settings('homeAssistant.enabled=true', 'models.active=[activity-phone]'),
      );
      await untilHeard(present, (ids) => ids.length > 0 && !ids.includes('alongside_anna_accompanied'));
      expect(JSON.parse(heard.latest.get(config) ?? '').cmps.alongside_anna_accompanied).toEqual({
        p: 'binary_sensor',
      });
      await gateway.stop();
    }
    await using _off = await startGatewayIn(folder.path, settings());
    await untilHeard(
      () => [config, 'alongside/anna/connection'].map((topic) => heard.latest.get(topic)),
      (payloads) => payloads.every((payload) => payload === ''),
    );
    await heard.client.endAsync();
  });
});
