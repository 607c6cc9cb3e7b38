import { Command } from 'commander';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { Gateway } from '../gateway.js';
import { GatewayError } from '../shared/errors.js';
import { VERSION } from '../shared/package.js';
import { type CliContext, untilAborted } from './context.js';
import { addConfigOptions, type ConfigFlags } from './options.js';
import { builtPages } from './own-gateway.js';

/** `alongside start`: runs the gateway until it is told to stop. */
export function createStartCommand(context: CliContext): Command {
  return addConfigOptions(new Command('start'))
    .option('--json', 'print one line of JSON when ready')
    .action(async (flags: ConfigFlags & { readonly json?: boolean }) => {
      const config = await loadConfig({ file: flags.config, set: flags.set, env: context.env });
      await using gateway = await startChecked(context, config);
      if (gateway === undefined) return;
      const { httpUrl, mqttUrl } = gateway;
      if (flags.json === true) context.print(JSON.stringify({ ready: true, http: httpUrl, mqtt: mqttUrl }));
      else context.print(`ready: dashboard and API at ${httpUrl}, phones publish to ${mqttUrl}`);
      await untilAborted(context.signal);
      context.note('stopping');
    });
}

/**
 * Model folders are read once, by the check; their bytes can go when the gateway runs.
 *
 * @returns `undefined` when it was told to stop while it waited for other machines
 */
async function startChecked({ clock, signal }: CliContext, config: Config): Promise<Gateway | undefined> {
  const { requireStartable } = await import('../gateway/require-startable.js');
  const modelFolders = await requireStartable(config);
  const [{ pino }, { startGateway }] = await Promise.all([import('pino'), import('../gateway.js')]);
  const logger = pino({ level: config.logLevel }, pino.destination({ dest: 2, sync: false }));
  const dependencies = { clock, logger, signal, version: VERSION, modelFolders, ...builtPages() };
  return await startGateway(config, dependencies).catch((error: unknown) => {
    if (error instanceof GatewayError && error.code === 'CLOSED' && signal.aborted) return undefined;
    throw error;
  });
}
