import type { Config } from '../config/schema.js';
import { readPem, readSecret } from '../config/secret-files.js';
import type { Erasable } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import { type BrokerAddress, displayUrl, type TlsOptions } from '../ingest/client/mqtt-client-options.js';
import { apparelTopic } from '../notify/apparel-topics.js';
import { companyTopic } from '../notify/company-topics.js';
import { statusTopic } from '../notify/mqtt-status.js';
import { GatewayError, messageOf } from '../shared/errors.js';

/** How to reach the external broker; `undefined` where the gateway is its own broker. */
export async function externalBroker({ mqtt }: Config): Promise<BrokerAddress | undefined> {
  if (mqtt.url === undefined) return undefined;
  const { url, username, clientId, protocolVersion, keepaliveSeconds } = mqtt;
  const password = await readSecret('mqtt', mqtt);
  const tls = await readTls(mqtt.tls);
  return { url, username, password, clientId, protocolVersion, keepaliveSeconds, tls };
}

/**
 * What an external broker retains while no gateway runs.
 *
 * @param moreTopics of a device, besides its status, company and apparel
 */
export function erasableRetainedStatuses(
  broker: BrokerAddress,
  moreTopics: (device: DeviceId) => readonly string[] = () => [],
): Erasable {
  return {
    name: 'retained status',
    holds: () => Promise.resolve(false),
    forget: async (device) => {
      try {
        for (const topic of [...topicsAbout(device), ...moreTopics(device)]) await publishOnce(broker, topic);
      } catch (error) {
        const where = displayUrl(broker.url);
        throw new GatewayError(
          'SOURCE_FAILED',
          `${where} did not take the empty status: ${messageOf(error)}`,
        );
      }
    },
  };
}

/** Ends the retention of a topic, as a client of its own: the gateway's session must wait for the gateway. */
async function publishOnce({ url, username, password, tls }: BrokerAddress, topic: string): Promise<void> {
  const { connectAsync } = await import('mqtt');
  const client = await connectAsync(url, {
    reconnectPeriod: 0,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls?.key === undefined ? {} : { key: tls.key }),
    rejectUnauthorized: tls?.rejectUnauthorized ?? true,
  });
  try {
    await client.publishAsync(topic, '', { retain: true, qos: 1 });
  } finally {
    await client.endAsync();
  }
}

async function readTls(tls: Config['mqtt']['tls']): Promise<TlsOptions | undefined> {
  if (tls === undefined) return undefined;
  const { caFile, certFile, keyFile, rejectUnauthorized } = tls;
  const [ca, cert, key] = await Promise.all(
    [caFile, certFile, keyFile].map((file) => (file === undefined ? undefined : readPem('mqtt.tls', file))),
  );
  return { ca, cert, key, rejectUnauthorized };
}

/** Where it is said what is known of a device, retained: what it may hear itself. */
export function topicsAbout(device: DeviceId): string[] {
  return [statusTopic, companyTopic, apparelTopic].map((topicOf) => topicOf(device));
}
