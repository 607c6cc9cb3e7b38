import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { generate } from 'mqtt-packet';
import { describe, expect, it, vi } from 'vitest';
import type { Refusal } from '../../../../src/ingest/broker/broker-types.js';
import {
  type EmbeddedSourceOptions,
  startEmbeddedSource,
} from '../../../../src/ingest/broker/embedded-source.js';
import type { SourceRejection } from '../../../../src/ingest/source.js';
import { systemClock } from '../../../../src/shared/clock.js';
import { PATIENCE } from '../../../helpers/eventually.js';
import { connectPhone } from '../phone.js';
import { describeSource } from '../source-contract.js';
import { createEmbeddedSourceWorld } from '../source-world.js';

describeSource('embedded source, MQTT 3.1.1', () => createEmbeddedSourceWorld(4));
describeSource('embedded source, MQTT 5', () => createEmbeddedSourceWorld(5));

const TOPIC = 'alongside/phone/sensors';

async function start(options: Partial<EmbeddedSourceOptions> = {}) {
  const delivered: string[] = [];
  const rejections: SourceRejection[] = [];
  const refusals: Refusal[] = [];
  const held: string[] = [];
  const source = await startEmbeddedSource({
    subscriptions: [],
    clock: systemClock,
    hooks: {
      onRejected: (rejection) => void rejections.push(rejection),
      onHoldExceeded: (topic) => void held.push(topic),
    },
    ...options,
    broker: { port: 0, onRefused: (refusal) => void refusals.push(refusal), ...options.broker },
    deliver: (message) => {
      delivered.push(Buffer.from(message.payload).toString());
      return options.deliver?.(message);
    },
  });
  return { ...source, url: source.broker.url, delivered, rejections, refusals, held };
}

describe(startEmbeddedSource, () => {
  it('acknowledges a phone’s message when it was taken over, not before, and holds up no other phone', async () => {
    let takeOver: () => void = () => undefined;
    await using gateway = await start({
      deliver: ({ device }) =>
        device === 'slow' ? new Promise<void>((resolve) => (takeOver = resolve)) : undefined,
    });
    await using slow = await connectPhone(gateway.url);
    await using quick = await connectPhone(gateway.url);
    let isAcknowledged = false;
    const published = slow.client.publishAsync('alongside/slow/sensors', 'x', { qos: 1 }).then(() => {
      isAcknowledged = true;
    });
    await vi.waitFor(() => expect(gateway.delivered).toEqual(['x']), PATIENCE);
    for (let n = 0; n < 20; n++) {
      await quick.client.publishAsync('alongside/quick/sensors', String(n), { qos: 1 });
    }
    expect(isAcknowledged).toBe(false);
    takeOver();
    await published;
  });

  it('reads no more from a phone whose messages wait', async () => {
    await using gateway = await start({ deliver: () => new Promise(() => undefined) });
    await using phone = await connectPhone(gateway.url);
    const payload = Buffer.alloc(20_000);
    for (let n = 0; n < 2000; n++) phone.client.publish(TOPIC, payload);
    await using other = await connectPhone(gateway.url);
    await other.client.publishAsync('other', 'x', { qos: 1 });
    await vi.waitFor(() => expect(gateway.rejections).toHaveLength(1), PATIENCE);
    expect(gateway.delivered.length).toBeLessThan(20);
  });

  it('holds no longer than a phone is patient', async () => {
    await using gateway = await start({ deliver: () => new Promise(() => undefined) });
    await using phone = await connectPhone(gateway.url, { keepalive: 1 });
    await phone.client.publishAsync(TOPIC, 'x', { qos: 1 });
    expect(gateway.held).toEqual([TOPIC]);
  });

  it('counts topics nobody listens to', async () => {
    await using gateway = await start();
    await using phone = await connectPhone(gateway.url);
    await phone.client.publishAsync('alongside/phone/sensor', 'x', { qos: 1 });
    expect(gateway.rejections).toMatchObject([{ reason: 'wrong-topic', topic: 'alongside/phone/sensor' }]);
    expect(gateway.refusals).toEqual([]);
  });

  it.each(['alongside/phone/status', 'alongside/gateway/availability'])(
    'lets no phone publish to %s',
    async (topic) => {
      await using gateway = await start();
      await using phone = await connectPhone(gateway.url, { reconnectPeriod: 0 });
      const closed = new Promise<void>((resolve) => void phone.client.once('close', resolve));
      phone.client.publish(topic, 'lie', { retain: true, qos: 1 });
      await closed;
      expect(gateway.refusals).toMatchObject([{ reason: 'publish-denied', detail: topic }]);
    },
  );

  it('keeps to the access rules it is given', async () => {
    await using gateway = await start({
      broker: { port: 0, access: { authorizePublish: ({ clientId }) => clientId === 'known' } },
    });
    await using known = await connectPhone(gateway.url, { clientId: 'known' });
    await known.client.publishAsync(TOPIC, 'x', { qos: 1 });
    await using unknown = await connectPhone(gateway.url, { clientId: 'unknown', reconnectPeriod: 0 });
    const closed = new Promise<void>((resolve) => void unknown.client.once('close', resolve));
    unknown.client.publish(TOPIC, 'y');
    await closed;
    expect(gateway.delivered).toEqual(['x']);
  });

  it('finishes what it has begun before it ends', async () => {
    let takeOver: () => void = () => undefined;
    const gateway = await start({ deliver: () => new Promise<void>((resolve) => (takeOver = resolve)) });
    await using phone = await connectPhone(gateway.url);
    const published = phone.client.publishAsync(TOPIC, 'last', { qos: 1 });
    await vi.waitFor(() => expect(gateway.delivered).toEqual(['last']), PATIENCE);
    const ended = gateway[Symbol.asyncDispose]();
    takeOver();
    await Promise.all([published, ended]);
    expect(gateway.health()).toMatchObject({ ok: false });
  });

  it('acknowledges in the order of publishing', async () => {
    const takeOver: (() => void)[] = [];
    await using gateway = await start({
      deliver: () => new Promise<void>((resolve) => void takeOver.push(resolve)),
    });
    const socket = connectTcp(gateway.broker.port, '127.0.0.1');
    const bytes: Buffer[] = [];
    socket.on('data', (chunk) => void bytes.push(chunk));
    await once(socket, 'connect');
    const connect = { protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: 'c' } as const;
    const message = { topic: TOPIC, payload: 'x', qos: 1, retain: false, dup: false } as const;
    socket.write(generate({ cmd: 'connect', ...connect }));
    for (const messageId of [7, 5, 6]) socket.write(generate({ cmd: 'publish', messageId, ...message }));
    await vi.waitFor(() => expect(takeOver).toHaveLength(3), PATIENCE);
    for (const finish of takeOver.reverse()) finish();
    const pubacks = [7, 5, 6].flatMap((id) => [0x40, 2, 0, id]);
    await vi.waitFor(() => expect([...Buffer.concat(bytes)]).toEqual([0x20, 2, 0, 0, ...pubacks]), PATIENCE);
    socket.destroy();
  });
});
