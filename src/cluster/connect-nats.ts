import { setTimeout as sleep } from 'node:timers/promises';
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { AuthorizationError, connect, type NatsConnection } from '@nats-io/transport-node';
import { backoffMs } from '../shared/backoff.js';
import { GatewayError, isRetryable, messageOf } from '../shared/errors.js';
import { Bucket } from './bucket.js';
import {
  type ClusterLayout,
  COMPANY_BUCKET,
  MAX_MESSAGE_BYTES,
  MEMBER_BUCKET,
  OWNER_BUCKET,
  RETAINED_BUCKET,
  SETTINGS_BUCKET,
  STATE_BUCKET,
} from './cluster-streams.js';
import { ensureStreams } from './prepare-streams.js';

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
  readonly company: Bucket;
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
/** Longest wait for a server to greet, milliseconds. */
const GREETED_WITHIN_MS = 5000;
/** How long it is waited before servers that are away are tried again. */
const TRY_AGAIN = { initialMs: 250, maxMs: 2000 };

interface Patience {
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  /** Takes what is waited for, in words; the same words may come again and again. */
  readonly onWaiting?: (reason: string) => void;
}

/**
 * Connects, and makes what is not there; waits for servers that are away or not ready, however long that takes.
 *
 * @throws GatewayError `CONFIG_INVALID` for what does not mend itself; `CLOSED` once the signal is aborted
 */
export async function openSharedMemory(
  address: NatsAddress,
  layout: ClusterLayout,
  { signal, onWaiting }: Patience = {},
): Promise<SharedMemory> {
  for (let failures = 1; signal?.aborted !== true; failures += 1) {
    try {
      return await connectToNats(address, (manager) => ensureStreams(manager, layout));
    } catch (error) {
      if (!isRetryable(error)) throw error;
      onWaiting?.(messageOf(error));
    }
    await sleep(
      backoffMs(failures, TRY_AGAIN, Math.random),
      undefined,
      signal === undefined ? {} : { signal },
    ).catch(() => undefined);
  }
  throw new GatewayError('CLOSED', 'the gateway is stopping');
}

/**
 * Connects to a cluster.
 *
 * @param prepare is to be done before the buckets are opened
 * @throws GatewayError `CONFIG_INVALID` for a server that is too old or set up in another way, or does not let the gateway in;
 * `SOURCE_FAILED` (retryable) when none answers
 */
export async function connectToNats(
  { servers, name, username, password, tls }: NatsAddress,
  prepare: (manager: JetStreamManager) => Promise<void> = () => Promise.resolve(),
): Promise<SharedMemory> {
  const connection = await connect({
    servers: [...servers],
    name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    pingInterval: PING_MS,
    timeout: GREETED_WITHIN_MS,
    ...(username === undefined ? {} : { user: username, pass: password ?? '' }),
    ...(tls === undefined ? {} : { tls: filesGiven(tls) }),
  }).catch((error: unknown) => {
    throw notLetIn(servers, error);
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
      company: await open(COMPANY_BUCKET),
      [Symbol.asyncDispose]: () => connection.close(),
    };
  } catch (error) {
    const server = connection.getServer();
    await connection.close();
    if (error instanceof GatewayError) throw error;
    // Servers that were just started let clients in before they have agreed on who leads.
    const words = `the NATS server at ${server} has no JetStream, or is not ready: ${messageOf(error)}`;
    throw new GatewayError('SOURCE_FAILED', words, { cause: error, retryable: true });
  }
}

function notLetIn(servers: readonly string[], error: unknown): GatewayError {
  const where = servers.join(', ');
  if (error instanceof AuthorizationError) {
    const words = `NATS at ${where} does not let this gateway in: ${messageOf(error)}; set cluster.username and cluster.passwordFile to what is in its configuration`;
    return new GatewayError('CONFIG_INVALID', words, { cause: error });
  }
  const words = `no NATS server answers at ${where}: ${messageOf(error)}`;
  return new GatewayError('SOURCE_FAILED', words, { cause: error, retryable: true });
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
