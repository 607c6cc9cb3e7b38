import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { accessFile, readAccessFile } from '../access/access-file.js';
import { hashForMosquitto, mosquittoAcl, mosquittoPasswords } from '../access/mosquitto.js';
import { createPassword } from '../access/passwords.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { readSecret } from '../config/secret-files.js';
import { GatewayError } from '../shared/errors.js';
import { makeFolder, PRIVATE_FOLDER } from '../shared/files.js';
import type { CliContext } from './context.js';
import { addConfigOptions, type ConfigFlags } from './options.js';

interface ExportFlags extends ConfigFlags {
  readonly format: 'mosquitto';
  readonly out: string;
  readonly json?: boolean;
}

const DEFAULT_USERNAME = 'alongside';

/** Adds `export`: the same credentials and rules for a broker of somebody else's. */
export function addExportCommand(devices: Command, context: CliContext): void {
  addConfigOptions(devices.command('export'))
    .description('write the credentials and rules for an external broker')
    .addOption(new Option('--format <name>', 'which broker').choices(['mosquitto']).makeOptionMandatory(true))
    .requiredOption('--out <folder>', 'where to write passwords and acl')
    .option('--json', 'print one JSON object')
    .action((flags: ExportFlags) => exportDevices(context, flags));
}

async function exportDevices(context: CliContext, flags: ExportFlags): Promise<void> {
  const config = await loadConfig({ file: flags.config, set: flags.set, env: context.env });
  const { devices } = await readAccessFile(accessFile(config.dataDir));
  const username = config.mqtt.username ?? DEFAULT_USERNAME;
  if (devices.some(({ name }) => name === username)) {
    throw new GatewayError('USAGE', `a device is called ${username}, too; set mqtt.username for the gateway`);
  }
  await makeFolder(flags.out, PRIVATE_FOLDER);
  const { password, passwordFile } = await gatewayPassword(config, flags.out);
  const setup = {
    devices,
    gateway: { username, password: await hashForMosquitto(password) },
    topics: config.mqtt.subscriptions,
    homeAssistantPrefix: config.homeAssistant.prefix,
  };
  const files = { passwords: join(flags.out, 'passwords'), acl: join(flags.out, 'acl') };
  await writeFile(files.passwords, mosquittoPasswords(setup), { mode: 0o600 });
  await writeFile(files.acl, mosquittoAcl(setup), { mode: 0o600 });
  const report = { ...files, devices: devices.length, username, passwordFile: passwordFile ?? null };
  if (flags.json === true) context.print(JSON.stringify(report));
  else for (const line of describe(report)) context.print(line);
}

/** The password the gateway is configured with; a new one in a file of its own where there is none. */
async function gatewayPassword(
  { mqtt }: Config,
  folder: string,
): Promise<{ readonly password: string; readonly passwordFile: string | undefined }> {
  const configured = await readSecret('mqtt', mqtt);
  if (configured !== undefined) return { password: configured, passwordFile: mqtt.passwordFile };
  const password = createPassword();
  const passwordFile = join(folder, 'gateway-password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  return { password, passwordFile };
}

function describe(report: {
  readonly passwords: string;
  readonly acl: string;
  readonly devices: number;
  readonly username: string;
  readonly passwordFile: string | null;
}): string[] {
  const { passwords, acl, devices, username, passwordFile } = report;
  return [
    `${devices} devices and the gateway's user ${username}. In mosquitto.conf:`,
    '  allow_anonymous false',
    `  password_file ${passwords}`,
    `  acl_file ${acl}`,
    'Both must be readable by the user mosquitto runs as. For the gateway:',
    `  mqtt.username=${username}${passwordFile === null ? '' : `, mqtt.passwordFile=${passwordFile}`}`,
  ];
}
