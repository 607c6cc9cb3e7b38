import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { GatewayError } from '../../../src/shared/errors.js';
import { PATIENCE } from '../../helpers/eventually.js';
import type { SourceWorld } from './source-world.js';

const TOPIC = 'alongside/phone/sensors';

/** What every source promises, whatever is between it and the phones. */
export function describeSource(name: string, createWorld: () => Promise<SourceWorld>): void {
  describe(name, () => {
    it('delivers messages of QoS 0, 1 and 2 with format, device and payload', async () => {
      await using world = await createWorld();
      await using gateway = await world.start({
        subscriptions: [{ topic: 'lab/{device}/+', format: 'phyphox' }],
      });
      await using phone = await world.connectPhone();
      await phone.client.publishAsync(TOPIC, 'zero', { qos: 0 });
      await phone.client.publishAsync('alongside/phone/frames', 'one', { qos: 1 });
      await phone.client.publishAsync('lab/b/motion', 'two', { qos: 2 });
      await vi.waitFor(() => expect(gateway.delivered).toEqual(['zero', 'one', 'two']), PATIENCE);
      expect(gateway.messages).toMatchObject([
        { format: 'alongside', device: 'phone', topic: TOPIC },
        { format: 'frame', device: 'phone' },
        { format: 'phyphox', device: 'b' },
      ]);
      expect(gateway.source.health()).toEqual({ name: 'mqtt', ok: true, detail: '' });
    });

    it('keeps each publisher’s order while deliveries end in any order', async () => {
      await using world = await createWorld();
      let turn = 0;
      await using gateway = await world.start({ deliver: () => sleep((turn++ * 7) % 5) });
      await using one = await world.connectPhone();
      await using other = await world.connectPhone();
      const numbers = [...Array(200).keys()];
      await Promise.all(
        [one, other].flatMap(({ client }, phone) =>
          numbers.map((n) => client.publishAsync(`alongside/p${phone}/sensors`, String(n), { qos: 1 })),
        ),
      );
      await vi.waitFor(() => expect(gateway.delivered).toHaveLength(400), PATIENCE);
      for (const device of ['p0', 'p1']) {
        const received = gateway.messages.filter((message) => message.device === device);
        expect(received.map(({ payload }) => Number(Buffer.from(payload)))).toEqual(numbers);
      }
    });

    it('hands messages over without waiting for the one before', async () => {
      await using world = await createWorld();
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      await using gateway = await world.start({ deliver: () => held });
      await using phone = await world.connectPhone();
      const published = ['1', '2', '3'].map((text) => phone.client.publishAsync(TOPIC, text, { qos: 1 }));
      await vi.waitFor(() => expect(gateway.delivered).toEqual(['1', '2', '3']), PATIENCE);
      release();
      await Promise.all(published);
    });

    it('gets a message again that it had not taken over when it was killed', async () => {
      await using world = await createWorld();
      await using holding = await world.startHolding();
      await using phone = await world.connectPhone();
      const published = phone.client.publishAsync(TOPIC, 'precious', { qos: 1 });
      await holding.holding;
      await holding.kill();
      await using gateway = await world.start();
      await vi.waitFor(() => expect(gateway.delivered).toEqual(['precious']), PATIENCE);
      await published;
    });

    it('gets what was published while it was away', async () => {
      await using world = await createWorld();
      const before = await world.start();
      await using phone = await world.connectPhone();
      await before.source[Symbol.asyncDispose]();
      const published = phone.client.publishAsync(TOPIC, 'meanwhile', { qos: 1 });
      await using after = await world.start();
      await vi.waitFor(() => expect(after.delivered).toEqual(['meanwhile']), PATIENCE);
      await published;
      expect(before.delivered).toEqual([]);
    });

    it('leaves to the sender what it has not taken over when it ends', async () => {
      await using world = await createWorld();
      const before = await world.start({ deliver: () => new Promise(() => undefined), closeTimeoutMs: 50 });
      await using phone = await world.connectPhone();
      const published = phone.client.publishAsync(TOPIC, 'unfinished', { qos: 1 });
      await vi.waitFor(() => expect(before.delivered).toEqual(['unfinished']), PATIENCE);
      await before.source[Symbol.asyncDispose]();
      await using after = await world.start();
      await vi.waitFor(() => expect(after.delivered).toEqual(['unfinished']), PATIENCE);
      await published;
    });

    it('reports deliveries that fail and goes on', async () => {
      await using world = await createWorld();
      await using gateway = await world.start({
        deliver: ({ payload }) => {
          const text = Buffer.from(payload).toString();
          if (text === 'throws') throw new Error('thrown');
          return text === 'rejects' ? Promise.reject(new Error('rejected')) : undefined;
        },
      });
      await using phone = await world.connectPhone();
      for (const text of ['throws', 'rejects', 'fine']) {
        await phone.client.publishAsync(TOPIC, text, { qos: 1 });
      }
      await vi.waitFor(() => expect(gateway.delivered).toEqual(['throws', 'rejects', 'fine']), PATIENCE);
      expect(gateway.failures).toMatchObject([{ message: 'thrown' }, { message: 'rejected' }]);
    });

    it('acknowledges what is held too long, says so, and goes on', async () => {
      await using world = await createWorld();
      const before = await world.start({
        maxHoldMs: 50,
        deliver: ({ payload }) =>
          Buffer.from(payload).toString() === 'stuck' ? new Promise(() => undefined) : undefined,
      });
      await using phone = await world.connectPhone();
      await phone.client.publishAsync(TOPIC, 'stuck', { qos: 1 });
      await phone.client.publishAsync(TOPIC, 'next', { qos: 1 });
      await vi.waitFor(() => expect(before.delivered).toEqual(['stuck', 'next']), PATIENCE);
      await vi.waitFor(() => expect(before.held).toEqual([TOPIC]), PATIENCE);
      await before.source[Symbol.asyncDispose]();
      await using after = await world.start();
      await phone.client.publishAsync(TOPIC, 'last', { qos: 1 });
      await vi.waitFor(() => expect(after.delivered).toEqual(['last']), PATIENCE);
    });

    it('gets a message again that could not be taken over, when told to', async () => {
      await using world = await createWorld();
      let attempts = 0;
      await using gateway = await world.start({
        whenNotTaken: 'redeliver',
        deliver: () => {
          attempts += 1;
          if (attempts === 1) throw new GatewayError('STORE_UNAVAILABLE', 'disk full', { retryable: true });
        },
      });
      await using phone = await world.connectPhone();
      await phone.client.publishAsync(TOPIC, 'again', { qos: 1 });
      await vi.waitFor(() => expect(gateway.delivered).toEqual(['again', 'again']), PATIENCE);
    });

    it('counts devices that may not be named so', async () => {
      await using world = await createWorld();
      await using gateway = await world.start();
      await using phone = await world.connectPhone();
      const names = ['a b', '..', 'ü', 'x'.repeat(10_000)];
      for (const name of names) await phone.client.publishAsync(`alongside/${name}/sensors`, 'x', { qos: 1 });
      await phone.client.publishAsync(TOPIC, 'good', { qos: 1 });
      await vi.waitFor(() => expect(gateway.delivered).toEqual(['good']), PATIENCE);
      expect(gateway.rejections.map(({ reason }) => reason)).toEqual(names.map(() => 'bad-device'));
    });

    it('publishes retained messages, and its availability as long as it is there', async () => {
      await using world = await createWorld();
      await using gateway = await world.start();
      await gateway.source.publish('alongside/phone/status', 'old', { retain: true });
      await gateway.source.publish('alongside/phone/status', 'new', { retain: true });
      await using dashboard = await world.connectPhone();
      await dashboard.client.subscribeAsync('alongside/#', { qos: 1 });
      await vi.waitFor(() => {
        expect(dashboard.heard.get('alongside/phone/status')).toEqual(['new']);
        expect(dashboard.heard.get('alongside/gateway/availability')).toEqual(['online']);
      }, PATIENCE);
      await gateway.source[Symbol.asyncDispose]();
      await vi.waitFor(() => {
        expect(dashboard.heard.get('alongside/gateway/availability')).toEqual(['online', 'offline']);
      }, PATIENCE);
      await expect(gateway.source.publish('t', 'late')).rejects.toMatchObject({ code: 'CLOSED' });
    });

    it('takes no message twice and none of its own', async () => {
      await using world = await createWorld();
      await using gateway = await world.start();
      await using phone = await world.connectPhone();
      await gateway.source.publish('alongside/phone/status', 'own');
      await phone.client.publishAsync(TOPIC, 'first', { qos: 1 });
      await phone.client.publishAsync(TOPIC, 'second', { qos: 1 });
      await vi.waitFor(() => expect(gateway.delivered).toContain('second'), PATIENCE);
      expect(gateway.delivered).toEqual(['first', 'second']);
      expect(gateway.rejections).toEqual([]);
    });
  });
}
