import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { GatewayError, messageOf } from '../shared/errors.js';
import { Bucket } from './bucket.js';
import {
  type ClusterLayout,
  ensureStreams,
  MAX_MESSAGE_BYTES,
  MEMBER_BUCKET,
  OWNER_BUCKET,
  RETAINED_BUCKET,
  SETTINGS_BUCKET,
  STATE_BUCKET,
} from './cluster-streams.js';

/** What gateways share, open. */
export interface SharedMemory extends AsyncDisposable {
  readonly connection: NatsConnection;
  readonly log: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly owners: Bucket;
  readonly states: Bucket;
  readonly members: Bucket;
  readonly settings: Bucket;
  readonly retained: Bucket;
}

export interface NatsAddress {
  readonly servers: readonly string[];
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly tls?: { readonly [file in 'caFile' | 'certFile' | 'keyFile']?: string | undefined } | undefined;
  /** Name of this gateway, for the people who look at the server's connections. */
  readonly name: string;
}

/** In older servers a conditional write may have two winners. */
const OLDEST_SERVER = [2, 10, 27] as const;
const RECONNECT_WAIT_MS = 250;
/** Servers are asked so often whether they are there, milliseconds. */
const PING_MS = 2000;

/** Connects, and makes what is not there; waits for servers that are away, however long that takes. */
export async function openSharedMemory(address: NatsAddress, layout: ClusterLayout): Promise<SharedMemory> {
  return await connectToNats(address, {
    isWaitedFor: true,
    prepare: (manager) => ensureStreams(manager, layout),
  });
}

interface ConnectOptions {
  /** Whether servers that are away are waited for. */
  readonly isWaitedFor: boolean;
  /** What is to be there before the buckets are opened. */
  readonly prepare: (manager: JetStreamManager) => Promise<void>;
}

/**
 * Connects to a cluster that is there already.
 *
 * @throws GatewayError `CONFIG_INVALID` for a server that is too old or set up in another way; `SOURCE_FAILED` when none answers
 */
export async function connectToNats(
  { servers, name, username, password, tls }: NatsAddress,
  { isWaitedFor, prepare }: ConnectOptions = { isWaitedFor: false, prepare: () => Promise.resolve() },
): Promise<SharedMemory> {
  const connection = await connect({
    servers: [...servers],
    name,
    maxReconnectAttempts: -1,
    waitOnFirstConnect: isWaitedFor,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    pingInterval: PING_MS,
    ...(username === undefined ? {} : { user: username, pass: password ?? '' }),
    ...(tls === undefined ? {} : { tls: filesGiven(tls) }),
  }).catch((error: unknown) => {
    throw new GatewayError(
      'SOURCE_FAILED',
      `no NATS server answers at ${servers.join(', ')}: ${messageOf(error)}`,
      {
        cause: error,
        retryable: true,
      },
    );
  });
  try {
    checkServer(connection);
    const manager = await jetstreamManager(connection);
    const log = jetstream(connection);
    await prepare(manager);
    const kvm = new Kvm(log);
    const open = async (bucket: string): Promise<Bucket> =>
      new Bucket(await kvm.open(bucket, { allow_direct: false }), manager);
    return {
      connection,
      log,
      manager,
      owners: await open(OWNER_BUCKET),
      states: await open(STATE_BUCKET),
      members: await open(MEMBER_BUCKET),
      settings: await open(SETTINGS_BUCKET),
      retained: await open(RETAINED_BUCKET),
      [Symbol.asyncDispose]: () => connection.close(),
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function filesGiven(files: NonNullable<NatsAddress['tls']>): Record<string, string> {
  const entries = Object.entries(files);
  return Object.fromEntries(entries.flatMap(([file, path]) => (path === undefined ? [] : [[file, path]])));
}

function checkServer({ info }: NatsConnection): void {
  const { version = '0.0.0', max_payload: mostBytes = 0, server_name: server = '' } = info ?? {};
  if (isOlder(version)) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `nats-server ${server} is ${version}; install ${OLDEST_SERVER.join('.')} or newer: ` +
        'in older ones two gateways may both be told that a partition is theirs',
    );
  }
  if (mostBytes < MAX_MESSAGE_BYTES) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `nats-server ${server} takes messages of up to ${mostBytes} bytes, phones send up to ${MAX_MESSAGE_BYTES}; ` +
        'set max_payload: 12MB in its configuration',
    );
  }
}

function isOlder(version: string): boolean {
  const parts = version.split(/[.-]/, OLDEST_SERVER.length).map(Number);
  for (const [index, least] of OLDEST_SERVER.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part < least;
  }
  return false;
}
