import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../../src/cli/program.js';
import { connectToNats, openSharedMemory } from '../../../src/cluster/connect-nats.js';
import { readIdentity } from '../../../src/cluster/prepare-streams.js';
import { cliContext } from '../../helpers/cli-context.js';
import { freePort } from '../../helpers/free-port.js';
import { startNats } from '../../helpers/start-nats.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const LAYOUT = { name: 'test', partitions: 2, replicas: 1, logBytes: 24_000_000 };

/** A server that greets as one of that version does, and has no JetStream. */
async function startGreeter(version: string): Promise<{ readonly url: string } & AsyncDisposable> {
  const info = { server_name: 'greeter', version, proto: 1, headers: true, max_payload: 12_000_000 };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.write(`INFO ${JSON.stringify(info)}\r\n`);
    socket.on('data', (data) => {
      const text = data.toString();
      if (text.includes('PING')) socket.write('PONG\r\n');
      const [, reply = ''] = /^H?PUB \S+ (\S+)/m.exec(text) ?? [];
      // The client has one subscription for all answers, its first.
      if (reply !== '') socket.write(`HMSG ${reply} 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the port is not known');
  return {
    url: `nats://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('connecting to NATS', () => {
  it('refuses servers in which a conditional write may have two winners', async () => {
    for (const version of ['2.9.10', '2.10.26']) {
      await using server = await startGreeter(version);
      const address = { servers: [server.url], name: 'test' };
      await expect(openSharedMemory(address, LAYOUT)).rejects.toThrow(
        `nats-server greeter is ${version}; install 2.10.27 or newer`,
      );
    }
  });

  it('waits for one that has no JetStream so far, says so, and stops waiting when it is told to', async () => {
    await using server = await startGreeter('2.10.27');
    const stop = new AbortController();
    const reasons: string[] = [];
    const opened = openSharedMemory({ servers: [server.url], name: 'test' }, LAYOUT, {
      signal: stop.signal,
      onWaiting: (reason) => {
        reasons.push(reason);
        if (reasons.length === 2) stop.abort();
      },
    });
    await expect(opened).rejects.toMatchObject({ code: 'CLOSED' });
    expect(reasons[0]).toContain('has no JetStream, or is not ready');
  });

  it('says which setting is wrong where it is not let in', async () => {
    await using nats = await startNats({ config: ['authorization { user: "gateway", password: "right" }'] });
    const address = { servers: nats.urls, name: 'test', username: 'gateway' };
    await expect(openSharedMemory({ ...address, password: 'wrong' }, LAYOUT)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('cluster.passwordFile'),
    });
    await using memory = await connectToNats({ ...address, password: 'right' });
    await expect(readIdentity(memory.manager)).rejects.toThrow('NATS holds no cluster in this account');
  });

  it('is waited for by a gateway, which says so where health is asked for, and ends when it is told to', async () => {
    await using folder = await temporaryFolder();
    const [nats, http] = [await freePort(), await freePort()];
    const settings = [
      ...[`dataDir=${folder.path}`, `http.port=${http}`, 'mqtt.port=0', 'logLevel=fatal'],
      ...[`cluster.servers=["nats://127.0.0.1:${nats}"]`, 'store.type=influxdb'],
    ];
    const stop = new AbortController();
    const context = cliContext({ signal: stop.signal });
    const ended = runProgram(context, ['start', ...settings.flatMap((setting) => ['--set', setting])]);
    const health = async () => await (await fetch(`http://127.0.0.1:${http}/health/ready`)).json();
    const detail = expect.stringContaining('waiting for NATS: no NATS server answers at');
    await expect
      .poll(() => health().catch(() => undefined))
      .toEqual({ ready: false, parts: [{ name: 'cluster', ok: false, detail }] });
    stop.abort();
    await ended;
    expect(context.lines).toEqual([]);
  });
});
