import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import pLimit from 'p-limit';
import { LIVE_EVENTS_KEPT } from '../gateway/peers.js';
import { GatewayError, messageOf } from '../shared/errors.js';

/** How the shared memory of a cluster is laid out. */
export interface ClusterLayout {
  /** Of the cluster, so that no gateway of another one comes in. */
  readonly name: string;
  /** Number of partitions, for life. */
  readonly partitions: number;
  /** Copies of everything. */
  readonly replicas: number;
  /** Room of all logs together, bytes; it is reserved when they are made. */
  readonly logBytes: number;
}

/** Time in which a message that comes twice with the same id is taken once, milliseconds. */
const DUPLICATE_WINDOW_MS = 120_000;
/** A message of 10 MB and its headers. */
export const MAX_MESSAGE_BYTES = 11_000_000;
const NANOSECONDS_A_MILLISECOND = 1_000_000;
/** Streams made at once. */
const AT_ONCE = 8;

export const OWNER_BUCKET = 'alongside_partitions';
export const STATE_BUCKET = 'alongside_states';
export const MEMBER_BUCKET = 'alongside_members';
export const SETTINGS_BUCKET = 'alongside_config';
export const RETAINED_BUCKET = 'alongside_retained';
/** Stream with what happens, as it happens. */
export const LIVE_STREAM = 'ALONGSIDE_LIVE';
const LIVE_FOR_MS = 600_000;

/** Stream with the messages of one partition. */
export function logName(partition: number): string {
  return `ALONGSIDE_LOG_${partition}`;
}

export function logSubject(partition: number, device: string, kind: string): string {
  return `al.log.${partition}.${device}.${kind}`;
}

export function liveSubject(type: string, device: string): string {
  return `al.live.${type}.${device}`;
}

export function bucketStream(bucket: string): string {
  return `KV_${bucket}`;
}

/** Settings of every stream, the ones that matter: what a server adds by itself is not listed. */
export function streamsOf({ name, partitions, replicas, logBytes }: ClusterLayout): Partial<StreamConfig>[] {
  const logs = Array.from({ length: partitions }, (_, partition) => ({
    name: logName(partition),
    subjects: [logSubject(partition, '*', '*')],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: replicas,
    discard: DiscardPolicy.New,
    max_bytes: Math.floor(logBytes / partitions),
    max_msg_size: MAX_MESSAGE_BYTES,
    duplicate_window: DUPLICATE_WINDOW_MS * NANOSECONDS_A_MILLISECOND,
  }));
  const buckets = [
    {
      ...bucketOf(OWNER_BUCKET, replicas),
      description: `cluster ${name}`,
      metadata: { partitions: String(partitions) },
    },
    bucketOf(STATE_BUCKET, replicas),
    bucketOf(MEMBER_BUCKET, replicas),
    bucketOf(SETTINGS_BUCKET, replicas),
    bucketOf(RETAINED_BUCKET, replicas),
    liveStream(replicas),
  ];
  return [...buckets, ...logs];
}

function liveStream(replicas: number): Partial<StreamConfig> {
  return {
    name: LIVE_STREAM,
    subjects: [liveSubject('*', '*')],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: replicas,
    discard: DiscardPolicy.Old,
    max_msgs: LIVE_EVENTS_KEPT,
    max_age: LIVE_FOR_MS * NANOSECONDS_A_MILLISECOND,
  };
}

/** A key-value bucket as the clients of NATS lay it out, read from its leader only. */
function bucketOf(name: string, replicas: number): Partial<StreamConfig> {
  return {
    name: bucketStream(name),
    subjects: [`$KV.${name}.>`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: replicas,
    discard: DiscardPolicy.New,
    max_msgs_per_subject: 1,
    allow_rollup_hdrs: true,
    deny_delete: true,
    allow_direct: false,
  };
}

/**
 * Makes the streams that are not there, and compares those that are.
 *
 * @throws GatewayError `CONFIG_INVALID` naming the streams that have other settings, with both values
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
 * @returns what was changed
 * @throws GatewayError `CONFIG_INVALID` naming what cannot be changed; then nothing was
 */
export async function changeStreams(manager: JetStreamManager, layout: ClusterLayout): Promise<string[]> {
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
  const isChangeable = differences.every(({ setting }) => CHANGEABLE.has(setting));
  throw new GatewayError(
    'CONFIG_INVALID',
    `NATS holds the streams of a cluster with other settings: ${wordsOf(differences).join('; ')}. ` +
      'Give every gateway of a cluster the same settings of cluster, and each cluster an account of its own' +
      (isChangeable ? '. "alongside cluster apply" gives the streams those of the configuration' : ''),
  );
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

async function makeStream(manager: JetStreamManager, config: Partial<StreamConfig>): Promise<void> {
  const { name = '' } = config;
  try {
    await manager.streams.add({ ...config, name });
  } catch (error) {
    // Another gateway may have made it just now; the server compares the settings then.
    if (error instanceof JetStreamApiError) {
      throw new GatewayError(
        'CONFIG_INVALID',
        `NATS does not make the stream ${name}: ${messageOf(error)}. ` +
          'Is there room for cluster.logBytes in max_file_store of each server, and are there as many servers as copies?',
        { cause: error },
      );
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
  const found = Number(there.get(owners)?.metadata?.[PARTITIONS] ?? layout.partitions);
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
