import { connectAsync, type MqttClient } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { createPhones } from '../../../../src/recordings/simulation/create-phones.js';
import { type FleetOptions, startFleet } from '../../../../src/recordings/simulation/fleet.js';
import { systemClock } from '../../../../src/shared/clock.js';
import { GatewayError } from '../../../../src/shared/errors.js';
import { freePort } from '../../../helpers/free-port.js';
import { deviceId, START_MS } from '../../../helpers/sensor-messages.js';
import { startMosquitto } from '../../../helpers/start-mosquitto.js';

function optionsOf(url: string, overrides: Partial<FleetOptions> = {}): FleetOptions {
  return {
    url,
    phones: 5,
    seconds: 4,
    seed: 3,
    format: 'alongside',
    pace: 'max',
    connections: 'shared',
    startMs: START_MS,
    clock: systemClock,
    ...overrides,
  };
}

/** Everything published below a topic from now on. */
async function collect(
  url: string,
  topic: string,
): Promise<AsyncDisposable & { readonly payloads: Map<string, string[]> }> {
  const client: MqttClient = await connectAsync(url);
  const payloads = new Map<string, string[]>();
  client.on('message', (from, payload) => {
    payloads.set(from, [...(payloads.get(from) ?? []), payload.toString()]);
  });
  await client.subscribeAsync(topic, { qos: 1 });
  return { payloads, [Symbol.asyncDispose]: () => client.endAsync() };
}

describe('startFleet', () => {
  it.each(['shared', 'each'] as const)(
    'delivers what its phones send, over connections: %s',
    async (connections) => {
      await using broker = await startMosquitto();
      await using received = await collect(broker.url, 'alongside/+/sensors');
      const options = optionsOf(broker.url, { connections });
      await using fleet = await startFleet(options);
      const counts = await fleet.finished;
      expect(counts).toMatchObject({ phones: 5, messages: 20, acknowledged: 20, failed: 0 });
      await expect.poll(() => [...received.payloads.values()].flat().length).toBe(20);
      for (const phone of createPhones({ ...options, startMs: START_MS })) {
        const expected = [0, 1, 2, 3].flatMap((period) =>
          phone.sentIn(period).publishes.map(({ payload }) => payload),
        );
        expect(received.payloads.get(`alongside/${phone.device}/sensors`)).toEqual(expected);
      }
    },
  );

  it('knows the truth of its phones', async () => {
    await using broker = await startMosquitto();
    await using fleet = await startFleet(optionsOf(broker.url));
    const [device] = fleet.devices;
    expect(() => fleet.truth(deviceId('stranger'), 'accompanied', 0, 1)).toThrow(/stranger/);
    expect(device).toBe('phone-0001');
    if (device === undefined) return;
    const intervals = fleet.truth(device, 'accompanied', START_MS, START_MS + 300_000);
    expect(intervals.length).toBeGreaterThan(1);
    for (const { fromMs, value } of intervals)
      expect(fleet.truthAt(device, 'accompanied', fromMs)).toBe(value);
  });

  it('sends a message in real time only when its period is over', async () => {
    await using broker = await startMosquitto();
    const begunMs = Date.now();
    await using fleet = await startFleet(optionsOf(broker.url, { pace: 'real-time', seconds: 1 }));
    const { messages } = await fleet.finished;
    expect(messages).toBe(5);
    expect(Date.now() - begunMs).toBeGreaterThan(1000);
  });

  it('loses nothing when the broker goes away for a while', async () => {
    await using broker = await startMosquitto();
    await using fleet = await startFleet(
      optionsOf(broker.url, { pace: 'real-time', messageMs: 50, seconds: 3 }),
    );
    await expect.poll(() => fleet.counts().acknowledged).toBeGreaterThan(20);
    await broker.restart();
    const { messages, acknowledged, failed } = await fleet.finished;
    expect({ messages, acknowledged, failed }).toEqual({ messages: 300, acknowledged: 300, failed: 0 });
  });

  it('ends at once when disposed of, twice even, with the broker gone too', async () => {
    const broker = await startMosquitto();
    const { seconds: _, ...endless } = optionsOf(broker.url, { pace: 'real-time', messageMs: 50 });
    const fleet = await startFleet(endless);
    await expect.poll(() => fleet.counts().acknowledged).toBeGreaterThan(5);
    await broker[Symbol.asyncDispose]();
    await fleet[Symbol.asyncDispose]();
    await fleet[Symbol.asyncDispose]();
    const { messages, acknowledged, failed } = await fleet.finished;
    expect(acknowledged + failed).toBeLessThanOrEqual(messages);
  });

  it('says when the broker cannot be reached, or refuses', async () => {
    const nowhere = `mqtt://127.0.0.1:${await freePort()}`;
    await expect(startFleet(optionsOf(nowhere))).rejects.toThrow(GatewayError);
    await using broker = await startMosquitto({ users: { me: 'right' } });
    const wrong = optionsOf(broker.url, { username: 'me', password: 'wrong' });
    await expect(startFleet(wrong)).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
    await using fleet = await startFleet({ ...wrong, password: 'right' });
    expect((await fleet.finished).acknowledged).toBe(20);
  });

  it('refuses to send without end as fast as possible', async () => {
    const { seconds: _, ...endless } = optionsOf('mqtt://127.0.0.1:1');
    await expect(startFleet(endless)).rejects.toMatchObject({ code: 'USAGE' });
  });
});
