import { Command } from 'commander';
import { accessFile, changeAccessFile, readAccessFile } from '../access/access-file.js';
import { createDevice, withDevice, withoutDevice } from '../access/manage-records.js';
import { CREDENTIAL_NAME_RULE, lastUsedFile, parseCredentialName, readLastUsed } from '../access/records.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { DeviceId } from '../domain/ids.js';
import { GatewayError } from '../shared/errors.js';
import { type CliContext, type ConfirmFlags, confirm, YES_OPTION } from './context.js';
import { describeSettings, deviceSettings } from './device-settings.js';
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
