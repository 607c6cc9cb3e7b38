import { writeToStream } from 'mqtt-packet';
import type { AccessControl } from '../access/access-control.js';
import type { Config } from '../config/schema.js';
import { readServerCertificate } from '../config/secret-files.js';
import type { PartHealth } from '../domain/device.js';
import type { EmbeddedBroker } from '../ingest/broker/embedded-broker.js';
import { startEmbeddedSource } from '../ingest/broker/embedded-source.js';
import { displayUrl } from '../ingest/client/mqtt-client-options.js';
import type { Deliver, MessageSource, PublishOptions, SourceHooks, TopicWatch } from '../ingest/source.js';
import type { Clock } from '../shared/clock.js';
import { GatewayError } from '../shared/errors.js';
import { createProxyTrust } from '../shared/network.js';
import type { Events } from '../telemetry/events.js';
import { createBrokerAccess } from './broker-access.js';
import { externalBroker } from './external-broker.js';
import { allowedHostsOf } from './http-options.js';
import type { Peers } from './peers.js';

interface OpenSourceDependencies {
  readonly clock: Clock;
  readonly events: Events;
  readonly deliver: Deliver;
  /** Who may connect to the embedded broker, and do what. */
  readonly access: AccessControl;
  /** Topics that go to somebody else. */
  readonly watches: readonly TopicWatch[];
  readonly peers: Pick<Peers, 'bridge'>;
}

export interface OpenedSource {
  readonly source: MessageSource;
  /** Where phones publish. */
  readonly url: string;
  /** Takes a WebSocket of the HTTP server over as MQTT; `undefined` where the broker is elsewhere. */
  readonly upgrade: EmbeddedBroker['upgrade'] | undefined;
}

/** Starts the embedded broker, or connects to the external one, as configured. */
export async function openSource(
  config: Config,
  dependencies: OpenSourceDependencies,
): Promise<OpenedSource> {
  const { mqtt } = config;
  const { clock, deliver, events } = dependencies;
  // Written when they are needed: prepared ones of all 65,536 packet ids are 65,536 buffers, 10 MB and more.
  writeToStream.cacheNumbers = false;
  const common = {
    subscriptions: mqtt.subscriptions,
    watches: dependencies.watches,
    deliver,
    clock,
    hooks: sourceHooks(events),
    whenNotTaken: 'redeliver' as const,
  };
  const external = await externalBroker(config);
  if (external !== undefined) {
    const reconnectMaxMs = mqtt.reconnectMaxSeconds * 1000;
    const { startMqttSource } = await import('../ingest/client/mqtt-source.js');
    const url = displayUrl(external.url);
    const source = dependencies.peers.bridge(`${url} as ${external.clientId}`, () =>
      startMqttSource({ ...common, broker: external, reconnectMaxMs }),
    );
    return { source, url, upgrade: undefined };
  }
  const { host, port, webSocketPort, tlsListener } = mqtt;
  const access = createBrokerAccess(dependencies.access, {
    subscriptions: mqtt.subscriptions,
    allowedHosts: allowedHostsOf(host, config),
    homeAssistantPrefix: dependencies.watches.length > 0 ? config.homeAssistant.prefix : undefined,
  });
  const source = await startEmbeddedSource({
    ...common,
    broker: {
      host,
      port,
      webSocketPort,
      access,
      trustProxy: createProxyTrust(config.http.trustProxy),
      allowedOrigins: config.http.publicUrl === undefined ? [] : [new URL(config.http.publicUrl).hostname],
      certificate:
        tlsListener === undefined ? undefined : await readServerCertificate('mqtt.tlsListener', tlsListener),
      onRefused: ({ reason, address }) => events.clientRefused(reason, address),
    },
  });
  dependencies.access.changes$.subscribe(() => source.broker.disconnect(access.isUnwanted));
  return { source, url: source.broker.url, upgrade: source.broker.upgrade };
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

/**
 * The place of the source before there is one: sinks that publish through it are built first, since nothing may come in
 * before everything it goes through is there. Publishing waits for the source.
 */
export class SourceSlot implements AsyncDisposable {
  readonly #opened: Promise<MessageSource>;
  #open: (source: MessageSource) => void = () => undefined;
  #fail: (error: unknown) => void = () => undefined;
  #source: MessageSource | undefined;

  constructor() {
    this.#opened = new Promise((resolve, reject) => {
      this.#open = resolve;
      this.#fail = reject;
    });
    // Callers of publish() get this error; without a call nobody needs it.
    this.#opened.catch(() => undefined);
  }

  fill(source: MessageSource): void {
    this.#source = source;
    this.#open(source);
  }

  async publish(topic: string, payload: string | Uint8Array, options?: PublishOptions): Promise<void> {
    await (await this.#opened).publish(topic, payload, options);
  }

  health(): PartHealth {
    return this.#source?.health() ?? { name: 'mqtt', ok: false, detail: 'not started yet' };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fail(new GatewayError('CLOSED', 'the gateway stopped before its source was open'));
    await this.#source?.[Symbol.asyncDispose]();
  }
}
