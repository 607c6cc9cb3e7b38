import { Command } from 'commander';
import { stringify } from 'yaml';
import { configJsonSchema, loadConfig } from '../config/load.js';
import type { CliContext } from './context.js';
import { addConfigOptions, type ConfigFlags } from './options.js';

/** `alongside config check|print|schema`. */
export function createConfigCommand(context: CliContext): Command {
  const command = new Command('config');
  addConfigOptions(command.command('check'))
    .description('list everything that keeps a gateway from starting with the configuration')
    .action(async (flags: ConfigFlags) => {
      const { requireStartable } = await import('../gateway/require-startable.js');
      await requireStartable(await loadConfig({ file: flags.config, set: flags.set, env: context.env }));
      context.print('the configuration is valid');
    });
  addConfigOptions(command.command('print'))
    .description('print the configuration in force, defaults included, secrets left out')
    .option('--json', 'as JSON instead of YAML')
    .action(async (flags: ConfigFlags & { readonly json?: boolean }) => {
      const config = hideSecrets(await loadConfig({ file: flags.config, set: flags.set, env: context.env }));
      context.print(flags.json === true ? JSON.stringify(config) : stringify(config).trimEnd());
    });
  command
    .command('schema')
    .description('print the JSON schema of the configuration file')
    .action(() => context.print(JSON.stringify(configJsonSchema(), undefined, 2)));
  return command;
}

function hideSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hideSecrets);
  // A URL may hold a password, too.
  if (typeof value === 'string') return value.replace(/(:\/\/)[^/@]*@/, '$1(hidden)@');
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      /^(password|secret|token)$/.test(key) ? '(hidden)' : hideSecrets(child),
    ]),
  );
}
