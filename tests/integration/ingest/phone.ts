import { randomUUID } from 'node:crypto';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';

/** A client that publishes, as a phone does, or listens. */
export interface Phone extends AsyncDisposable {
  readonly client: MqttClient;
  /** Payloads received, by topic, in order. */
  readonly heard: ReadonlyMap<string, readonly string[]>;
}

/** Connects a client that comes back soon when its connection ends: `await using phone = await connectPhone(url)`. */
export async function connectPhone(url: string, options: IClientOptions = {}): Promise<Phone> {
  const client = await connectAsync(url, {
    clientId: `phone-${randomUUID()}`,
    reconnectPeriod: 50,
    ...options,
  });
  const heard = new Map<string, string[]>();
  client.on('message', (topic, payload) => {
    heard.set(topic, [...(heard.get(topic) ?? []), payload.toString()]);
  });
  return {
    client,
    heard,
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
}
