import { networkInterfaces } from 'node:os';
import { Command } from 'commander';
import {
  accessFile,
  CREDENTIAL_NAME_RULE,
  changeAccessFile,
  lastUsedFile,
  parseCredentialName,
  readAccessFile,
  readLastUsed,
} from '../access/access-file.js';
import { createDevice, withDevice, withoutDevice } from '../access/manage-records.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { DeviceId } from '../domain/ids.js';
import { GatewayError } from '../shared/errors.js';
import { isLoopback } from '../shared/network.js';
import { type CliContext, type ConfirmFlags, confirm, YES_OPTION } from './context.js';
import { addExportCommand } from './devices-export.js';
import type { ForgetFlags } from './devices-forget.js';
import { addConfigOptions, type ConfigFlags } from './options.js';

type Flags = ConfigFlags & { readonly json?: boolean };

/** `alongside devices add|list|remove|forget|export`: who may send. */
export function createDevicesCommand(context: CliContext): Command {
  const command = new Command('devices');
  addConfigOptions(command.command('add'))
    .description('let a device in; prints its password once, with the settings for its app')
    .argument('<name>', 'name of the device')
    .option('--replace', 'give a device that has credentials a new password')
    .option('--json', 'print one JSON object')
    .action((name: string, flags: Flags & { readonly replace?: boolean }) => add(context, name, flags));
  addConfigOptions(command.command('list'))
    .description('list devices that have credentials')
    .option('--json', 'print one JSON object')
    .action((flags: Flags) => list(context, flags));
  addConfigOptions(command.command('remove'))
    .description('withdraw the credentials of a device; what it sent stays')
    .argument('<name>', 'name of the device')
    .option(...YES_OPTION)
    .option('--json', 'print one JSON object')
    .action((name: string, flags: Flags & ConfirmFlags) => remove(context, name, flags));
  addConfigOptions(command.command('forget'))
    .description(
      'remove results, recordings and credentials of a device, everywhere, and check that they are gone',
    )
    .argument('<name>', 'name of the device')
    .option('--recordings <folder>', 'recordings kept elsewhere; may be repeated', collect, [])
    .option(...YES_OPTION)
    .option('--json', 'print one JSON object')
    .action(async (name: string, flags: ForgetFlags) => {
      const { forgetByCommand } = await import('./devices-forget.js');
      await forgetByCommand(context, name, flags);
    });
  addExportCommand(command, context);
  return command;
}

async function add(
  context: CliContext,
  text: string,
  flags: Flags & { readonly replace?: boolean },
): Promise<void> {
  const config = await configOf(context, flags);
  const name = credentialName(text);
  const { record, password } = await createDevice(name, context.clock.nowMs());
  await changeAccessFile(accessFile(config.dataDir), (records) =>
    withDevice(records, record, flags.replace === true),
  );
  const settings = deviceSettings(config, name, password);
  if (flags.json === true) {
    context.print(JSON.stringify({ name, username: name, password, ...settings }));
  } else {
    for (const line of describeSettings(name, password, settings)) context.print(line);
  }
}

async function list(context: CliContext, flags: Flags): Promise<void> {
  const { dataDir } = await configOf(context, flags);
  const { devices } = await readAccessFile(accessFile(dataDir));
  const used = await readLastUsed(lastUsedFile(dataDir));
  const lines = devices.map(({ name, createdAtMs }) => {
    return { name, createdAtMs, lastUsedMs: used.get(`device/${name}`) ?? null };
  });
  if (flags.json === true) {
    context.print(JSON.stringify({ devices: lines }));
    return;
  }
  if (lines.length === 0) context.print('no device has credentials');
  for (const { name, createdAtMs, lastUsedMs } of lines) {
    context.print(`${name.padEnd(24)} since ${dayOf(createdAtMs)}, last login ${dayOf(lastUsedMs)}`);
  }
}

async function remove(context: CliContext, name: string, flags: Flags & ConfirmFlags): Promise<void> {
  const { dataDir } = await configOf(context, flags);
  withoutDevice(await readAccessFile(accessFile(dataDir)), name);
  await confirm(context, flags, `take the credentials of ${name} back?`);
  await changeAccessFile(accessFile(dataDir), (records) => withoutDevice(records, name));
  if (flags.json === true) context.print(JSON.stringify({ removed: name }));
  else
    context.print(`${name} may no longer connect; "alongside devices forget ${name}" removes its data, too`);
}

function configOf(context: CliContext, flags: ConfigFlags): Promise<Config> {
  return loadConfig({ file: flags.config, set: flags.set, env: context.env });
}

/** @throws GatewayError `USAGE` */
function credentialName(text: string): DeviceId {
  const name = parseCredentialName(text);
  if (name !== undefined) return name;
  throw new GatewayError(
    'USAGE',
    `${JSON.stringify(text)} cannot be a device's name: ${CREDENTIAL_NAME_RULE}`,
  );
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

function dayOf(timeMs: number | null): string {
  return timeMs === null ? 'never' : new Date(timeMs).toISOString().slice(0, 10);
}

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
