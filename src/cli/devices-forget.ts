import { stat } from 'node:fs/promises';
import { loadConfig } from '../config/load.js';
import type { ForgetReport } from '../domain/device-keeper.js';
import { DEVICE_ID_RULE, parseDeviceId } from '../domain/ids.js';
import { GatewayError } from '../errors.js';
import { recordingsKeeper } from '../gateway/device-keepers.js';
import { askToForget } from '../gateway/errands.js';
import { forgetDevice } from '../gateway/forget-device.js';
import { forgetOffline } from '../gateway/forget-offline.js';
import type { ConfigFlags } from './config-options.js';
import type { CliContext } from './context.js';

export interface ForgetFlags extends ConfigFlags {
  readonly recordings: readonly string[];
  readonly json?: boolean;
}

/** Removes everything of a device, by the running gateway where there is one. */
export async function forgetEverywhere(context: CliContext, name: string, flags: ForgetFlags): Promise<void> {
  const config = await loadConfig({ file: flags.config, set: flags.set, env: context.env });
  const device = parseDeviceId(name);
  if (device === undefined) {
    throw new GatewayError('USAGE', `${JSON.stringify(name)} is not a device's name: ${DEVICE_ID_RULE}`);
  }
  await stat(config.dataDir).catch(() => {
    throw new GatewayError('USAGE', `there is no data folder ${config.dataDir}; give the gateway's dataDir`);
  });
  context.note('asking the gateway, if one runs');
  const main =
    (await askToForget(config.dataDir, device, context.signal)) ??
    (await forgetOffline(config, device, context.clock));
  const elsewhere = await forgetDevice(
    device,
    flags.recordings.map((folder) => ({ ...recordingsKeeper([folder]), name: `recordings in ${folder}` })),
  );
  const parts = [...main.parts, ...elsewhere.parts];
  const report: ForgetReport = { device, removed: main.removed && elsewhere.removed, parts };
  if (flags.json === true) context.print(JSON.stringify(report));
  else for (const line of describe(report)) context.print(line);
  if (!report.removed)
    throw new GatewayError('STORE_UNAVAILABLE', `something of ${device} is left; run it again`);
}

function describe({ parts }: ForgetReport): string[] {
  return parts.map(({ name, removed, detail }) => `${name.padEnd(16)} ${removed ? 'removed' : detail}`);
}
