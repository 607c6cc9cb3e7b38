import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { accessFile, lastUsedFile, readAccessFile, writeLastUsed } from '../../../src/access/access-file.js';
import { verifyPassword } from '../../../src/access/passwords.js';
import type { CliContext } from '../../../src/cli/context.js';
import { deviceSettings } from '../../../src/cli/devices.js';
import { runProgram } from '../../../src/cli/program.js';
import { configSchema } from '../../../src/config/schema.js';
import { serveControlRequests } from '../../../src/gateway/erasure/control-requests.js';
import { lockFolder } from '../../../src/shared/lock.js';
import { cliContext } from '../../helpers/cli-context.js';
import { deviceId } from '../../helpers/make-results.js';
import { type TemporaryFolder, temporaryFolder } from '../../helpers/temporary-folder.js';

const addedSchema = z.object({
  name: z.string(),
  username: z.string(),
  password: z.string(),
  mqtt: z.object({
    url: z.string(),
    topic: z.string(),
    username: z.string(),
    password: z.string(),
    tls: z.boolean(),
  }),
  http: z.object({ url: z.string(), authorization: z.string() }),
  warnings: z.array(z.string()),
});

/** Runs `alongside devices …` on a folder and gives what it printed. */
function devices(folder: TemporaryFolder, ...args: string[]): Promise<string[]> {
  return devicesAsking(undefined, folder, ...args);
}

/** The same for a person who answers questions. */
async function devicesAsking(
  ask: CliContext['ask'],
  folder: TemporaryFolder,
  ...args: string[]
): Promise<string[]> {
  const context = cliContext({ ask });
  const [command = '', ...rest] = args;
  const argv = ['devices', command, '--set', `dataDir=${folder.path}`, ...rest];
  await runProgram(context, argv);
  return context.lines;
}

const json = <T>(lines: readonly string[], schema: z.ZodType<T>): T =>
  schema.parse(JSON.parse(lines.at(-1) ?? ''));

describe('alongside devices add', () => {
  it('prints the password once, with settings for the app, and keeps a hash only', async () => {
    await using folder = await temporaryFolder();
    const settings = ['--set', 'mqtt.host=192.168.1.5', '--set', 'http.host=192.168.1.5'];
    const added = json(await devices(folder, 'add', 'anna', '--json', ...settings), addedSchema);
    expect(added).toMatchObject({
      name: 'anna',
      username: 'anna',
      mqtt: { url: 'tcp://192.168.1.5:1883', topic: 'sensor-logger/anna', username: 'anna', tls: false },
      http: { url: 'http://192.168.1.5:8080/v1/ingest/sensor-logger' },
      warnings: [],
    });
    const basic = Buffer.from(`anna:${added.password}`).toString('base64');
    expect(added.http.authorization).toBe(`Basic ${basic}`);
    const [record] = (await readAccessFile(accessFile(folder.path))).devices;
    if (record === undefined) throw new Error('no record');
    expect(await verifyPassword(added.password, record.password)).toBe(true);
    expect(await readFile(accessFile(folder.path), 'utf8')).not.toContain(added.password);
  });

  it('says it in words without --json, and what keeps phones away', async () => {
    await using folder = await temporaryFolder();
    const text = (await devices(folder, 'add', 'anna')).join('\n');
    for (const part of [
      'user name  anna',
      'password ',
      'sensor-logger/anna',
      'Authorization: Basic ',
      '0.0.0.0',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('gives a new password only when asked to', async () => {
    await using folder = await temporaryFolder();
    const first = json(await devices(folder, 'add', 'anna', '--json'), addedSchema);
    await expect(devices(folder, 'add', 'anna')).rejects.toMatchObject({ code: 'USAGE' });
    const second = json(await devices(folder, 'add', 'anna', '--replace', '--json'), addedSchema);
    expect(second.password).not.toBe(first.password);
    const [record, ...others] = (await readAccessFile(accessFile(folder.path))).devices;
    expect(others).toEqual([]);
    expect(record !== undefined && (await verifyPassword(first.password, record.password))).toBe(false);
  });

  it.each(['', 'a/b', '../x', 'a b', 'a:b', '+', 'x'.repeat(65)])('refuses the name "%s"', async (name) => {
    await using folder = await temporaryFolder();
    await expect(devices(folder, 'add', name)).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('alongside devices list and remove', () => {
  it('tell who may connect and when they last did, and no secret', async () => {
    await using folder = await temporaryFolder();
    const { password } = json(await devices(folder, 'add', 'anna', '--json'), addedSchema);
    await devices(folder, 'add', 'ben');
    await writeLastUsed(lastUsedFile(folder.path), new Map([['device/anna', 1_800_000_000_000]]), () => true);
    const lines = await devices(folder, 'list', '--json');
    const listed = json(lines, z.object({ devices: z.array(z.looseObject({ name: z.string() })) }));
    expect(listed.devices).toEqual([
      { name: 'anna', createdAtMs: expect.any(Number), lastUsedMs: 1_800_000_000_000 },
      { name: 'ben', createdAtMs: expect.any(Number), lastUsedMs: null },
    ]);
    expect(lines.join()).not.toContain(password);
    expect((await devices(folder, 'list')).join()).toMatch(/anna +since .*2027-01-15.*ben.*never/);
  });

  it('take one out, and say when there is none', async () => {
    await using folder = await temporaryFolder();
    await devices(folder, 'add', 'anna');
    await devices(folder, 'remove', 'anna');
    expect((await devices(folder, 'list')).join()).toBe('no device has credentials');
    await expect(devices(folder, 'remove', 'anna')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a person at a terminal', () => {
  it.each(['remove', 'forget'])('is asked before devices %s', async (command) => {
    await using folder = await temporaryFolder();
    await devices(folder, 'add', 'anna');
    const questions: string[] = [];
    const answering = (answer: boolean) => (question: string) => {
      questions.push(question);
      return Promise.resolve(answer);
    };
    const refused = devicesAsking(answering(false), folder, command, 'anna');
    await expect(refused).rejects.toMatchObject({ code: 'INPUT_REFUSED', message: 'nothing was changed' });
    expect((await devices(folder, 'list')).join()).toContain('anna');
    expect(questions).toEqual([expect.stringContaining('anna')]);
    await devicesAsking(answering(true), folder, command, 'anna');
    expect((await devices(folder, 'list')).join()).not.toContain('anna');
    await devices(folder, 'add', 'ben');
    await devicesAsking(answering(false), folder, 'remove', 'ben', '--yes');
    expect(questions).toHaveLength(2);
  });
});

describe('alongside devices export', () => {
  it('writes passwords and rules for their owner only', async () => {
    await using folder = await temporaryFolder();
    await devices(folder, 'add', 'anna');
    const out = join(folder.path, 'mosquitto');
    const lines = await devices(folder, 'export', '--format', 'mosquitto', '--out', out, '--json');
    const report = json(
      lines,
      z.object({ passwords: z.string(), acl: z.string(), username: z.string(), passwordFile: z.string() }),
    );
    for (const file of [report.passwords, report.acl, report.passwordFile]) {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
    expect(await readFile(report.passwords, 'utf8')).toMatch(/^alongside:\$7\$.*\nanna:\$7\$/);
    expect(await readFile(report.acl, 'utf8')).toContain('pattern write sensor-logger/%u');
  });

  it('does not mix the gateway up with a device of its name', async () => {
    await using folder = await temporaryFolder();
    await devices(folder, 'add', 'alongside');
    const out = ['--format', 'mosquitto', '--out', join(folder.path, 'out')];
    await expect(devices(folder, 'export', ...out)).rejects.toMatchObject({ code: 'USAGE' });
    await devices(folder, 'export', ...out, '--set', 'mqtt.username=gateway', '--set', 'mqtt.password=x');
  });

  it('knows no other broker', async () => {
    await using folder = await temporaryFolder();
    await expect(devices(folder, 'export', '--format', 'emqx', '--out', 'x')).rejects.toThrow();
  });
});

describe('alongside devices forget', () => {
  it('says that there is no such device', async () => {
    await using folder = await temporaryFolder();
    await devices(folder, 'add', 'anna');
    const forgetting = devices(folder, 'forget', 'nobody');
    await expect(forgetting).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('no such device'),
    });
    expect((await devices(folder, 'list')).join()).toContain('anna');
  });

  it('leaves it to a gateway that runs on the folder', async () => {
    await using folder = await temporaryFolder();
    await using _ = await lockFolder(folder.path);
    const parts = [{ name: 'results', removed: true, detail: '' }];
    await using __ = serveControlRequests({
      dataDir: folder.path,
      forget: (device) => Promise.resolve(device === 'anna' ? { device, removed: true, parts } : undefined),
      onFailed: () => undefined,
    });
    expect((await devices(folder, 'forget', 'anna')).join()).toMatch(/results +removed/);
    await expect(devices(folder, 'forget', 'nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('refuses what is no device, and a folder that is none', async () => {
    await using folder = await temporaryFolder();
    await expect(devices(folder, 'forget', '../x')).rejects.toMatchObject({ code: 'USAGE' });
    const nowhere = { ...folder, path: join(folder.path, 'nowhere') };
    await expect(devices(nowhere, 'forget', 'anna')).rejects.toMatchObject({ code: 'USAGE' });
    const elsewhere = ['--recordings', join(folder.path, 'nowhere')];
    await expect(devices(folder, 'forget', 'anna', ...elsewhere)).rejects.toMatchObject({ code: 'USAGE' });
  });
});

const ANNA = deviceId('anna');
const settings = (config: object) => deviceSettings(configSchema.parse(config), ANNA, 'secret');

describe('deviceSettings', () => {
  it('names an address of this machine where the gateway listens on all', () => {
    const { mqtt, http, warnings } = settings({ mqtt: { host: '0.0.0.0' }, http: { host: '0.0.0.0' } });
    expect(mqtt.url).toMatch(/^tcp:\/\/\d+\.\d+\.\d+\.\d+:1883$/);
    expect(mqtt.url).not.toContain('0.0.0.0');
    expect(http.url).not.toContain('0.0.0.0');
    expect(warnings).toEqual([]);
  });

  it('says when TLS is on', () => {
    const tls = { certFile: 'c', keyFile: 'k' };
    const { mqtt, http } = settings({
      mqtt: { host: 'gateway.lan', port: 8883, tlsListener: tls },
      http: { host: 'gateway.lan', tls },
    });
    expect(mqtt).toMatchObject({ url: 'tcp://gateway.lan:8883', tls: true });
    expect(http.url).toBe('https://gateway.lan:8080/v1/ingest/sensor-logger');
  });

  it.each([
    ['mqtt://broker.lan', 'tcp://broker.lan:1883', false],
    ['mqtts://broker.lan', 'tcp://broker.lan:8883', true],
    ['mqtt://user:pass@broker.lan:1884', 'tcp://broker.lan:1884', false],
  ])('names the external broker %s without its password', (url, shown, tls) => {
    const { mqtt } = settings({ mqtt: { embedded: false, url }, http: { host: '0.0.0.0' } });
    expect(mqtt).toMatchObject({ url: shown, tls });
  });

  it.each([
    [[{ topic: 'a/{device}/b', format: 'sensor-logger' }], 'a/anna/b'],
    [[{ topic: 'a/+', format: 'sensor-logger' }], 'a/anna'],
    [[{ topic: 'a', format: 'sensor-logger', device: 'anna' }], 'a'],
    [[{ topic: 'a', format: 'sensor-logger' }], 'sensor-logger/anna'],
  ])('names the topic by the subscriptions %j', (subscriptions, topic) => {
    expect(settings({ mqtt: { subscriptions } }).mqtt.topic).toBe(topic);
  });
});
