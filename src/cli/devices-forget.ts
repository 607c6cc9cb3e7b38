import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { ForgetReport } from '../domain/erasable.js';
import { DEVICE_ID_RULE, type DeviceId, parseDeviceId } from '../domain/ids.js';
import { askToForget } from '../gateway/erasure/control-requests.js';
import { erasableRecordings } from '../gateway/erasure/erasables.js';
import { forgetDevice, isKnown } from '../gateway/erasure/erase-device.js';
import { forgetOffline } from '../gateway/erasure/erase-offline.js';
import { lockData } from '../gateway/open-resources.js';
import { GatewayError } from '../shared/errors.js';
import { isFolder } from '../shared/files.js';
import { type CliContext, type ConfirmFlags, confirm } from './context.js';
import type { ConfigFlags } from './options.js';

/** Each waits some seconds for a gateway that may still be starting. */
const MAX_ATTEMPTS = 12;

export interface ForgetFlags extends ConfigFlags, ConfirmFlags {
  readonly recordings: readonly string[];
  readonly json?: boolean;
}

/** Removes everything of a device, by the running gateway where there is one. */
export async function forgetByCommand(context: CliContext, name: string, flags: ForgetFlags): Promise<void> {
  const config = await loadConfig({ file: flags.config, set: flags.set, env: context.env });
  const device = parseDeviceId(name);
  if (device === undefined) {
    throw new GatewayError('USAGE', `${JSON.stringify(name)} is not a device's name: ${DEVICE_ID_RULE}`);
  }
  await requireFolder(config.dataDir, "data folder; give the gateway's dataDir");
  for (const folder of flags.recordings) await requireFolder(folder, 'folder of recordings');
  await confirm(context, flags, `remove everything of ${device} for good?`);
  const erasables = flags.recordings.map((folder) => {
    return { ...erasableRecordings([folder]), name: `recordings in ${folder}` };
  });
  const isElsewhere = await isKnown(device, erasables);
  const main = await forgetIn(config, device, context);
  if (main === undefined && !isElsewhere) {
    throw new GatewayError('NOT_FOUND', `no such device: nothing of ${device} is in ${config.dataDir}`);
  }
  const { parts } = await forgetDevice(device, erasables);
  const report = joined(device, [...(main?.parts ?? []), ...parts]);
  if (flags.json === true) context.print(JSON.stringify(report));
  else for (const line of describe(report)) context.print(line);
  if (!report.removed)
    throw new GatewayError(
      'STORE_UNAVAILABLE',
      `something of ${device} is left, as listed above; correct that and run it again`,
    );
}

function joined(device: DeviceId, parts: ForgetReport['parts']): ForgetReport {
  return { device, removed: parts.every(({ removed }) => removed), parts };
}

async function requireFolder(path: string, what: string): Promise<void> {
  if (!(await isFolder(path))) throw new GatewayError('USAGE', `${path} is no ${what}`);
}

/** By the gateway that runs on the folder, which may still be starting, or else here. */
async function forgetIn(
  config: Config,
  device: DeviceId,
  context: CliContext,
): Promise<ForgetReport | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      await using _ = await lockData(config);
      return await forgetOffline(config, device, context.clock);
    } catch (error) {
      if (!isInUse(error) || attempt > MAX_ATTEMPTS) throw error;
    }
    if (attempt === 1) context.note('asking the gateway that runs on the data folder');
    const report = await askToForget(config.dataDir, device, context.signal);
    if (report === 'no-device') return undefined;
    if (report !== 'no-gateway') return report;
  }
}

function isInUse(error: unknown): boolean {
  return error instanceof GatewayError && error.code === 'FOLDER_IN_USE';
}

function describe({ parts }: ForgetReport): string[] {
  return parts.map(({ name, removed, detail }) => `${name.padEnd(16)} ${removed ? 'removed' : detail}`);
}
