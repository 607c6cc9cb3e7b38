import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { LIVE_EVENTS_KEPT } from '../gateway/peers.js';

/** What a cluster is for life. */
export interface ClusterIdentity {
  /** Of the cluster, so that no gateway of another one comes in. */
  readonly name: string;
  /** Number of partitions. */
  readonly partitions: number;
}

/** How the shared memory of a cluster is laid out. */
export interface ClusterLayout extends ClusterIdentity {
  /** Copies of everything. */
  readonly replicas: number;
  /** Room of all logs together, bytes; it is reserved when they are made. */
  readonly logBytes: number;
}

/** Time in which a message that comes twice with the same id is taken once, milliseconds. */
const DUPLICATE_WINDOW_MS = 120_000;
/** A message of 10 MB and its headers. */
export const MAX_MESSAGE_BYTES = 11_000_000;

export const OWNER_BUCKET = 'alongside_partitions';
export const STATE_BUCKET = 'alongside_states';
export const MEMBER_BUCKET = 'alongside_members';
export const SETTINGS_BUCKET = 'alongside_config';
export const RETAINED_BUCKET = 'alongside_retained';
/** What the owner of each partition knows of the pairs that it compares. */
export const COMPANY_BUCKET = 'alongside_company';
/** Stream with how devices move, a number of bytes a second and device; every gateway reads it. */
export const SIGNATURES_STREAM = 'ALONGSIDE_SIGNATURES';
/** A little more than pairs look back. */
const SIGNATURES_FOR_MS = 300_000;
/** Stream with what happens, as it happens. */
export const LIVE_STREAM = 'ALONGSIDE_LIVE';
const LIVE_FOR_MS = 600_000;
/** Stream with the events of webhooks, and of those that are to be sent once more. */
export const EVENTS_STREAM = 'ALONGSIDE_EVENTS';
/** As long as the retries of Standard Webhooks go on. */
const EVENTS_FOR_MS = 4 * 86_400_000;
const EVENTS_BYTES = 1_000_000_000;
/** Time in which an event that is found out again is taken once, milliseconds. */
const EVENTS_DUPLICATE_MS = 3_600_000;
/** Stream with what became of them, a subject for each endpoint. */
export const ATTEMPTS_STREAM = 'ALONGSIDE_ATTEMPTS';
/** Of each endpoint. */
export const ATTEMPTS_KEPT = 1000;
const ATTEMPTS_FOR_MS = 30 * 86_400_000;

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

export function eventSubject(type: string, device: string): string {
  return `al.events.${type}.${device}`;
}

/** Of an event that one endpoint is to get once more. */
export function againSubject(endpoint: string, device: string): string {
  return `al.again.${endpoint}.${device}`;
}

export function attemptSubject(endpoint: string): string {
  return `al.attempts.${endpoint}`;
}

/** Of the devices of one partition. */
export function signatureSubject(partition: number | '*'): string {
  return `al.signatures.${partition}`;
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
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
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
    bucketOf(COMPANY_BUCKET, replicas),
    signaturesStream(replicas),
    liveStream(replicas),
    eventsStream(replicas),
    attemptsStream(replicas),
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
    max_age: nanos(LIVE_FOR_MS),
  };
}

function signaturesStream(replicas: number): Partial<StreamConfig> {
  return {
    name: SIGNATURES_STREAM,
    subjects: [signatureSubject('*')],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: replicas,
    discard: DiscardPolicy.Old,
    max_age: nanos(SIGNATURES_FOR_MS),
  };
}

/** Which cluster the owner records belong to; the inverse of how {@link streamsOf} writes it down. */
export function identityIn({ description = '', metadata }: Partial<StreamConfig>): ClusterIdentity {
  return { name: description.replace(/^cluster /, ''), partitions: Number(metadata?.['partitions']) };
}

function eventsStream(replicas: number): Partial<StreamConfig> {
  return {
    name: EVENTS_STREAM,
    subjects: [eventSubject('*', '*'), againSubject('*', '*')],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: replicas,
    discard: DiscardPolicy.Old,
    max_bytes: EVENTS_BYTES,
    max_age: nanos(EVENTS_FOR_MS),
    duplicate_window: nanos(EVENTS_DUPLICATE_MS),
  };
}

function attemptsStream(replicas: number): Partial<StreamConfig> {
  return {
    name: ATTEMPTS_STREAM,
    subjects: [attemptSubject('*')],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: replicas,
    discard: DiscardPolicy.Old,
    max_msgs_per_subject: ATTEMPTS_KEPT,
    max_age: nanos(ATTEMPTS_FOR_MS),
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
