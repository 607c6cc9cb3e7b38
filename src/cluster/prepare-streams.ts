import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import pLimit from 'p-limit';
import { GatewayError, messageOf } from '../shared/errors.js';
import {
  bucketStream,
  type ClusterIdentity,
  type ClusterLayout,
  identityIn,
  OWNER_BUCKET,
  streamsOf,
} from './cluster-streams.js';

/** Streams made or changed at once. */
const AT_ONCE = 8;

/**
 * Makes the streams that are not there, and compares those that are.
 *
 * @throws GatewayError `CONFIG_INVALID` naming the streams that have other settings, with both values; `SOURCE_FAILED`
 * (retryable) while too few servers are there or have room
 */
export async function ensureStreams(manager: JetStreamManager, layout: ClusterLayout): Promise<void> {
  const there = await streamsIn(manager);
  refuse(differencesFrom(layout, there));
  const missing = streamsOf(layout).filter(({ name = '' }) => !there.has(name));
  await pLimit(AT_ONCE).map(missing, (config) => makeStream(manager, config));
}

/**
 * Gives streams that are there the settings that the configuration has, as far as that goes while they hold messages.
 *
 * @param isAlone whether there is only one server, which takes any number of copies and keeps one
 * @returns what was changed
 * @throws GatewayError `CONFIG_INVALID` naming what cannot be changed; then nothing was
 */
export async function changeStreams(
  manager: JetStreamManager,
  layout: ClusterLayout,
  isAlone: boolean,
): Promise<string[]> {
  if (isAlone && layout.replicas > 1) {
    const words = `there is one NATS server and no cluster of servers: it cannot keep ${layout.replicas} copies (cluster.replicas)`;
    throw new GatewayError('CONFIG_INVALID', words);
  }
  const there = await streamsIn(manager);
  const differences = differencesFrom(layout, there);
  refuse(differences.filter(({ setting }) => !CHANGEABLE.has(setting)));
  const changes = groupsOf(differences, ({ stream }) => stream);
  await pLimit(AT_ONCE).map(changes, async (changed) => {
    const [{ stream } = NO_DIFFERENCE] = changed;
    const settings = Object.fromEntries(changed.map(({ setting, wanted }) => [setting, wanted]));
    await manager.streams.update(stream, settings).catch((error: unknown) => {
      const words = `NATS does not change the stream ${stream}: ${messageOf(error)}`;
      throw new GatewayError('CONFIG_INVALID', words, { cause: error });
    });
  });
  return wordsOf(differences);
}

/**
 * Reads which cluster there is.
 *
 * @throws GatewayError `CONFIG_INVALID` when there is none
 */
export async function readIdentity(manager: JetStreamManager): Promise<ClusterIdentity> {
  try {
    return identityIn((await manager.streams.info(bucketStream(OWNER_BUCKET))).config);
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound)) throw error;
    const words =
      'NATS holds no cluster in this account: start a gateway first, or correct cluster.servers or cluster.username';
    throw new GatewayError('CONFIG_INVALID', words, { cause: error });
  }
}

async function streamsIn(manager: JetStreamManager): Promise<ReadonlyMap<string, StreamConfig>> {
  const there = new Map<string, StreamConfig>();
  for await (const { config } of manager.streams.list()) there.set(config.name, config);
  return there;
}

/** A setting of a stream that is not as the configuration wants it. */
interface Difference {
  readonly stream: string;
  readonly setting: string;
  readonly found: unknown;
  readonly wanted: unknown;
}

/** What may change while a stream holds messages. */
const CHANGEABLE: ReadonlySet<string> = new Set([
  'num_replicas',
  'max_bytes',
  'max_msg_size',
  'duplicate_window',
]);

function refuse(differences: readonly Difference[]): void {
  if (differences.length === 0) return;
  throw new GatewayError(
    'CONFIG_INVALID',
    `NATS holds the streams of a cluster with other settings: ${wordsOf(differences).join('; ')}. ` +
      `Give every gateway of a cluster the same settings of cluster, and each cluster an account of its own${remedyFor(differences)}`,
  );
}

function remedyFor(differences: readonly Difference[]): string {
  if (differences.every(({ setting }) => CHANGEABLE.has(setting)))
    return '. "alongside cluster apply" gives the streams those of the configuration';
  const isForLife = differences.some(({ setting }) => setting === PARTITIONS);
  return isForLife
    ? '. The number of partitions is for life: to begin with another one see "Set up" in docs/scaling.md'
    : '';
}

/** In words, the same of many streams once. */
function wordsOf(differences: readonly Difference[]): string[] {
  const alike = groupsOf(differences, ({ setting, found, wanted }) =>
    JSON.stringify([setting, found, wanted]),
  );
  return alike.map(([{ stream, setting, found, wanted } = NO_DIFFERENCE, ...others]) => {
    if (setting === PARTITIONS) return `it has ${found} partitions, and the configuration ${wanted}`;
    const alsoFor = others.length === 0 ? '' : ` (and ${others.length} others)`;
    return `${stream} has ${setting} ${JSON.stringify(found)}, and the configuration wants ${JSON.stringify(wanted)}${alsoFor}`;
  });
}

function groupsOf(differences: readonly Difference[], keyOf: (one: Difference) => string): Difference[][] {
  const groups = new Map<string, Difference[]>();
  for (const one of differences) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return [...groups.values()];
}

/** Takes the place of a setting: how many logs there are. */
const PARTITIONS = 'partitions';
const NO_DIFFERENCE: Difference = { stream: '', setting: '', found: undefined, wanted: undefined };

/** Somebody else's stream takes messages of these subjects. */
const SUBJECTS_OVERLAP = 10065;
/** Too few servers with room, or the leader, only just elected, does not know yet what the others have. */
const NO_SUITABLE_PEERS = 10005;

async function makeStream(manager: JetStreamManager, config: Partial<StreamConfig>): Promise<void> {
  const { name = '' } = config;
  try {
    await manager.streams.add({ ...config, name });
  } catch (error) {
    // Another gateway may have made it just now; the server compares the settings then.
    if (error instanceof JetStreamApiError) {
      const hint =
        error.code === SUBJECTS_OVERLAP
          ? 'Another stream of this account takes messages of al.> or $KV.alongside_>: give the cluster an account of its own'
          : 'Is there room for cluster.logBytes and 1 GB of events in max_file_store of each server, and are there as many servers as copies?';
      const words = `NATS does not make the stream ${name}: ${messageOf(error)}. ${hint}`;
      if (error.code === NO_SUITABLE_PEERS)
        throw new GatewayError('SOURCE_FAILED', words, { cause: error, retryable: true });
      throw new GatewayError('CONFIG_INVALID', words, { cause: error });
    }
    throw error;
  }
}

/** With another number of partitions everything else is different, too. */
function differencesFrom(layout: ClusterLayout, there: ReadonlyMap<string, StreamConfig>): Difference[] {
  const differences = streamsOf(layout).flatMap((config) =>
    differencesOf(config, there.get(config.name ?? '')),
  );
  const owners = bucketStream(OWNER_BUCKET);
  const config = there.get(owners);
  const found = config === undefined ? layout.partitions : identityIn(config).partitions;
  if (found === layout.partitions) return differences;
  const others = differences.filter(({ stream }) => stream === owners);
  return [{ stream: owners, setting: PARTITIONS, found, wanted: layout.partitions }, ...others];
}

function differencesOf(wanted: Partial<StreamConfig>, there: StreamConfig | undefined): Difference[] {
  if (there === undefined) return [];
  const known: Partial<Record<string, unknown>> = { ...there };
  return Object.entries(wanted).flatMap(([setting, value]) => {
    const found = known[setting] ?? false;
    if (setting === 'metadata') return [];
    const isSame = JSON.stringify(found) === JSON.stringify(value);
    return isSame ? [] : [{ stream: there.name, setting, found, wanted: value }];
  });
}
