import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import pLimit from 'p-limit';
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

/** Stream with the messages of one partition. */
export function logName(partition: number): string {
  return `ALONGSIDE_LOG_${partition}`;
}

export function logSubject(partition: number, device: string, kind: string): string {
  return `al.log.${partition}.${device}.${kind}`;
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
    { ...bucketOf(OWNER_BUCKET, replicas), description: `cluster ${name}` },
    bucketOf(STATE_BUCKET, replicas),
    bucketOf(MEMBER_BUCKET, replicas),
    bucketOf(SETTINGS_BUCKET, replicas),
  ];
  return [...buckets, ...logs];
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
 * @throws GatewayError `CONFIG_INVALID` naming each stream that has other settings, with both values
 */
export async function ensureStreams(manager: JetStreamManager, layout: ClusterLayout): Promise<void> {
  const there = new Map<string, StreamConfig>();
  for await (const { config } of manager.streams.list()) there.set(config.name, config);
  const wanted = streamsOf(layout);
  const differences = [
    ...wanted.flatMap((config) => differencesOf(config, there.get(config.name ?? ''))),
    ...strangersOf(layout, [...there.keys()]),
  ];
  if (differences.length > 0) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `NATS holds the streams of a cluster with other settings: ${differences.join('; ')}. ` +
        'Give every gateway of a cluster the same settings of cluster, and each cluster an account of its own',
    );
  }
  const missing = wanted.filter(({ name = '' }) => !there.has(name));
  await pLimit(AT_ONCE).map(missing, (config) => makeStream(manager, config));
}

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

/** Logs of partitions that the configuration does not have. */
function strangersOf({ partitions }: ClusterLayout, names: readonly string[]): string[] {
  const logs = names.filter((name) => /^ALONGSIDE_LOG_\d+$/.test(name));
  const isOther = logs.some((name) => Number(name.slice(logName(0).length - 1)) >= partitions);
  return isOther ? [`it has ${logs.length} partitions, and the configuration ${partitions}`] : [];
}

function differencesOf(wanted: Partial<StreamConfig>, there: StreamConfig | undefined): string[] {
  if (there === undefined) return [];
  const known: Partial<Record<string, unknown>> = { ...there };
  return Object.entries(wanted).flatMap(([setting, value]) => {
    const found = known[setting] ?? false;
    return JSON.stringify(found) === JSON.stringify(value)
      ? []
      : [
          `${wanted.name} has ${setting} ${JSON.stringify(found)}, and the configuration wants ${JSON.stringify(value)}`,
        ];
  });
}
