import { Command } from 'commander';
import type { ClusterStatus, GatewayStatus } from '../cluster/cluster-status.js';
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
  else for (const line of statusLines(found)) context.print(line);
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

/** A gateway says twice a second that it is there. */
const SILENT_MS = 2000;

/** What `cluster status` prints. */
export function statusLines({ name, gateways, partitions, bridges, ledger }: ClusterStatus): string[] {
  const { windows } = ledger;
  const silent = new Set(
    gateways.filter(({ silentMs }) => silentMs > SILENT_MS).map((gateway) => gateway.name),
  );
  const isUnowned = ({ owner }: { readonly owner: string }): boolean => owner === '' || silent.has(owner);
  const unowned = partitions.filter(isUnowned).length;
  return [
    `cluster ${name}: ${partitions.length} partitions, ${unowned === 0 ? 'each has an owner that is there' : `${unowned} without an owner that is there`}`,
    ...gateways.map(lineOf),
    ...bridges.map(({ to, owner, problem }) =>
      owner === ''
        ? `bridge to ${to}: no gateway; the broker keeps messages of QoS 1`
        : `bridge to ${to}: ${owner}${silent.has(owner) ? ' (silent)' : ''}${problem === undefined ? '' : `; ${problem}`}`,
    ),
    ...partitions.map(
      ({ partition, owner, token, position, lag }) =>
        `partition ${partition}: ${owner === '' ? 'no owner' : owner}${silent.has(owner) ? ' (silent)' : ''}, token ${token}, at ${position}, ${lag} behind`,
    ),
    `windows: ${windows.due} due, ${windows.stored} stored, ${windows.pending} pending; ledger ${ledger.balanced ? 'balances' : 'does not balance'}`,
  ];
}

function lineOf(gateway: GatewayStatus): string {
  const { name, version, partitions, lag, silentMs, clockOffsetMs, obstacle, isLeaving } = gateway;
  const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
  const notes = [
    ...(silentMs > SILENT_MS
      ? [
          `silent for ${seconds(silentMs)}: dead, hanging or cut off; others ${partitions === 0 ? 'have taken what it owned' : 'take what it owns'}`,
        ]
      : []),
    ...(isLeaving ? ['leaving'] : []),
    ...(obstacle === undefined ? [] : [`takes no partition: ${obstacle}`]),
    ...(clockOffsetMs === 0 ? [] : [`its clock is corrected by ${seconds(clockOffsetMs)}`]),
  ];
  return [`gateway ${name}: version ${version}, ${partitions} partitions, ${lag} behind`, ...notes].join(
    '; ',
  );
}
