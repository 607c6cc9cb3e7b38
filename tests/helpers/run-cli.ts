import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { PATIENCE_MS } from './eventually.js';
import { killWithThisProcess } from './server-process.js';
import { temporaryFolder } from './temporary-folder.js';

const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'dist/main.js');

const readySchema = z.object({ ready: z.literal(true), http: z.string(), mqtt: z.string() });

export interface CliRun {
  readonly code: number | null;
  /** Lines of standard output. */
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** Runs the command line as a user would and waits for its end. */
export async function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = ROOT,
): Promise<CliRun> {
  const child = spawnCli(args, env, cwd);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = await once(child, 'close');
  return { code: typeof code === 'number' ? code : null, lines: stdout.trimEnd().split('\n'), stderr };
}

/** The JSON object that a command with `--json` prints last. */
export function lastJson<T>(run: CliRun, schema: z.ZodType<T>): T {
  return schema.parse(JSON.parse(run.lines.at(-1) ?? ''));
}

export interface RunningGateway extends AsyncDisposable {
  readonly http: string;
  readonly mqtt: string;
  readonly pid: number;
  /** Resolves to the exit code, or `null` after a signal, once it has ended. */
  readonly ended: Promise<number | null>;
  /** GET of a path, parsed. */
  get<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  /** Ends it as an operator would and gives its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Sends a signal without waiting, for example SIGSTOP. */
  signal(signal: NodeJS.Signals): void;
  /** What it has logged so far. */
  log(): string;
}

/** Simulated phones are what most tests send; a gateway that sees no pictures starts in two thirds of the time. */
const FOR_SIMULATED_PHONES = ['models.active=[accompany-demo]'];

/** Starts the gateway as a new user does, without any setting but free ports and an empty data folder. */
export function startPlainGateway(set: readonly string[] = []): Promise<RunningGateway> {
  return startGatewayProcess(set, []);
}

/** Starts the gateway in a process of its own on free ports with an empty data folder. */
export async function startGatewayProcess(
  set: readonly string[] = [],
  models = FOR_SIMULATED_PHONES,
): Promise<RunningGateway> {
  const folder = await temporaryFolder();
  const gateway = await startGatewayIn(folder.path, set, models);
  return {
    ...gateway,
    [Symbol.asyncDispose]: async () => {
      await gateway[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The same in a data folder that another run may have left; it stays. */
export async function startGatewayIn(
  dataDir: string,
  set: readonly string[] = [],
  models = FOR_SIMULATED_PHONES,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningGateway> {
  const settings = [`dataDir=${dataDir}`, 'http.port=0', 'mqtt.port=0', ...models, ...set];
  const child = spawnCli(['start', '--json', ...settings.flatMap((setting) => ['--set', setting])], env);
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const ended = once(child, 'close').then(() => child.exitCode);
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    child.kill(signal);
    return await ended;
  };
  const { http, mqtt } = await readyLine(child, () => log);
  return {
    http,
    mqtt,
    pid: child.pid ?? Number.NaN,
    ended,
    signal: (signal) => void child.kill(signal),
    get: async (path, schema) => schema.parse(await (await fetch(new URL(path, http))).json()),
    stop,
    log: () => log,
    [Symbol.asyncDispose]: async () => {
      await stop('SIGKILL');
    },
  };
}

/** Ends the gateway that runs when a test ends, for one that starts several after one another. */
export function endOf(running: () => RunningGateway): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => running()[Symbol.asyncDispose]() };
}

/** Starts the demo on ports that are free, and waits until it greets. */
export async function startDemo(
  args: readonly string[],
): Promise<Pick<RunningGateway, 'http' | 'mqtt'> & AsyncDisposable> {
  const child = spawnCli(['demo', ...args], {});
  const ended = once(child, 'close');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  if (child.stderr === null) throw new Error('no standard error');
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  let notes = '';
  for await (const line of createInterface({ input: child.stderr })) {
    notes += `${line}\n`;
    const [, mqtt] = /stream to (\S+);/.exec(notes) ?? [];
    const [, http] = /Look at (\S+)/.exec(notes) ?? [];
    if (mqtt === undefined || http === undefined) continue;
    clearTimeout(timer);
    child.stderr.resume();
    return { http, mqtt, [Symbol.asyncDispose]: stop };
  }
  throw new Error(`the demo did not start:\n${notes}`);
}

function spawnCli(args: readonly string[], env: Readonly<Record<string, string>>, cwd = ROOT): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  killWithThisProcess(child);
  return child;
}

async function readyLine(child: ChildProcess, log: () => string): Promise<z.infer<typeof readySchema>> {
  if (child.stdout === null) throw new Error('no standard output');
  const lines = createInterface({ input: child.stdout });
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  for await (const line of lines) {
    clearTimeout(timer);
    return readySchema.parse(JSON.parse(line));
  }
  throw new Error(`the gateway did not become ready:\n${log()}`);
}
