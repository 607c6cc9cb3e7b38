import { Command } from 'commander';
import type { ClusterStatus } from '../cluster/cluster-status.js';
import type { SharedMemory } from '../cluster/connect-nats.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { readSecret } from '../config/secret-files.js';
import { GatewayError } from '../shared/errors.js';
import type { CliContext } from './context.js';
import { addConfigOptions, type ConfigFlags } from './options.js';

type Flags = ConfigFlags & { readonly json?: boolean };

/** `alongside cluster`: who owns what, and the settings of what is shared. */
export function createClusterCommand(context: CliContext): Command {
  const command = new Command('cluster');
  addConfigOptions(command.command('status'))
    .description('list the gateways that share phones, what each owns, and how far it is')
    .option('--json', 'print one JSON object')
    .action((flags: Flags) => status(context, flags));
  addConfigOptions(command.command('apply'))
    .description(
      'give the streams of a cluster the settings of the configuration: copies and room of the logs',
    )
    .action((flags: Flags) => apply(context, flags));
  return command;
}

async function status(context: CliContext, flags: Flags): Promise<void> {
  const { cluster } = await loadConfig({ file: flags.config, set: flags.set, env: context.env });
  const { readClusterStatus } = await import('../cluster/cluster-status.js');
  await using memory = await connectTo(cluster, 'alongside cluster status');
  const found = await readClusterStatus(memory);
  if (flags.json === true) context.print(JSON.stringify(found));
  else for (const line of linesOf(found)) context.print(line);
}

async function apply(context: CliContext, flags: Flags): Promise<void> {
  const { cluster } = await loadConfig({ file: flags.config, set: flags.set, env: context.env });
  const { changeStreams } = await import('../cluster/prepare-streams.js');
  await using memory = await connectTo(cluster, 'alongside cluster apply');
  const isAlone = memory.connection.info?.cluster === undefined;
  const changed = await changeStreams(memory.manager, cluster, isAlone);
  if (changed.length === 0) context.print('the streams are as the configuration wants them');
  for (const words of changed) context.print(`changed: ${words}`);
}

async function connectTo(cluster: Config['cluster'], name: string): Promise<SharedMemory> {
  const { servers, username, tls } = cluster;
  if (servers.length === 0) {
    throw new GatewayError('CONFIG_INVALID', 'cluster.servers is empty: this gateway works by itself');
  }
  const { connectToNats } = await import('../cluster/connect-nats.js');
  const password = await readSecret('cluster', cluster);
  return await connectToNats({ servers, username, password, tls, name });
}

function linesOf({ gateways, partitions, ledger }: ClusterStatus): string[] {
  const { windows } = ledger;
  return [
    ...gateways.map(
      ({ name, version, partitions: count, isLeaving }) =>
        `gateway ${name}: version ${version}, ${count} partitions${isLeaving ? ', leaving' : ''}`,
    ),
    ...partitions.map(
      ({ partition, owner, token, position, lag }) =>
        `partition ${partition}: ${owner === '' ? 'no owner' : owner}, token ${token}, at ${position}, ${lag} behind`,
    ),
    `windows: ${windows.due} due, ${windows.stored} stored, ${windows.pending} pending; ledger ${ledger.balanced ? 'balances' : 'does not balance'}`,
  ];
}
