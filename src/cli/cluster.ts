import { Command } from 'commander';
import type { ClusterStatus } from '../cluster/cluster-status.js';
import { loadConfig } from '../config/load.js';
import { readSecret } from '../config/secret-files.js';
import { GatewayError } from '../shared/errors.js';
import type { CliContext } from './context.js';
import { addConfigOptions, type ConfigFlags } from './options.js';

type Flags = ConfigFlags & { readonly json?: boolean };

/** `alongside cluster status`: who owns what. */
export function createClusterCommand(context: CliContext): Command {
  const command = new Command('cluster');
  addConfigOptions(command.command('status'))
    .description('list the gateways that share phones, what each owns, and how far it is')
    .option('--json', 'print one JSON object')
    .action((flags: Flags) => status(context, flags));
  return command;
}

async function status(context: CliContext, flags: Flags): Promise<void> {
  const { cluster } = await loadConfig({ file: flags.config, set: flags.set, env: context.env });
  const { servers, username, tls, partitions } = cluster;
  if (servers.length === 0) {
    throw new GatewayError('CONFIG_INVALID', 'cluster.servers is empty: this gateway works by itself');
  }
  const { connectToNats } = await import('../cluster/connect-nats.js');
  const { readClusterStatus } = await import('../cluster/cluster-status.js');
  const password = await readSecret('cluster', cluster);
  await using memory = await connectToNats({
    servers,
    username,
    password,
    tls,
    name: 'alongside cluster status',
  });
  const found = await readClusterStatus(memory, partitions);
  if (flags.json === true) context.print(JSON.stringify(found));
  else for (const line of linesOf(found)) context.print(line);
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
