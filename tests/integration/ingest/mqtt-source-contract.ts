import { describe, expect, it, vi } from 'vitest';
import { PATIENCE } from '../../helpers/eventually.js';
import type { BrokerWorld } from './source-world.js';

const TOPIC = 'alongside/phone/sensors';

/** What a source promises that is connected to its broker, whichever broker it is. */
export function describeMqttSource(name: string, createWorld: () => Promise<BrokerWorld>): void {
  describe(name, () => {
    it('comes back to a broker that was restarted, subscribed, with what was to be published meanwhile', async () => {
      await using world = await createWorld();
      await using gateway = await world.start();
      await world.stopBroker();
      await vi.waitFor(() => {
        expect(gateway.source.health()).toMatchObject({
          ok: false,
          detail: expect.stringMatching(/nothing listens/),
        });
      }, PATIENCE);
      const published = gateway.source.publish('alongside/phone/status', 'meanwhile', { retain: true });
      await world.startBroker();
      await published;
      await vi.waitFor(() => expect(gateway.source.health().ok).toBe(true), PATIENCE);
      expect(gateway.connections).toBe(2);
      await using phone = await world.connectPhone();
      await phone.client.publishAsync(TOPIC, 'after', { qos: 1 });
      await vi.waitFor(() => expect(gateway.delivered).toEqual(['after']), PATIENCE);
      await phone.client.subscribeAsync('alongside/+/status');
      await vi.waitFor(() => {
        expect(phone.heard.get('alongside/phone/status')).toEqual(['meanwhile']);
      }, PATIENCE);
      expect(gateway.disconnections[0]).toBe('the broker closed the connection');
    });

    it('leaves a will', async () => {
      await using world = await createWorld();
      await using holding = await world.startHolding();
      await using dashboard = await world.connectPhone();
      await dashboard.client.subscribeAsync('alongside/gateway/availability', { qos: 1 });
      // Who subscribes while it is being said hears it twice: as retained and as news.
      const last = () => dashboard.heard.get('alongside/gateway/availability')?.at(-1);
      await vi.waitFor(() => expect(last()).toBe('online'), PATIENCE);
      await holding.kill();
      await vi.waitFor(() => expect(last()).toBe('offline'), PATIENCE);
    });

    it('counts what arrives by subscriptions it does not have any more', async () => {
      await using world = await createWorld();
      const before = await world.start({ subscriptions: [{ topic: 'old', format: 'sensor-logger' }] });
      await before.source[Symbol.asyncDispose]();
      await using after = await world.start();
      await using phone = await world.connectPhone();
      await phone.client.publishAsync('old', 'x', { qos: 1 });
      await vi.waitFor(() => {
        expect(after.rejections).toMatchObject([{ reason: 'wrong-topic', topic: 'old' }]);
      }, PATIENCE);
    });

    it('refuses a payload that is too large and goes on', async () => {
      await using world = await createWorld();
      await using gateway = await world.start({ maxMessageBytes: 1_000_000 });
      await using phone = await world.connectPhone();
      await phone.client.publishAsync(TOPIC, Buffer.alloc(1_000_000), { qos: 1 });
      await phone.client.publishAsync(TOPIC, 'next', { qos: 1 });
      await vi.waitFor(() => expect(gateway.delivered).toEqual(['next']), PATIENCE);
      expect(gateway.rejections).toMatchObject([{ reason: 'too-large', topic: TOPIC }]);
    });

    it('slows the broker down when too much waits, and keeps the connection', async () => {
      await using world = await createWorld();
      let waiting = 0;
      let mostWaiting = 0;
      await using gateway = await world.start({
        maxUnacknowledged: 3,
        deliver: async () => {
          waiting += 1;
          mostWaiting = Math.max(mostWaiting, waiting);
          await new Promise((resolve) => setTimeout(resolve, 5));
          waiting -= 1;
        },
      });
      await using phone = await world.connectPhone();
      const numbers = [...Array(100).keys()].map(String);
      await Promise.all(numbers.map((text) => phone.client.publishAsync(TOPIC, text, { qos: 0 })));
      await vi.waitFor(() => expect(gateway.delivered).toEqual(numbers), PATIENCE);
      expect(mostWaiting).toBe(3);
      expect(gateway.disconnections).toEqual([]);
    });
  });
}
