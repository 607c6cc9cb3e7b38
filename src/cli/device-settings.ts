import { networkInterfaces } from 'node:os';
import type { Config } from '../config/schema.js';
import type { DeviceId } from '../domain/ids.js';
import { isLoopback } from '../shared/network.js';

/** What to enter in the app on a phone. */
export interface DeviceSettings {
  readonly mqtt: {
    readonly url: string;
    readonly topic: string;
    readonly username: string;
    readonly password: string;
    readonly tls: boolean;
  };
  readonly http: { readonly url: string; readonly authorization: string };
  /** What keeps a phone from reaching the gateway as it is configured; empty when nothing does. */
  readonly warnings: readonly string[];
}

/** Settings for the app Sensor Logger, by the gateway's configuration. */
export function deviceSettings(config: Config, device: DeviceId, password: string): DeviceSettings {
  const { http } = config;
  const scheme = http.tls === undefined ? 'http' : 'https';
  const pair = Buffer.from(`${device}:${password}`).toString('base64');
  return {
    mqtt: { ...brokerOf(config), topic: topicOf(config, device), username: device, password },
    http: {
      url: `${scheme}://${reachable(http.host)}:${http.port}/v1/ingest/sensor-logger`,
      authorization: `Basic ${pair}`,
    },
    warnings: warningsOf(config),
  };
}

/** The settings as lines for a person. */
export function describeSettings(
  device: DeviceId,
  password: string,
  { mqtt, http, warnings }: DeviceSettings,
): string[] {
  return [
    `${device} may connect. The password is shown this once; only its hash is kept.`,
    '',
    `  user name  ${device}`,
    `  password   ${password}`,
    '',
    'Sensor Logger, Settings, Data Streaming, MQTT:',
    `  broker     ${mqtt.url}${mqtt.tls ? ' (TLS on)' : ''}`,
    `  topic      ${mqtt.topic}`,
    '  user name and password as above',
    'or HTTP Push:',
    `  push URL   ${http.url}`,
    `  header     Authorization: ${http.authorization}`,
    ...warnings.map((warning) => `\n${warning}`),
  ];
}

function brokerOf({ mqtt }: Config): { readonly url: string; readonly tls: boolean } {
  if (mqtt.url !== undefined) {
    const { protocol, hostname, port } = new URL(mqtt.url);
    const tls = protocol === 'mqtts:' || protocol === 'wss:';
    return { url: `tcp://${hostname}:${port === '' ? (tls ? 8883 : 1883) : port}`, tls };
  }
  return { url: `tcp://${reachable(mqtt.host)}:${mqtt.port}`, tls: mqtt.tlsListener !== undefined };
}

/** The topic that names the device; the gateway's own where no subscription of the app's does. */
function topicOf({ mqtt }: Config, device: DeviceId): string {
  const subscription = mqtt.subscriptions.find(
    ({ format, topic, device: fixed }) =>
      format === 'sensor-logger' && (fixed === device || /(^|\/)(\+|\{device\})(\/|$)/.test(topic)),
  );
  if (subscription === undefined) return `sensor-logger/${device}`;
  return subscription.topic.replace(/\+|\{device\}/, device);
}

function warningsOf({ mqtt, http }: Config): string[] {
  const loopback = [
    ...(mqtt.url === undefined && isLoopback(mqtt.host) ? [`mqtt.host=${mqtt.host}`] : []),
    ...(isLoopback(http.host) ? [`http.host=${http.host}`] : []),
  ];
  if (loopback.length === 0) return [];
  return [
    `With ${loopback.join(' and ')} only this machine reaches the gateway there; for phones set it to 0.0.0.0.`,
  ];
}

/** An address of this machine that a phone may reach, for one to listen on. */
function reachable(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host.includes(':') ? `[${host}]` : host;
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}
