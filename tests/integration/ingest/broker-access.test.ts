import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connectAsync, connect as connectMqtt, type IClientOptions, type MqttClient } from 'mqtt';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AccessControl } from '../../../src/access/access-control.js';
import { createBrokerAccess } from '../../../src/gateway/broker-access.js';
import type { Refusal } from '../../../src/ingest/broker/broker-types.js';
import { type EmbeddedSource, startEmbeddedSource } from '../../../src/ingest/broker/embedded-source.js';
import { systemClock } from '../../../src/shared/clock.js';
import { type MadeAccess, makeAccess, makeRecords } from '../../helpers/make-access.js';

const SUBSCRIPTIONS = [{ topic: 'sensor-logger/+', format: 'sensor-logger' as const }];

let made: MadeAccess;
let control: AccessControl;
let source: EmbeddedSource;
const refusals: Refusal[] = [];
const delivered: string[] = [];
const clients: MqttClient[] = [];

beforeAll(async () => {
  made = await makeRecords();
});
beforeEach(async () => {
  refusals.length = 0;
  delivered.length = 0;
  control = makeAccess(made.records).control;
  const access = createBrokerAccess(control, { subscriptions: SUBSCRIPTIONS });
  source = await startEmbeddedSource({
    broker: {
      port: 0,
      access,
      limits: { maxSilentConnections: 3, maxConnections: 10 },
      onRefused: (refusal) => void refusals.push(refusal),
    },
    subscriptions: SUBSCRIPTIONS,
    deliver: ({ topic }) => void delivered.push(topic),
    clock: systemClock,
  });
  control.changes$.subscribe(() => source.broker.disconnect(access.isUnwanted));
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
  await source[Symbol.asyncDispose]();
});

async function connectAs(
  username: string,
  password: string | undefined,
  options: IClientOptions = {},
): Promise<MqttClient> {
  const client = await connectAsync(source.broker.url, {
    username,
    ...(password === undefined ? {} : { password }),
    reconnectPeriod: 0,
    ...options,
  });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

/** Resolves when the broker has ended a connection. */
function closing(client: MqttClient): Promise<void> {
  return new Promise((resolve) => {
    client.once('close', () => resolve());
  });
}

const asAnna = (options?: IClientOptions) => connectAs('anna', made.passwords['anna'], options);
const asBen = (options?: IClientOptions) => connectAs('ben', made.passwords['ben'], options);

describe('the embedded broker with credentials', () => {
  it.each([4, 5] as const)('refuses a wrong password over MQTT version %i', async (protocolVersion) => {
    await expect(connectAs('anna', 'wrong', { protocolVersion })).rejects.toThrow(
      /bad user ?name or password/i,
    );
    await expect(connectAsync(source.broker.url, { reconnectPeriod: 0, protocolVersion })).rejects.toThrow(
      /bad user ?name or password/i,
    );
    expect(refusals.map(({ reason }) => reason)).toEqual(['login-failed', 'login-failed']);
  });

  it.each([4, 5] as const)(
    'takes what is its own from a device over MQTT version %i',
    async (protocolVersion) => {
      const anna = await asAnna({ protocolVersion });
      await anna.publishAsync('sensor-logger/anna', '{}', { qos: 1 });
      expect(delivered).toEqual(['sensor-logger/anna']);
    },
  );

  it('ends the connection of a device that publishes as another, and takes nothing', async () => {
    const anna = await asAnna();
    anna.publish('alongside/ben/sensors', 'x', { qos: 1 });
    await closing(anna);
    expect(delivered).toEqual([]);
    expect(refusals).toMatchObject([{ reason: 'publish-denied', detail: 'alongside/ben/sensors' }]);
  });

  it('refuses wills for another', async () => {
    const will = {
      topic: 'alongside/ben/sensors',
      payload: Buffer.from('x'),
      qos: 1 as const,
      retain: false,
    };
    const anna = await asAnna({ will });
    anna.stream.destroy();
    await expect.poll(() => refusals.map(({ reason }) => reason)).toEqual(['publish-denied']);
    expect(delivered).toEqual([]);
  });

  it("gives a device its own status and nobody else's", async () => {
    const anna = await asAnna();
    const heard: string[] = [];
    anna.on('message', (topic) => heard.push(topic));
    await anna.subscribeAsync('alongside/anna/status', { qos: 1 });
    for (const filter of ['alongside/ben/status', 'alongside/+/status', '#']) {
      await expect(anna.subscribeAsync(filter, { qos: 1 }), filter).rejects.toThrow(/subscribe error/i);
    }
    await source.publish('alongside/ben/status', 'x', { retain: true });
    await source.publish('alongside/anna/status', 'x', { retain: true });
    await expect.poll(() => heard).toEqual(['alongside/anna/status']);
  });

  it('lets no device take over the connection or the session of another by its client id', async () => {
    const anna = await asAnna({ clientId: 'phone', clean: false });
    await anna.subscribeAsync('alongside/anna/status', { qos: 1 });
    const ben = await asBen({ clientId: 'phone', clean: false });
    const heard: string[] = [];
    ben.on('message', (topic) => heard.push(topic));
    await source.publish('alongside/anna/status', 'secret');
    await anna.publishAsync('sensor-logger/anna', '{}', { qos: 1 });
    await ben.publishAsync('sensor-logger/ben', '{}', { qos: 1 });
    expect(anna.connected).toBe(true);
    expect(heard).toEqual([]);
  });

  it('still gives a device its own session back', async () => {
    const first = await asAnna({ clientId: 'phone', clean: false });
    await first.subscribeAsync('alongside/anna/status', { qos: 1 });
    await first.endAsync();
    await source.publish('alongside/anna/status', 'while away', { qos: 1 });
    const heard: string[] = [];
    // Listens before it connects: what waited comes at once.
    const again = connectMqtt(source.broker.url, {
      username: 'anna',
      password: made.passwords['anna'] ?? '',
      clientId: 'phone',
      clean: false,
      reconnectPeriod: 0,
    });
    again.on('message', (topic) => heard.push(topic));
    clients.push(again);
    await expect.poll(() => heard).toEqual(['alongside/anna/status']);
  });

  it('ends connections whose credentials are taken back, and no others', async () => {
    const [anna, ben] = [await asAnna(), await asBen()];
    const closed = closing(anna);
    control.replace({ ...made.records, devices: made.records.devices.filter(({ name }) => name !== 'anna') });
    await closed;
    await ben.publishAsync('sensor-logger/ben', '{}', { qos: 1 });
    await expect(asAnna()).rejects.toThrow();
  });

  it('lets dashboards hear all statuses by a token', async () => {
    const reader = await connectAs('dashboard', made.tokens['read']);
    const heard: string[] = [];
    reader.on('message', (topic) => heard.push(topic));
    await reader.subscribeAsync('alongside/+/status', { qos: 1 });
    await source.publish('alongside/ben/status', 'x');
    await expect.poll(() => heard).toEqual(['alongside/ben/status']);
  });

  it('costs no slow hash when a fleet comes back', async () => {
    for (let round = 0; round < 5; round++) {
      const fleet = await Promise.all([asAnna(), asBen()]);
      await Promise.all(fleet.map((client) => client.endAsync()));
    }
    expect(control.passwordsHashed).toBe(2);
  });
});

describe('connections that say nothing', () => {
  const openSilent = async (): Promise<Socket> => {
    const socket = connect(source.broker.port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };

  it('make room for those who have something to say, the oldest first', async () => {
    const silent: Socket[] = [];
    for (let count = 0; count < 8; count++) silent.push((await openSilent()).resume());
    await expect.poll(() => source.broker.connections).toBe(3);
    const anna = await asAnna();
    await anna.publishAsync('sensor-logger/anna', '{}', { qos: 1 });
    expect(refusals.every(({ reason }) => reason === 'too-many-connections')).toBe(true);
    for (const socket of silent) socket.destroy();
  });
});
