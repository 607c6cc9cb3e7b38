import { describe, expect, it } from 'vitest';
import { startEmbeddedBroker } from '../../../../src/ingest/broker/embedded-broker.js';
import { connectMqttPublisher } from '../../../../src/recordings/simulation/mqtt-publisher.js';
import { freePort } from '../../../helpers/free-port.js';

const TOPIC = 'alongside/ann/sensors';

describe('connectMqttPublisher', () => {
  it('sends again what waited behind repeated messages when the connection ended once more', async () => {
    const arrived: string[] = [];
    let isAnswering = false;
    await using broker = await startEmbeddedBroker({
      port: await freePort(),
      takeIn: ({ payload }, settle) => {
        arrived.push(Buffer.from(payload).toString());
        if (isAnswering) settle('acknowledge');
      },
    });
    const endAll = (): void => broker.disconnect(() => true);
    await using publisher = await connectMqttPublisher({ url: broker.url, clientIds: undefined });
    publisher.publish(0, TOPIC, 'begun');
    await expect.poll(() => arrived).toEqual(['begun']);
    endAll();
    await expect.poll(() => arrived).toEqual(['begun', 'begun']);
    publisher.publish(0, TOPIC, 'second');
    publisher.publish(0, TOPIC, 'third');
    endAll();
    isAnswering = true;
    await publisher.settled(0);
    expect(arrived.slice(2)).toEqual(['begun', 'second', 'third']);
    expect(publisher).toMatchObject({ acknowledged: 3, failed: 0, pending: 0 });
  });
});
