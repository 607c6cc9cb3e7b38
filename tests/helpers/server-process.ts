import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter, isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE_MS } from './eventually.js';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.js';

export interface ServerCommand {
  /** Path of a program, or the name of one of Debian's, looked up in PATH and /usr/sbin. */
  readonly program: string;
  readonly args: readonly string[];
  /** Besides the environment of the test. */
  readonly env?: Readonly<Record<string, string>>;
  /** Resolves to true once the server answers. */
  readonly isReady: () => Promise<boolean>;
}

/** A server program that a test started and may kill and start again. */
export interface ServerProcess extends AsyncDisposable {
  /** Sends a signal without waiting, for example SIGSTOP. */
  signal(signal: NodeJS.Signals): void;
  /** Ends the program and waits until it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts the program again, with the same files and port, after killing it if it still runs. */
  restart(): Promise<void>;
}

const POLL_MS = 20;

/**
 * Starts a server in a folder of its own and waits until it is ready. Neither outlives the test process, however that ends.
 *
 * @param prepare writes what the server needs into the folder
 */
export async function startServerProcess(
  prepare: (folder: string) => Promise<ServerCommand>,
): Promise<ServerProcess> {
  const folder = await temporaryFolder();
  try {
    return await startInFolder(folder, await prepare(folder.path));
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

async function startInFolder(folder: TemporaryFolder, command: ServerCommand): Promise<ServerProcess> {
  let child = await startChild(command);
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    if (hasExited(child)) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  return {
    signal: (signal) => void child.kill(signal),
    kill,
    restart: async () => {
      await kill();
      child = await startChild(command);
    },
    [Symbol.asyncDispose]: async () => {
      await kill();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Whether something accepts connections on a port of the loopback interface. */
export async function acceptsConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Path of a program of Debian's, also where `PATH` leaves out the folders for administrators. */
export async function findProgram(name: string): Promise<string> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const folder of folders) {
    const path = join(folder, name);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  throw new Error(`${name} is not installed; run "npm run setup"`);
}

async function startChild(command: ServerCommand): Promise<ChildProcess> {
  const program = isAbsolute(command.program) ? command.program : await findProgram(command.program);
  const env = { ...process.env, ...command.env };
  const child = spawn(program, command.args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: string[] = [];
  child.stdout.on('data', (data: Buffer) => output.push(data.toString()));
  child.stderr.on('data', (data: Buffer) => output.push(data.toString()));
  killWithThisProcess(child);
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (!(await command.isReady())) {
    if (hasExited(child) || performance.now() > deadlineMs) {
      child.kill('SIGKILL');
      throw new Error(`${command.program} did not become ready:\n${output.join('')}`);
    }
    await sleep(POLL_MS);
  }
  return child;
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** A shell waits on a pipe from this process: when this process ends, by kill -9 too, it kills the server. */
export function killWithThisProcess(child: ChildProcess): void {
  const guard = spawn('sh', ['-c', 'read -r _; kill -9 "$0"', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  child.once('exit', () => guard.kill('SIGKILL'));
}
