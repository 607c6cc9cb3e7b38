import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { type ServerProcess, startServerProcess } from './server-process.js';

export interface InfluxdOptions {
  /** Makes this user the administrator and asks everyone for a password. */
  readonly admin?: { readonly username: string; readonly password: string };
  /** Further settings of the section [http], for example `'max-body-size': 1000`. */
  readonly http?: Readonly<Record<string, string | number | boolean>>;
  /** Further settings of the section [data]. */
  readonly data?: Readonly<Record<string, string | number | boolean>>;
  /** Where it keeps everything; by default a folder of its own. */
  readonly folder?: string;
}

export interface Influxd extends ServerProcess {
  readonly port: number;
  readonly url: string;
  /** Runs statements as the administrator and answers the parsed JSON. */
  query(statements: string, database?: string): Promise<unknown>;
}

/** Starts Debian's influxd (1.x) on a free port: `await using influxd = await startInfluxd()`. */
export async function startInfluxd(options: InfluxdOptions = {}): Promise<Influxd> {
  const ports = { http: await freePort(), rpc: await freePort() };
  const url = `http://127.0.0.1:${ports.http}`;
  const server = await startServerProcess(async (folder) => {
    const config = join(folder, 'influxdb.conf');
    await writeFile(config, configText(options.folder ?? folder, ports, options));
    return { program: 'influxd', args: ['-config', config], isReady: () => answersPing(url) };
  });
  const query = (statements: string, database?: string) => runQuery(url, statements, database, options.admin);
  if (options.admin !== undefined) await query(createAdmin(options.admin));
  return { ...server, port: ports.http, url, query };
}

function configText(
  folder: string,
  ports: { readonly http: number; readonly rpc: number },
  options: InfluxdOptions,
): string {
  return [
    'reporting-disabled = true',
    `bind-address = "127.0.0.1:${ports.rpc}"`,
    '[meta]',
    `dir = "${folder}/meta"`,
    '[data]',
    `dir = "${folder}/data"`,
    `wal-dir = "${folder}/wal"`,
    'query-log-enabled = false',
    ...settings(options.data),
    '[monitor]',
    'store-enabled = false',
    '[http]',
    `bind-address = "127.0.0.1:${ports.http}"`,
    'log-enabled = false',
    `auth-enabled = ${options.admin !== undefined}`,
    ...settings(options.http),
    '',
  ].join('\n');
}

function settings(values: Readonly<Record<string, string | number | boolean>> = {}): string[] {
  return Object.entries(values).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
}

async function answersPing(url: string): Promise<boolean> {
  return await fetch(`${url}/ping`).then(
    (response) => response.ok,
    () => false,
  );
}

function createAdmin(admin: { readonly username: string; readonly password: string }): string {
  return `CREATE USER "${admin.username}" WITH PASSWORD '${admin.password}' WITH ALL PRIVILEGES`;
}

async function runQuery(
  url: string,
  statements: string,
  database: string | undefined,
  admin: InfluxdOptions['admin'],
): Promise<unknown> {
  const response = await fetch(`${url}/query`, {
    method: 'POST',
    body: new URLSearchParams({
      q: statements,
      epoch: 'ms',
      ...(database === undefined ? {} : { db: database }),
    }),
    headers:
      admin === undefined
        ? {}
        : { authorization: `Basic ${Buffer.from(`${admin.username}:${admin.password}`).toString('base64')}` },
  });
  const answer: unknown = await response.json();
  if (!response.ok || JSON.stringify(answer).includes('"error"')) {
    throw new Error(`${statements}: ${response.status} ${JSON.stringify(answer)}`);
  }
  return answer;
}
