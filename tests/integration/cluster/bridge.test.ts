import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bridge } from '../../../src/cluster/bridge.js';
import { openSharedMemory } from '../../../src/cluster/connect-nats.js';
import { startMqttSource } from '../../../src/ingest/client/mqtt-source.js';
import { systemClock } from '../../../src/shared/clock.js';
import { type Mosquitto, startMosquitto } from '../../helpers/start-mosquitto.js';
import { type Nats, startNats } from '../../helpers/start-nats.js';

const LAYOUT = { name: 'test', partitions: 1, replicas: 1, logBytes: 12_000_000 };
const TAKEN_WITHIN = { timeout: 30_000 };

describe('the bridge to an external broker', () => {
  let nats: Nats;
  let broker: Mosquitto;
  let phone: MqttClient;
  beforeAll(async () => {
    [nats, broker] = await Promise.all([startNats(), startMosquitto({ config: ['max_queued_messages 0'] })]);
    phone = await connectAsync(broker.url);
  });
  afterAll(async () => {
    await phone.endAsync();
    await broker[Symbol.asyncDispose]();
    await nats[Symbol.asyncDispose]();
  });

  /** A gateway of which only the bridge is there; what it takes over goes into the log that all have. */
  async function join(name: string, clientId: string, log: Set<string>, url = broker.url) {
    const memory = await openSharedMemory({ servers: nats.urls, name }, LAYOUT);
    const said: string[] = [];
    const bridge = new Bridge({
      to: `${broker.url} as ${clientId}`,
      gateway: name,
      owners: memory.owners,
      now: () => performance.now(),
      unreachedMs: 3000,
      events: {
        bridgeTaken: () => void said.push('taken'),
        bridgeGivenUp: () => void said.push('given up'),
        bridgeLost: () => void said.push('lost'),
        retainedFailed: (error) => void said.push(String(error)),
      },
      connect: () =>
        startMqttSource({
          broker: { url, clientId },
          subscriptions: [{ topic: `${clientId}/+`, format: 'sensor-logger' }],
          clock: systemClock,
          deliver: ({ payload }) => void log.add(Buffer.from(payload).toString()),
        }),
    });
    return {
      bridge,
      said,
      cutOff: () => memory.connection.close(),
      [Symbol.asyncDispose]: async () => {
        await bridge[Symbol.asyncDispose]();
        await memory[Symbol.asyncDispose]();
      },
    };
  }

  const send = async (clientId: string, from: number, count: number): Promise<string[]> => {
    const texts = Array.from({ length: count }, (_, index) => `${from + index}`);
    for (const text of texts) await phone.publishAsync(`${clientId}/anna`, text, { qos: 1 });
    return texts;
  };

  it('goes to another gateway at once when one stops, with what is retained', async () => {
    const log = new Set<string>();
    await using west = await join('west', 'stop', log);
    await expect.poll(() => west.bridge.health().ok, TAKEN_WITHIN).toBe(true);
    await west.bridge.ready;
    await using east = await join('east', 'stop', log);
    await east.bridge.ready;
    await expect
      .poll(() => east.bridge.health())
      .toMatchObject({ ok: true, detail: expect.stringContaining('gateway west has the bridge') });
    expect(east.bridge.isHeld).toBe(false);
    for (const { bridge } of [west, east])
      await bridge.publish('alongside/anna/status', 'yes', { retain: true });
    const before = await send('stop', 0, 50);
    await west.bridge[Symbol.asyncDispose]();
    expect(west.said).toEqual(['taken', 'given up']);
    await phone.publishAsync('alongside/anna/status', '', { qos: 1, retain: true });
    const after = await send('stop', 50, 50);
    await expect.poll(() => [...before, ...after].filter((text) => !log.has(text)), TAKEN_WITHIN).toEqual([]);
    expect(east.bridge.isHeld).toBe(true);
    const retained = new Promise<string>((resolve) => {
      phone.on('message', (_topic, payload) => resolve(payload.toString()));
    });
    await phone.subscribeAsync('alongside/anna/status', { qos: 1 });
    expect(await retained).toBe('yes');
  });

  it('goes to another gateway when one is cut off, which lets go of the broker and loses nothing', async () => {
    const log = new Set<string>();
    await using west = await join('west', 'cut', log);
    await west.bridge.ready;
    await using east = await join('east', 'cut', log);
    await east.bridge.ready;
    const before = await send('cut', 0, 50);
    await west.cutOff();
    const after = await send('cut', 50, 50);
    await expect.poll(() => east.said, TAKEN_WITHIN).toEqual(['taken']);
    expect(west.bridge.isHeld).toBe(false);
    const later = await send('cut', 100, 50);
    await expect
      .poll(() => [...before, ...after, ...later].filter((text) => !log.has(text)), TAKEN_WITHIN)
      .toEqual([]);
  });

  it('goes to another gateway when the one that has it does not reach the broker, and stays there', async () => {
    const log = new Set<string>();
    await using west = await join('west', 'lost', log, 'mqtt://127.0.0.1:1');
    await expect.poll(() => west.said, TAKEN_WITHIN).toEqual(['taken']);
    await using east = await join('east', 'lost', log);
    await expect.poll(() => west.said, TAKEN_WITHIN).toEqual(['taken', 'given up']);
    expect(west.bridge.problem).toContain('127.0.0.1:1');
    await expect.poll(() => east.bridge.health().ok && east.bridge.isHeld, TAKEN_WITHIN).toBe(true);
    const sent = await send('lost', 0, 50);
    await expect.poll(() => sent.filter((text) => !log.has(text)), TAKEN_WITHIN).toEqual([]);
    await expect.poll(() => west.bridge.health()).toMatchObject({ ok: true });
    expect([west.said, east.said]).toEqual([['taken', 'given up'], ['taken']]);
  });
});
