import { connectAsync } from 'mqtt';
import { expect, it } from 'vitest';
import { startMqttStatusSink } from '../../../src/notify/mqtt-status.js';
import { makeResults, makeUpdate } from '../../helpers/make-results.js';
import { startMosquitto } from '../../helpers/start-mosquitto.js';

it('leaves the latest statuses with the broker, for those who subscribe later', async () => {
  await using broker = await startMosquitto();
  const gateway = await connectAsync(broker.url);
  const sink = startMqttStatusSink({
    publisher: {
      publish: async (topic, payload, options) => {
        await gateway.publishAsync(topic, payload, options);
      },
    },
  });
  for (const status of ['no', 'yes'] as const)
    sink.accept(makeResults({ statuses: [makeUpdate({ status })] }));
  await sink[Symbol.asyncDispose]();
  await gateway.endAsync();

  const listener = await connectAsync(broker.url);
  const message = new Promise<{ topic: string; payload: Buffer; isRetained: boolean }>((resolve) => {
    listener.once('message', (topic, payload, { retain }) => resolve({ topic, payload, isRetained: retain }));
  });
  await listener.subscribeAsync('alongside/+/status');
  const { topic, payload, isRetained } = await message;
  await listener.endAsync();
  expect(topic).toBe('alongside/phone-1/status');
  expect(isRetained).toBe(true);
  expect(JSON.parse(String(payload))).toMatchObject({
    device: 'phone-1',
    statuses: { accompanied: { status: 'yes' } },
  });
});
