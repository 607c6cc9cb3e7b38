import { readFile } from 'node:fs/promises';
import type { Clock } from '../clock.js';
import type { Config } from '../config/schema.js';
import { GatewayError, messageOf } from '../errors.js';
import type { Events } from '../events.js';
import { startEmbeddedSource } from '../sources/embedded-source.js';
import type { TlsOptions } from '../sources/mqtt-client-options.js';
import { startMqttSource } from '../sources/mqtt-source.js';
import type { Deliver, MessageSource, SourceHooks } from '../sources/source.js';
import { readSecret } from './read-secret.js';

export interface OpenSourceDependencies {
  readonly clock: Clock;
  readonly events: Events;
  readonly deliver: Deliver;
}

export interface OpenedSource {
  readonly source: MessageSource;
  /** Where phones publish. */
  readonly url: string;
}

/** Starts the embedded broker, or connects to the external one, as configured. */
export async function openSource(
  config: Config,
  dependencies: OpenSourceDependencies,
): Promise<OpenedSource> {
  const { mqtt } = config;
  const { clock, deliver, events } = dependencies;
  const common = {
    subscriptions: mqtt.subscriptions,
    deliver,
    clock,
    hooks: sourceHooks(events),
    whenNotTaken: 'redeliver' as const,
  };
  if (mqtt.url !== undefined) {
    const { url, username, clientId, protocolVersion, keepaliveSeconds } = mqtt;
    const password = await readSecret('mqtt', mqtt);
    const tls = await readTls(mqtt.tls);
    const broker = { url, username, password, clientId, protocolVersion, keepaliveSeconds, tls };
    return { source: startMqttSource({ ...common, broker }), url };
  }
  const { host, port, webSocketPort } = mqtt;
  const source = await startEmbeddedSource({
    ...common,
    broker: {
      host,
      port,
      webSocketPort,
      onRefused: ({ reason, address }) => events.clientRefused(reason, address),
    },
  });
  return { source, url: source.broker.url };
}

function sourceHooks(events: Events): SourceHooks {
  return {
    onRejected: (rejection) => {
      events.messageReceived();
      events.messageRejected(rejection);
    },
    onDeliverFailed: (error) => events.deliveryFailed(error),
    onHoldExceeded: () => events.holdExceeded(),
    onConnected: () => events.sourceConnected('mqtt'),
    onDisconnected: (error) => events.sourceLost('mqtt', error),
  };
}

async function readTls(tls: Config['mqtt']['tls']): Promise<TlsOptions | undefined> {
  if (tls === undefined) return undefined;
  const [ca, cert, key] = await Promise.all([tls.caFile, tls.certFile, tls.keyFile].map(readPem));
  return { ca, cert, key, rejectUnauthorized: tls.rejectUnauthorized };
}

async function readPem(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new GatewayError('CONFIG_INVALID', `mqtt.tls: ${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
