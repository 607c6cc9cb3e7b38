import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { findNatsServer } from '../../scripts/nats-server.mjs';
import { freePort } from './free-port.js';
import { acceptsConnections, type ServerProcess, startServerProcess } from './server-process.js';

export interface NatsOptions {
  /** One, or three that form a cluster. @defaultValue 1 */
  readonly servers?: 1 | 3;
  /** Further lines of each server's configuration. */
  readonly config?: readonly string[];
}

export interface Nats extends AsyncDisposable {
  /** Addresses for clients, in the order of the servers. */
  readonly urls: readonly string[];
  /** Sends a signal to a server without waiting, for example SIGSTOP. */
  signal(server: number, signal: NodeJS.Signals): void;
  /** Ends a server and waits until it is gone; its files stay. */
  kill(server: number, signal?: NodeJS.Signals): Promise<void>;
  /** Starts a server again with its files and ports, and waits until it takes connections. */
  restart(server: number): Promise<void>;
  /** Resolves when all servers say that they are well: together again, and nobody behind. */
  healthy(): Promise<void>;
}

interface Ports {
  readonly client: number;
  readonly monitor: number;
  readonly routes: number;
}

const HEALTHY_WITHIN_MS = 60_000;
/** Servers that elect before all know one another may never come together; others are started then. */
const TOGETHER_WITHIN_MS = 20_000;
const POLL_MS = 50;

/** Starts NATS servers with JetStream on free ports, in folders of their own: `await using nats = await startNats()`. */
export async function startNats(options: NatsOptions = {}): Promise<Nats> {
  try {
    return await startOnce(options, TOGETHER_WITHIN_MS);
  } catch {
    return await startOnce(options, HEALTHY_WITHIN_MS);
  }
}

async function startOnce({ servers = 1, config = [] }: NatsOptions, togetherWithinMs: number): Promise<Nats> {
  const program = findNatsServer();
  if (program === undefined) throw new Error('nats-server is not installed; run "npm run setup"');
  const ports = await Promise.all(Array.from({ length: servers }, freePorts));
  const processes: ServerProcess[] = [];
  const stop = async () => {
    await Promise.all(processes.map((server) => server[Symbol.asyncDispose]()));
  };
  const healthy = async (withinMs = HEALTHY_WITHIN_MS) => {
    const monitors = ports.map(({ monitor }) => monitor);
    await Promise.all(monitors.map((monitor) => untilHealthy(monitor, withinMs)));
    await untilPeersAreKnown(monitors, withinMs);
  };
  try {
    for (const [index, { client }] of ports.entries()) {
      const server = await startServerProcess(async (folder) => {
        const file = join(folder, 'nats.conf');
        await writeFile(file, [...configLines(folder, index, ports), ...config, ''].join('\n'));
        return { program, args: ['-c', file], isReady: () => acceptsConnections(client) };
      });
      processes.push(server);
    }
    await healthy(togetherWithinMs);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    urls: ports.map(({ client }) => `nats://127.0.0.1:${client}`),
    signal: (server, signal) => processes[server]?.signal(signal),
    kill: async (server, signal) => await processes[server]?.kill(signal),
    restart: async (server) => await processes[server]?.restart(),
    healthy: () => healthy(),
    [Symbol.asyncDispose]: stop,
  };
}

async function freePorts(): Promise<Ports> {
  return { client: await freePort(), monitor: await freePort(), routes: await freePort() };
}

function configLines(folder: string, index: number, servers: readonly Ports[]): string[] {
  const { client, monitor, routes } = servers[index] ?? { client: 0, monitor: 0, routes: 0 };
  const others = servers.map((server) => `"nats://127.0.0.1:${server.routes}"`);
  return [
    `server_name: "server-${index}"`,
    `listen: "127.0.0.1:${client}"`,
    `http: "127.0.0.1:${monitor}"`,
    'max_payload: 12MB',
    `jetstream { store_dir: "${folder}", max_file_store: 4GB, max_memory_store: 256MB }`,
    ...(servers.length === 1
      ? []
      : [`cluster { name: "test", listen: "127.0.0.1:${routes}", routes: [${others.join(', ')}] }`]),
  ];
}

/** A server is healthy when it knows who leads and its streams have what the others have. */
async function untilHealthy(monitor: number, withinMs: number): Promise<void> {
  await untilSaid('nats-server did not become healthy', withinMs, async () => {
    const response = await fetch(`http://127.0.0.1:${monitor}/healthz`);
    return response.ok ? undefined : await response.text();
  });
}

const leaderSchema = z.object({
  meta_cluster: z
    .object({ replicas: z.array(z.object({ offline: z.boolean().optional() })).optional() })
    .optional(),
});

/** The leader knows the others later than they know it; until then it places no stream on them. */
async function untilPeersAreKnown(monitors: readonly number[], withinMs: number): Promise<void> {
  await untilSaid('the leader does not know all servers', withinMs, async () => {
    const online = await Promise.all(
      monitors.map(async (monitor) => {
        const response = await fetch(`http://127.0.0.1:${monitor}/jsz`);
        const { replicas = [] } = leaderSchema.parse(await response.json()).meta_cluster ?? {};
        return replicas.filter(({ offline = false }) => !offline).length;
      }),
    );
    return Math.max(...online) === monitors.length - 1
      ? undefined
      : `${Math.max(...online)} others are known`;
  });
}

/** Asks until there is nothing left to say. */
async function untilSaid(
  what: string,
  withinMs: number,
  ask: () => Promise<string | undefined>,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const said = await ask().catch(String);
    if (said === undefined) return;
    if (performance.now() > deadlineMs) throw new Error(`${what}: ${said}`);
    await sleep(POLL_MS);
  }
}
