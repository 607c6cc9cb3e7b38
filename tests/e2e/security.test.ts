import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { accessFile } from '../../src/access/access-file.js';
import { deviceSchema, devicesSchema, ledgerSchema } from '../helpers/api-schemas.js';
import { eventually } from '../helpers/eventually.js';
import { openLiveClient } from '../helpers/live-client.js';
import {
  lastJson,
  type RunningGateway,
  runCli,
  startGatewayIn,
  startGatewayProcess,
} from '../helpers/run-cli.js';
import { type TemporaryFolder, temporaryFolder } from '../helpers/temporary-folder.js';

const OPEN_HOSTS = ['http.host=0.0.0.0', 'mqtt.host=0.0.0.0'];
const passwordSchema = z.object({ password: z.string() });
const tokenSchema = z.object({ token: z.string() });

const inFolder = (folder: TemporaryFolder) => ['--set', `dataDir=${folder.path}`];

async function addDevice(folder: TemporaryFolder, name: string): Promise<string> {
  return lastJson(await runCli(['devices', 'add', name, '--json', ...inFolder(folder)]), passwordSchema)
    .password;
}

async function createToken(folder: TemporaryFolder, scope: string, name = scope): Promise<string> {
  const args = ['tokens', 'create', '--name', name, '--scope', scope, '--expires', '1d', '--json'];
  return lastJson(await runCli([...args, ...inFolder(folder)]), tokenSchema).token;
}

/** A connection on which a test writes what it likes. */
async function openSocket(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Everything that happens to one accelerometer sample of Sensor Logger, to be told apart in logs. */
function sensorLogger(deviceId: string, value: number): string {
  const payload = [{ name: 'accelerometer', time: Date.now() * 1e6, values: { x: value, y: 0, z: 0 } }];
  return JSON.stringify({ sessionId: 's', deviceId, payload });
}

function statusOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

describe('a gateway without credentials', () => {
  it.each(['http.host=0.0.0.0', 'mqtt.host=0.0.0.0', 'http.host=::', 'mqtt.host=192.0.2.1'])(
    'does not start with %s, and says what to do',
    async (setting) => {
      await using folder = await temporaryFolder();
      const run = await runCli(['start', '--set', setting, ...inFolder(folder)]);
      expect(run.code).toBe(2);
      expect(run.stderr).toContain(setting);
      expect(run.stderr).toContain('alongside devices add');
      expect(run.stderr).not.toContain('    at ');
    },
  );

  it('serves its own machine and says so; web pages of made-up names get nothing', async () => {
    await using gateway = await startGatewayProcess();
    expect(gateway.log()).toContain('only this machine is served');
    expect((await fetch(new URL('/v1/ledger', gateway.http))).status).toBe(200);
    const socket = await openSocket(gateway.http);
    socket.write('GET /v1/devices HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1.1 421 /);
  });

  it('starts anywhere when somebody says that everybody may do everything', async () => {
    await using gateway = await startGatewayProcess([...OPEN_HOSTS, 'access.allowAnonymous=true']);
    expect((await fetch(new URL('/v1/ledger', gateway.http))).status).toBe(200);
  });
});

describe('a gateway with credentials, open to the network', () => {
  let folder: TemporaryFolder;
  let gateway: RunningGateway;
  const passwords: Record<string, string> = {};
  const tokens: Record<string, string> = {};
  const clients: MqttClient[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
    for (const name of ['anna', 'ben']) passwords[name] = await addDevice(folder, name);
    for (const scope of ['read', 'ingest', 'admin']) tokens[scope] = await createToken(folder, scope);
    gateway = await startGatewayIn(folder.path, OPEN_HOSTS);
  });
  afterAll(async () => {
    await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
    await gateway[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  async function connectAs(username: string, password: string | undefined, options: IClientOptions = {}) {
    const client = await connectAsync(gateway.mqtt, {
      username,
      password: password ?? '',
      reconnectPeriod: 0,
      ...options,
    });
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  }
  const as = (name: string) => connectAs(name, passwords[name]);

  const ask = (path: string, token?: string, init: RequestInit = {}) =>
    fetch(new URL(path, gateway.http), {
      ...init,
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...init.headers },
    });
  const read = async <T>(path: string, schema: z.ZodType<T>): Promise<T> =>
    schema.parse(await (await ask(path, tokens['read'])).json());
  const push = (body: string | Buffer, authorization: string) =>
    fetch(new URL('/v1/ingest/sensor-logger', gateway.http), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body,
    });
  const basic = (name: string, password: string | undefined) =>
    `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

  /** Waits until the gateway has read what changed: to try before would be to guess, and guesses are counted. */
  const untilInForce = async (devices: number, tokenCount: number): Promise<void> => {
    const wanted = `"devices":${devices},"tokens":${tokenCount},"msg":"credentials in force"`;
    const last = await eventually(
      () =>
        Promise.resolve(
          gateway
            .log()
            .split('\n')
            .findLast((line) => line.includes('in force')) ?? '',
        ),
      (line) => line.includes(wanted),
    );
    expect(last).toContain(wanted);
  };

  it('refuses nobody, wrong passwords and passwords of others over MQTT', async () => {
    const attempts = await Promise.allSettled([
      connectAsync(gateway.mqtt, { reconnectPeriod: 0 }),
      connectAs('anna', 'wrong'),
      connectAs('anna', passwords['ben']),
      connectAs('nobody', passwords['anna']),
    ]);
    for (const attempt of attempts) {
      expect(attempt.status).toBe('rejected');
      if (attempt.status === 'rejected')
        expect(statusOf(attempt.reason)).toMatch(/bad username or password/i);
    }
  });

  it('takes what a device sends below its own topics, and ends its connection when it speaks for another', async () => {
    const before = await read('/v1/ledger', ledgerSchema);
    const anna = await as('anna');
    await anna.publishAsync('sensor-logger/anna', sensorLogger('ben', 1), { qos: 1 });
    for (const topic of [
      'sensor-logger/ben',
      'alongside/ben/sensors',
      'sensor-logger',
      'alongside/anna/status',
    ]) {
      const liar = await as('anna');
      const closed = new Promise<void>((resolve) => {
        liar.once('close', () => resolve());
      });
      liar.publish(topic, sensorLogger('ben', 1), { qos: 1 });
      await closed;
    }
    const after = await eventually(
      () => read('/v1/ledger', ledgerSchema),
      ({ messages }) => messages.received > before.messages.received,
    );
    expect(after.messages.received - before.messages.received).toBe(1);
    expect(after.balanced).toBe(true);
    const { devices } = await read('/v1/devices', devicesSchema);
    expect(devices.map(({ id }) => id)).toEqual(['anna']);
  });

  it('lets a device hear its own status only', async () => {
    const anna = await as('anna');
    await anna.subscribeAsync('alongside/anna/status', { qos: 1 });
    for (const filter of ['alongside/ben/status', 'alongside/+/status', '#', '$SYS/#']) {
      await expect(anna.subscribeAsync(filter, { qos: 1 }), filter).rejects.toThrow(/subscribe error/i);
    }
  });

  it('takes a push with a password as of that device, and refuses others', async () => {
    expect((await push(sensorLogger('somebody', 1), basic('ben', passwords['ben']))).status).toBe(200);
    expect((await read('/v1/devices/ben', deviceSchema)).samples['used']).toBe(1);
    expect((await push(sensorLogger('ben', 1), basic('ben', passwords['anna']))).status).toBe(401);
    expect((await push(sensorLogger('ben', 1), `Bearer ${tokens['read']}`)).status).toBe(403);
    expect((await push(sensorLogger('ben', 1), '')).status).toBe(401);
  });

  it('answers 401 without a token, 403 beyond its scope, and health to everybody', async () => {
    const statuses = async (token?: string) =>
      await Promise.all(
        ['/v1/ledger', '/v1/events', '/metrics', '/health/live', '/health/ready'].map(async (path) => {
          const abort = new AbortController();
          const { status } = await ask(path, token, { signal: abort.signal });
          abort.abort();
          return status;
        }),
      );
    expect(await statuses()).toEqual([401, 401, 401, 200, 200]);
    expect(await statuses(tokens['ingest'])).toEqual([403, 403, 403, 200, 200]);
    expect(await statuses(tokens['read'])).toEqual([200, 200, 200, 200, 200]);
    const forbidden = await ask('/v1/devices/anna', tokens['read'], { method: 'DELETE' });
    expect(forbidden.status).toBe(403);
    expect(forbidden.headers.get('www-authenticate')).toContain('scope="admin"');
  });

  it('refuses an expired token', async () => {
    const token = await createToken(folder, 'read', 'short');
    await untilInForce(2, 4);
    expect((await ask('/v1/ledger', token)).status).toBe(200);
    const path = accessFile(folder.path);
    const records = z
      .object({
        tokens: z.array(z.looseObject({ name: z.string() })),
        version: z.number(),
        devices: z.array(z.unknown()),
      })
      .parse(JSON.parse(await readFile(path, 'utf8')));
    const expired = records.tokens.map((record) =>
      record.name === 'short' ? { ...record, expiresAtMs: 1 } : record,
    );
    await writeFile(path, JSON.stringify({ ...records, tokens: expired }), { mode: 0o600 });
    const status = await eventually(
      async () => (await ask('/v1/ledger', token)).status,
      (code) => code === 401,
    );
    expect(status).toBe(401);
    expect((await ask('/v1/ledger', token)).headers.get('www-authenticate')).toContain('expired');
  });

  it('refuses a revoked token and a removed device without a restart, and ends what they had open', async () => {
    const token = await createToken(folder, 'read', 'guest');
    await addDevice(folder, 'visitor').then((password) => {
      passwords['visitor'] = password;
    });
    await untilInForce(3, 5);
    using live = await openLiveClient(new URL('/v1/events', gateway.http).href, undefined, token);
    const visitor = await as('visitor');
    const closed = new Promise<void>((resolve) => {
      visitor.once('close', () => resolve());
    });
    await runCli(['tokens', 'revoke', 'guest', ...inFolder(folder)]);
    await runCli(['devices', 'remove', 'visitor', ...inFolder(folder)]);
    await Promise.all([closed, live.ended]);
    expect((await ask('/v1/ledger', token)).status).toBe(401);
    await expect(as('visitor')).rejects.toThrow();
  });

  it('refuses bodies and messages that are too large', async () => {
    const huge = Buffer.alloc(10_500_000, 32);
    const response = await push(huge, basic('ben', passwords['ben'])).catch(() => undefined);
    if (response !== undefined) expect(response.status).toBe(413);
    const anna = await as('anna');
    const closed = new Promise<void>((resolve) => {
      anna.once('close', () => resolve());
    });
    anna.publish('sensor-logger/anna', huge, { qos: 0 });
    await closed;
    expect((await read('/v1/ledger', ledgerSchema)).balanced).toBe(true);
  });

  it.each([
    ['GET', '/v1/devices/../../etc/passwd', 404],
    ['GET', '/v1/devices/..%2f..%2fetc%2fpasswd', 400],
    ['GET', '/v1/devices/%2e%2e', 400],
    ['GET', '/v1/devices/%00', 400],
    ['GET', '/v1/devices/anna%0d%0ax', 400],
    ['DELETE', '/v1/devices/..%2fstore', 400],
    ['DELETE', '/v1/devices/.', 400],
    ['GET', '//etc/passwd', 404],
    ['GET', '/../../../etc/passwd', 404],
    ['GET', '/v1/devices/anna/windows?model=../../x', 200],
  ])('answers the path trick %s %s with %i', async (method, path, status) => {
    const socket = await openSocket(gateway.http);
    const head = `${method} ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${tokens['admin']}\r\n`;
    socket.write(`${head}connection: close\r\n\r\n`);
    const answer = await text(socket);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).not.toContain('root:');
  });

  it('splits no answer and no log line by what it is sent', async () => {
    const header = await openSocket(gateway.http);
    header.write(
      `GET /v1/ledger HTTP/1.1\r\nhost: x\r\nauthorization: Bearer x\nset-cookie: injected\r\nconnection: close\r\n\r\n`,
    );
    expect(await text(header)).not.toMatch(/^set-cookie/im);
    const split = await ask('/v1/devices/x%0d%0aset-cookie:%20injected', tokens['read']);
    expect(split.headers.get('set-cookie')).toBeNull();
    await connectAs('anna\n{"level":60,"msg":"forged"}', 'x').catch(() => undefined);
    const anna = await as('anna');
    await anna.publishAsync('alongside/anna/x\n{"level":60,"msg":"forged"}', 'x', { qos: 1 });
    await push('{"deviceId":"x\\n{\\"level\\":60,\\"msg\\":\\"forged\\"}"}', `Bearer ${tokens['ingest']}`);
    const lines = gateway.log().trimEnd().split('\n');
    for (const line of lines) expect(() => JSON.parse(line), line).not.toThrow();
    expect(lines.map((line) => JSON.parse(line).msg)).not.toContain('forged');
  });

  it('cuts clients off that take their time, while others are served', async () => {
    const slow = await openSocket(gateway.http);
    const mqtt = await openSocket(gateway.mqtt);
    const dribble = setInterval(() => {
      slow.write('x-slow: 1\r\n');
      mqtt.write(Buffer.from([0x00]));
    }, 1000);
    slow.write('GET /v1/ledger HTTP/1.1\r\nhost: x\r\n');
    mqtt.write(Buffer.from([0x10, 0xff, 0x01, 0x00, 0x04]));
    mqtt.resume();
    const answer = text(slow);
    const ended = once(mqtt, 'close');
    expect((await ask('/v1/ledger', tokens['read'])).status).toBe(200);
    expect(await answer).toMatch(/^HTTP\/1.1 408 /);
    await ended;
    clearInterval(dribble);
  });

  it('answers guesses more and more slowly: after ten wrong tokens a minute of 429', async () => {
    const codes: number[] = [];
    for (let count = 0; count < 20; count++) codes.push((await ask('/v1/ledger', `guess-${count}`)).status);
    expect(codes.at(-1)).toBe(429);
    expect((await ask('/v1/ledger', tokens['read'])).status).toBe(200);
    await expect(connectAs('anna', 'guess')).rejects.toThrow(/server unavailable/i);
    await (await as('anna')).publishAsync('sensor-logger/anna', sensorLogger('anna', 2), { qos: 1 });
  });

  it('has said no secret and no payload, nor written one to its folder', async () => {
    await push('{"deviceId":"anna","payload":"my-secret-payload"}', `Bearer ${tokens['ingest']}`);
    const anna = await as('anna');
    await anna.publishAsync('sensor-logger/anna', 'my-secret-payload', { qos: 1 });
    const secrets = [...Object.values(passwords), ...Object.values(tokens), 'my-secret-payload'];
    const log = await eventually(
      async () => gateway.log(),
      (said) => said.includes('not-json'),
    );
    expect(log).toContain('not-json');
    for (const secret of secrets) expect(log).not.toContain(secret);
    for (const token of Object.values(tokens)) expect(log).not.toContain(token.slice(-43));
    const files = (await readdir(folder.path)).filter((name) => name.endsWith('.json'));
    for (const file of files) {
      const content = await readFile(join(folder.path, file), 'utf8');
      for (const secret of secrets) expect(content, file).not.toContain(secret);
    }
  });
});

describe('secrets that are configured', () => {
  it.each<[string, (passwordFile: string) => string[]]>([
    ['in the address', () => ['mqtt.url=mqtt://someone:secret-in-a-url@127.0.0.1:9']],
    [
      'beside the address',
      (passwordFile) => [
        'mqtt.url=mqtt://127.0.0.1:9',
        'mqtt.username=someone',
        `mqtt.passwordFile=${passwordFile}`,
      ],
    ],
  ])('are in no output, whether all goes well or nothing does: %s', async (_, login) => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'mqtt-password'), 'secret-from-a-file\n');
    const settings = [
      'mqtt.embedded=false',
      ...login(join(folder.path, 'mqtt-password')),
      'store.type=influxdb',
      'store.influxdb.url=http://127.0.0.1:9',
      'store.influxdb.username=someone',
      'store.influxdb.password=secret-of-influx',
      'logLevel=debug',
    ];
    await using gateway = await startGatewayIn(folder.path, settings);
    await eventually(
      () => Promise.resolve(gateway.log()),
      (log) => log.includes('source lost'),
    );
    await fetch(new URL('/v1/devices', gateway.http));
    const health = await (await fetch(new URL('/health/ready', gateway.http))).text();
    expect(await gateway.stop()).toBe(0);
    const printed = await runCli(['config', 'print', ...settings.flatMap((setting) => ['--set', setting])]);
    const output = [gateway.log(), gateway.mqtt, health, printed.lines.join('\n'), printed.stderr].join('\n');
    expect(output).toContain('127.0.0.1:9');
    for (const secret of ['secret-from-a-file', 'secret-in-a-url', 'secret-of-influx']) {
      expect(output).not.toContain(secret);
    }
  });
});

describe('model names', () => {
  it.each(['../../etc', '/etc', 'a/../../b', '..', 'a\0b'])(
    '%j is no way out of the folder of models',
    async (name) => {
      await using folder = await temporaryFolder();
      const run = await runCli([
        'start',
        '--set',
        `models.active=[${JSON.stringify(name)}]`,
        ...inFolder(folder),
      ]);
      expect(run.code).not.toBe(0);
      expect(run.stderr).not.toContain('    at ');
      expect(run.stderr).not.toContain('root:');
    },
  );
});

describe('TLS', () => {
  it('covers HTTP, MQTT and MQTT over WebSocket with one certificate of our own authority', async () => {
    await using folder = await temporaryFolder();
    const certs = join(folder.path, 'certs');
    expect((await runCli(['certs', 'self-signed', '--out', certs, '--host', 'gateway.lan'])).code).toBe(0);
    const ca = await readFile(join(certs, 'ca.pem'), 'utf8');
    const files = `{certFile: ${join(certs, 'cert.pem')}, keyFile: ${join(certs, 'key.pem')}}`;
    await using gateway = await startGatewayProcess([`http.tls=${files}`, `mqtt.tlsListener=${files}`]);
    expect(gateway.http).toMatch(/^https:/);
    expect(gateway.mqtt).toMatch(/^mqtts:/);

    const asking = httpsRequest(new URL('/health/ready', gateway.http), { ca }).end();
    const [answer] = await once(asking, 'response');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['strict-transport-security']).toBe('max-age=15552000');

    const client = await connectAsync(gateway.mqtt, { ca, reconnectPeriod: 0 });
    await client.publishAsync('sensor-logger/anna', sensorLogger('anna', 1), { qos: 1 });
    await client.endAsync();

    await expect(connectAsync(gateway.mqtt, { reconnectPeriod: 0 })).rejects.toThrow(/certificate/i);
    const plain = httpRequest(gateway.http.replace('https', 'http')).end();
    await expect(once(plain, 'response')).rejects.toThrow();
  });

  it('does not start with a key that does not belong to the certificate', async () => {
    await using folder = await temporaryFolder();
    const [one, other] = [join(folder.path, 'one'), join(folder.path, 'other')];
    await runCli(['certs', 'self-signed', '--out', one, '--host', 'a.lan']);
    await runCli(['certs', 'self-signed', '--out', other, '--host', 'a.lan']);
    const files = `{certFile: ${join(one, 'cert.pem')}, keyFile: ${join(other, 'key.pem')}}`;
    const run = await runCli(['start', '--set', `http.tls=${files}`, ...inFolder(folder)]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('http.tls');
  });
});

describe('10,000 connections that say nothing', () => {
  it('keep nobody out and cost bounded memory', async () => {
    await using folder = await temporaryFolder();
    const password = await addDevice(folder, 'anna');
    await using gateway = await startGatewayIn(folder.path, OPEN_HOSTS);
    const token = await createToken(folder, 'read');
    const ask = () =>
      fetch(new URL('/v1/ledger', gateway.http), { headers: { authorization: `Bearer ${token}` } });
    await eventually(
      async () => (await ask()).status,
      (status) => status === 200,
    );
    const before = await memoryOf(gateway.pid);

    const ports = [gateway.http, gateway.mqtt].map((url) => new URL(url).port);
    const limit = Number((await runShell('ulimit -Hn')).trim()) || 1_000_000;
    // Half a thousand descriptors are for everything else.
    const count = Math.min(10_000, limit - 500);
    const script = join(import.meta.dirname, '../helpers/idle-connections.mjs');
    const child = spawn(
      'sh',
      ['-c', `ulimit -n $(ulimit -Hn); exec "$0" "$@"`, process.execPath, script, String(count), ...ports],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    try {
      const [line] = await once(createInterface({ input: child.stdout }), 'line');
      const totals = z.object({ opened: z.number(), failed: z.number() }).parse(JSON.parse(String(line)));
      expect(totals.opened + totals.failed).toBe(count);
      expect(totals.opened).toBeGreaterThan(count * 0.9);
      expect((await ask()).status).toBe(200);
      const anna = await connectAsync(gateway.mqtt, { username: 'anna', password, reconnectPeriod: 0 });
      await anna.publishAsync('sensor-logger/anna', sensorLogger('anna', 1), { qos: 1 });
      await anna.endAsync();
      const open = (await readdir(`/proc/${gateway.pid}/fd`)).length;
      const after = await memoryOf(gateway.pid);
      expect(open).toBeLessThan(4000 + 2000 + 200);
      expect(after - before).toBeLessThan(300);
      process.stderr.write(
        `${count} idle connections (limit ${limit}): ${open} descriptors open, ${(after - before).toFixed(0)} MB more\n`,
      );
    } finally {
      child.stdin.end();
      await once(child, 'close');
    }
    expect((await ask()).status).toBe(200);
  });

  async function memoryOf(pid: number): Promise<number> {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024;
  }

  async function runShell(command: string): Promise<string> {
    const shell = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'ignore'] });
    return await text(shell.stdout);
  }
});
