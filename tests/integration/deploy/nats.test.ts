import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { type ConnectionOptions, connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findNatsServer } from '../../../scripts/nats-server.mjs';
import { freePort } from '../../helpers/free-port.js';
import { acceptsConnections, type ServerProcess, startServerProcess } from '../../helpers/server-process.js';
import { type TemporaryFolder, temporaryFolder } from '../../helpers/temporary-folder.js';

const DEPLOY = join(import.meta.dirname, '../../../deploy/nats');
/** As compose.yaml gives them: in quotes, since these would be read as numbers. */
const SECRETS = { NATS_STORE_KEY: '"12e34567"', NATS_GATEWAY_PASSWORD: '"1234"' };
const run = promisify(execFile);

let certificates: TemporaryFolder;
let ports: readonly { readonly client: number; readonly routes: number; readonly monitor: number }[];
const servers: ServerProcess[] = [];
const folders: string[] = [];

/** The configuration as it is, but for what belongs to containers: folders, ports, names of hosts. */
async function writeConfig(folder: string, index: number): Promise<string> {
  const own = ports[index] ?? { client: 0, routes: 0, monitor: 0 };
  const text = (await readFile(join(DEPLOY, 'nats.conf'), 'utf8'))
    .replaceAll('/etc/nats/certs', certificates.path)
    .replace('"/data"', `"${folder}/data"`)
    .replace('0.0.0.0:4222', `127.0.0.1:${own.client}`)
    .replace('0.0.0.0:6222', `127.0.0.1:${own.routes}`)
    .replace('127.0.0.1:8222', `127.0.0.1:${own.monitor}`)
    .replace(/nats-(\d):6222/g, (_, number) => `localhost:${ports[Number(number) - 1]?.routes}`);
  const file = join(folder, 'nats.conf');
  await writeFile(file, text);
  return file;
}

const environment = (index: number) => ({ ...SECRETS, NATS_SERVER_NAME: `nats-${index + 1}` });

beforeAll(async () => {
  certificates = await temporaryFolder();
  await run(join(DEPLOY, 'make-certificates.sh'), [certificates.path, 'localhost']);
  ports = await Promise.all(
    [0, 1, 2].map(async () => ({
      client: await freePort(),
      routes: await freePort(),
      monitor: await freePort(),
    })),
  );
  for (const [index, { client }] of ports.entries()) {
    servers.push(
      await startServerProcess(async (folder) => {
        folders.push(folder);
        return {
          program: findNatsServer() ?? 'nats-server',
          args: ['-c', await writeConfig(folder, index)],
          env: environment(index),
          isReady: () => acceptsConnections(client),
        };
      }),
    );
  }
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  await certificates[Symbol.asyncDispose]();
});

/** Contents of the files in which a server has messages. */
async function blocksIn(folder: string): Promise<Buffer[]> {
  const files = await readdir(join(folder, 'data'), { recursive: true, withFileTypes: true });
  const blocks = files.filter(({ name }) => name.endsWith('.blk'));
  return await Promise.all(blocks.map(({ parentPath, name }) => readFile(join(parentPath, name))));
}

const pem = (name: string) => readFile(join(certificates.path, name), 'utf8');

async function asGateway(changes: ConnectionOptions = {}) {
  const tls = { ca: await pem('ca.pem'), cert: await pem('gateway.pem'), key: await pem('gateway-key.pem') };
  return await connect({
    servers: ports.map(({ client }) => `tls://localhost:${client}`),
    user: 'gateway',
    pass: '1234',
    tls,
    reconnect: false,
    ...changes,
  });
}

describe('deploy/nats/nats.conf', () => {
  it('is taken by nats-server', async () => {
    const file = join(folders[0] ?? '', 'nats.conf');
    const env = { ...process.env, ...environment(0) };
    const { stderr } = await run(findNatsServer() ?? '', ['-t', '-c', file], { env });
    expect(stderr).toMatch(/configuration file .* is valid/);
  });

  it('makes three servers of one cluster, which keep the largest message three times, encrypted', async () => {
    const connection = await asGateway();
    try {
      const manager = await jetstreamManager(connection);
      const add = () => manager.streams.add({ name: 'LOG', subjects: ['log.>'], num_replicas: 3 });
      await expect.poll(() => add().catch(() => undefined)).toMatchObject({ cluster: { name: 'alongside' } });
      const payload = Buffer.alloc(11_000_000, 'a text that is easily found ');
      await jetstream(connection).publish('log.a', payload, { timeout: 20_000 });
      await expect
        .poll(async () =>
          (await manager.streams.info('LOG')).cluster?.replicas?.map(({ current }) => current),
        )
        .toEqual([true, true]);
      for (const folder of folders) {
        // Written after it is acknowledged.
        await expect
          .poll(async () => Buffer.concat(await blocksIn(folder)).length)
          .toBeGreaterThan(payload.length);
        expect(Buffer.concat(await blocksIn(folder)).includes('easily found')).toBe(false);
      }
    } finally {
      await connection.close();
    }
  }, 60_000);

  it('lets nobody in without the password, without a certificate of the authority, or without TLS', async () => {
    const ca = await pem('ca.pem');
    await expect(asGateway({ pass: '123' })).rejects.toThrow(/Authorization Violation/i);
    await expect(asGateway({ tls: { ca } })).rejects.toThrow();
    await expect(asGateway({ tls: null })).rejects.toThrow();
  });
});
