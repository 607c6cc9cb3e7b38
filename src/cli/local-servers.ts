import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants, mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from '../shared/errors.js';
import type { CliContext } from './context.js';

const READY_WITHIN_MS = 60_000;
const POLL_MS = 50;
const HOST = '127.0.0.1';

/** Three NATS servers on free ports of this machine, that know one another; resolves to their addresses. */
export async function startNatsServers(
  { env }: Pick<CliContext, 'env'>,
  folder: string,
  closers: { add<T extends AsyncDisposable>(part: T): T },
): Promise<string[]> {
  const program = await findProgram(
    env,
    'nats-server',
    'nats-server 2.10.27 or newer; "npm run setup" fetches it',
  );
  const servers = await Promise.all(
    Array.from({ length: 3 }, async (_, index) => {
      return { name: `nats-${index}`, client: await freePort(), routes: await freePort() };
    }),
  );
  const routes = servers.map(({ routes: port }) => `"nats://${HOST}:${port}"`).join(', ');
  for (const { name, client, routes: port } of servers) {
    const file = join(folder, `${name}.conf`);
    const lines = [
      `server_name: "${name}"`,
      `listen: "${HOST}:${client}"`,
      'max_payload: 12MB',
      `jetstream { store_dir: "${join(folder, name)}", max_file_store: 4GB }`,
      `cluster { name: "demo", listen: "${HOST}:${port}", routes: [${routes}] }`,
      '',
    ];
    await writeFile(file, lines.join('\n'));
    closers.add(startServer(program, ['-c', file]));
  }
  await Promise.all(servers.map(({ client }) => untilListening(program, client)));
  return servers.map(({ client }) => `nats://${HOST}:${client}`);
}

/** InfluxDB on a free port of this machine; resolves to its address. */
export async function startInfluxdb(
  { env }: Pick<CliContext, 'env'>,
  folder: string,
  closers: { add<T extends AsyncDisposable>(part: T): T },
): Promise<string> {
  const program = await findProgram(env, 'influxd', 'influxd (InfluxDB 1.x): all gateways write to it');
  const [port, rpc] = [await freePort(), await freePort()];
  const data = join(folder, 'influxdb');
  await mkdir(data);
  const file = join(folder, 'influxdb.conf');
  const lines = [
    'reporting-disabled = true',
    `bind-address = "${HOST}:${rpc}"`,
    '[meta]',
    `dir = "${data}/meta"`,
    '[data]',
    `dir = "${data}/data"`,
    `wal-dir = "${data}/wal"`,
    'query-log-enabled = false',
    '[monitor]',
    'store-enabled = false',
    '[http]',
    `bind-address = "${HOST}:${port}"`,
    'log-enabled = false',
    '',
  ];
  await writeFile(file, lines.join('\n'));
  closers.add(startServer(program, ['-config', file]));
  await untilListening(program, port);
  return `http://${HOST}:${port}`;
}

/** A port that nobody has just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  // A server that listens on a host and port has an address of that kind.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Ends a process and waits until it is gone. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

function startServer(program: string, args: readonly string[]): AsyncDisposable {
  const child = spawn(program, args, { stdio: 'ignore' });
  return { [Symbol.asyncDispose]: () => end(child, 'SIGKILL') };
}

async function untilListening(program: string, port: number): Promise<void> {
  const deadlineMs = performance.now() + READY_WITHIN_MS;
  while (!(await accepts(port))) {
    if (performance.now() > deadlineMs)
      throw new GatewayError('SOURCE_FAILED', `${program} does not listen on port ${port}`);
    await sleep(POLL_MS);
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, HOST);
  const isOpen = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isOpen;
}

async function findProgram(env: CliContext['env'], name: string, words: string): Promise<string> {
  const cache = join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'alongside');
  const folders = [...(env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', cache];
  for (const folder of folders) {
    const path = join(folder, name);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  throw new GatewayError('USAGE', `demo --cluster needs ${words}. It is in no folder of PATH`);
}
