import type { Command } from 'commander';

/** What `--config` and `--set` gave. */
export interface ConfigFlags {
  readonly config: string | undefined;
  readonly set: readonly string[];
}

/** Adds the options by which a command finds its configuration. */
export function addConfigOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file, YAML or JSON')
    .option('--set <section.key=value>', 'a single setting; may be repeated', collect, []);
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}
