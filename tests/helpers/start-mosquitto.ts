import { execFile } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Certificates } from './create-certificates.js';
import { freePort } from './free-port.js';
import { acceptsConnections, findProgram, type ServerProcess, startServerProcess } from './server-process.js';

export interface MosquittoOptions {
  /** Passwords by user name; without them anyone may connect. */
  readonly users?: Readonly<Record<string, string>>;
  /** Without `users`; `false` where `config` says who may come. @defaultValue true */
  readonly allowAnonymous?: boolean;
  /** Content of an ACL file. */
  readonly acl?: string;
  /** Keeps sessions and queued messages over restarts, written after every change. */
  readonly persistence?: boolean;
  /** Makes the listener one for TLS. */
  readonly certificates?: Certificates;
  /** Further lines of mosquitto.conf. */
  readonly config?: readonly string[];
}

export interface Mosquitto extends ServerProcess {
  readonly port: number;
  /** `mqtt://…`, or `mqtts://…` with certificates. */
  readonly url: string;
  /**
   * Resolves when everything that was acknowledged before the call is on the disk, if it keeps anything there: mosquitto
   * acknowledges first.
   */
  saved(): Promise<void>;
}

/** Starts Debian's mosquitto on a free port: `await using broker = await startMosquitto()`. */
export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const port = await freePort();
  let database = '';
  const server = await startServerProcess(async (folder) => {
    database = join(folder, 'mosquitto.db');
    const config = join(folder, 'mosquitto.conf');
    await writeFile(config, `${(await configLines(folder, port, options)).join('\n')}\n`);
    return { program: 'mosquitto', args: ['-c', config], isReady: () => acceptsConnections(port) };
  });
  const scheme = options.certificates === undefined ? 'mqtt' : 'mqtts';
  const saved = async (): Promise<void> => {
    const before = await savedAtMs(database);
    server.signal('SIGUSR1');
    while ((await savedAtMs(database)) === before) await sleep(20);
  };
  return { ...server, port, url: `${scheme}://127.0.0.1:${port}`, saved };
}

/** The file is written again and renamed: its change tells that it is whole. */
async function savedAtMs(database: string): Promise<number | undefined> {
  return (await stat(database).catch(() => undefined))?.mtimeMs;
}

async function configLines(folder: string, port: number, options: MosquittoOptions): Promise<string[]> {
  const { certificates } = options;
  return [
    // As root, mosquitto would change to a user who may not read the folder.
    `user ${userInfo().username}`,
    ...(options.users === undefined
      ? [`allow_anonymous ${options.allowAnonymous ?? true}`]
      : ['allow_anonymous false', `password_file ${await writePasswords(folder, options.users)}`]),
    ...(options.acl === undefined ? [] : [`acl_file ${await writeAcl(folder, options.acl)}`]),
    ...(options.persistence === true
      ? [
          'persistence true',
          `persistence_location ${folder}/`,
          'autosave_on_changes true',
          'autosave_interval 1',
        ]
      : ['persistence false']),
    ...(options.config ?? []),
    `listener ${port} 127.0.0.1`,
    ...(certificates === undefined
      ? []
      : [`certfile ${certificates.certFile}`, `keyfile ${certificates.keyFile}`]),
  ];
}

async function writePasswords(folder: string, users: Readonly<Record<string, string>>): Promise<string> {
  const path = join(folder, 'passwords');
  const lines = Object.entries(users).map(([user, password]) => `${user}:${password}\n`);
  await writeFile(path, lines.join(''), { mode: 0o600 });
  await promisify(execFile)(await findProgram('mosquitto_passwd'), ['-U', path]);
  return path;
}

async function writeAcl(folder: string, acl: string): Promise<string> {
  const path = join(folder, 'acl');
  await writeFile(path, acl, { mode: 0o600 });
  return path;
}
