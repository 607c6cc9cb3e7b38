import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ConfigSources, configJsonSchema, loadConfig } from '../../../src/config/load.js';
import { GatewayError } from '../../../src/shared/errors.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const NOTHING: ConfigSources = { file: undefined, set: [], env: {} };

const EXAMPLE = join(import.meta.dirname, '../../../config/gateway.example.yaml');

/** Names of all settings in a JSON schema, those of sections included. */
function namesIn(schema: unknown): string[] {
  const { properties = {} } = z
    .object({ properties: z.record(z.string(), z.unknown()).optional() })
    .parse(schema);
  return Object.entries(properties).flatMap(([name, child]) => [name, ...namesIn(child)]);
}

async function problemsOf(sources: Partial<ConfigSources>): Promise<string> {
  const error = await loadConfig({ ...NOTHING, ...sources }).then(
    () => new Error('was accepted'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(GatewayError);
  return error instanceof GatewayError ? `${error.code} ${error.message}` : '';
}

describe(loadConfig, () => {
  it('needs nothing: the defaults run an embedded broker and store on loopback', async () => {
    const config = await loadConfig(NOTHING);
    expect(config.mqtt.embedded).toBe(true);
    expect(config.store.type).toBe('embedded');
    expect(config.http.host).toBe('127.0.0.1');
  });

  it('takes the command line before the environment before the file', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'config.yaml');
    await writeFile(file, 'http:\n  port: 1\nmqtt:\n  port: 1\n  clientId: one\nlogLevel: warn\n');
    const config = await loadConfig({
      file,
      env: { ALONGSIDE_HTTP__PORT: '2', ALONGSIDE_MQTT__CLIENTID: 'two', OTHER: 'x' },
      set: ['http.port=3'],
    });
    expect(config.http.port).toBe(3);
    expect(config.mqtt.port).toBe(1);
    expect(config.mqtt.clientId).toBe('two');
    expect(config.logLevel).toBe('warn');
  });

  it('keeps text as text and lists as lists', async () => {
    const config = await loadConfig({
      ...NOTHING,
      set: [
        'mqtt.password=0123',
        'models.active=[a, b]',
        'mqtt.embedded=false',
        'mqtt.url=mqtt://broker:1883',
      ],
    });
    expect(config.mqtt.password).toBe('0123');
    expect(config.models.active).toEqual(['a', 'b']);
    expect(config.mqtt.embedded).toBe(false);
  });

  it('lists every problem at once', async () => {
    const text = await problemsOf({
      set: [
        'http.port=99999',
        'mqtt.keepaliveSeconds=1',
        'storee.type=embedded',
        'store.type=oracle',
        'http.x=1',
        'nonsense',
      ],
    });
    expect(text).toContain('CONFIG_INVALID the configuration has 6 problems');
    for (const part of [
      'http.port',
      'mqtt.keepaliveSeconds',
      'storee',
      'store.type',
      'http.x',
      '--set nonsense',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('names settings that contradict each other', async () => {
    expect(await problemsOf({ set: ['mqtt.embedded=false'] })).toContain('mqtt.url');
    expect(await problemsOf({ set: ['stream.latenessMs=9000'] })).toContain(
      'gapWaitMs must be at least latenessMs',
    );
    expect(await problemsOf({ set: ['mqtt.password=a', 'mqtt.passwordFile=b'] })).toContain('one of the two');
  });

  it('takes a file with a byte order mark, and says so of UTF-16', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'gateway.yaml');
    await writeFile(file, '\uFEFFhttp:\n  port: 8099\n');
    expect((await loadConfig({ ...NOTHING, file })).http.port).toBe(8099);
    await writeFile(file, Buffer.from('\uFEFFhttp:\n  port: 8099\n', 'utf16le'));
    expect(await problemsOf({ file })).toMatch(/gateway\.yaml cannot be read: it is UTF-16/);
  });

  it('says which file cannot be read, and which is no configuration', async () => {
    await using folder = await temporaryFolder();
    const list = join(folder.path, 'list.yaml');
    const broken = join(folder.path, 'broken.yaml');
    await writeFile(list, '- a\n- b\n');
    await writeFile(broken, 'a: [\n');
    for (const file of [join(folder.path, 'absent.yaml'), list, broken]) {
      expect(await problemsOf({ file })).toContain(file);
    }
  });

  it('refuses subscriptions that the source would refuse', async () => {
    const text = await problemsOf({
      set: ['mqtt.subscriptions=[{topic: "fixed", format: phyphox}, {topic: "a#", format: phyphox}]'],
    });
    expect(text).toContain('2 problems');
    expect(text).toContain(
      'mqtt.subscriptions: subscription fixed: phyphox messages do not name their device',
    );
  });

  it.each([
    ['http.prot=1', 'did you mean http.port?'],
    ['store.influxdb.databse=x', 'did you mean store.influxdb.database?'],
    ['devices={anna: {platfrom: ios}}', 'did you mean devices.anna.platform?'],
    ['mqtt.subscriptions=[{topic: a/+, fromat: phyphox}]', 'did you mean mqtt.subscriptions.0.format?'],
    ['latenessMs=1', 'did you mean stream.latenessMs?'],
  ])('suggests what was meant by %s', async (setting, hint) => {
    expect(await problemsOf({ set: [setting] })).toContain(hint);
  });

  it('suggests nothing for what is like no setting', async () => {
    expect(await problemsOf({ set: ['http.zebra=1'] })).toMatch(/http\.zebra: is not a setting$/);
  });

  it('tells a mistake in YAML in one line, with its place and without the text of the file', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'broken.yaml');
    await writeFile(file, 'http:\n  port: 1\n password: secret: 1\n');
    const text = await problemsOf({ file });
    expect(text.split('\n')).toHaveLength(1);
    expect(text).toMatch(/line 3, column \d+/);
    expect(text).not.toContain('secret');
  });

  it('takes user and password out of a URL', async () => {
    const config = await loadConfig({
      ...NOTHING,
      set: ['mqtt.url=mqtt://me:p%40ss@broker:1883', 'store.influxdb.url=http://you@db:8086/prefix'],
    });
    expect(config.mqtt).toMatchObject({ url: 'mqtt://broker:1883', username: 'me', password: 'p@ss' });
    expect(config.store.influxdb).toMatchObject({ url: 'http://db:8086/prefix', username: 'you' });
  });

  it.each([
    [['mqtt.url=mqtt://me:x@broker', 'mqtt.username=you'], 'the user of mqtt.url and mqtt.username'],
    [
      ['mqtt.url=mqtt://me:x@broker', 'mqtt.passwordFile=f'],
      'the password of mqtt.url and mqtt.passwordFile',
    ],
    [
      ['store.influxdb.password=x', 'store.influxdb.token=y'],
      'store.influxdb.password and store.influxdb.token',
    ],
    [['mqtt.url=mqtt://a:%zz@broker'], 'percent-encoded'],
    [['http.publicUrl=https://me:x@home'], 'must hold no user and password'],
  ])('refuses a login given twice or where it does not belong: %j', async (set, words) => {
    expect(await problemsOf({ set })).toContain(words);
  });

  it.each([
    [['cluster.servers=[nats://a:4222]'], 'store.type: must be influxdb in a cluster'],
    [['cluster.servers=[http://a:4222]'], 'cluster.servers.0: must be URLs: nats:// or tls://'],
    [['cluster.servers=[nats://me:secret@a:4222]'], 'cluster.servers: addresses hold no user'],
    [['cluster.partitions=0'], 'cluster.partitions'],
    [['cluster.replicas=2'], 'cluster.replicas'],
    [['cluster.gateway=a b'], 'cluster.gateway: 1 to 64 of'],
    [
      ['cluster.logBytes=100000000'],
      'cluster.logBytes: must be at least 768000000 with cluster.partitions=64',
    ],
    [['cluster.tls={certFile: a}'], 'cluster.tls: certFile and keyFile go together'],
    [['cluster.password=secret', 'cluster.passwordFile=f'], 'cluster.password and cluster.passwordFile'],
  ])('refuses a cluster that could not work: %j', async (set, words) => {
    const problems = await problemsOf({ set });
    expect(problems).toContain(words);
    expect(problems).not.toContain('secret');
  });

  it('takes a cluster whose gateways share InfluxDB', async () => {
    const set = ['cluster.servers=[nats://a:4222, tls://b:4222]', 'store.type=influxdb'];
    const { cluster } = await loadConfig({ ...NOTHING, set });
    expect(cluster).toMatchObject({
      servers: ['nats://a:4222', 'tls://b:4222'],
      partitions: 64,
      replicas: 3,
    });
  });

  it('refuses device names that could not be topics', async () => {
    expect(await problemsOf({ set: ['devices={"a/b": {platform: ios}}'] })).toContain('devices');
  });

  it('does not let a setting reach a prototype', async () => {
    await problemsOf({ set: ['__proto__.polluted=1'] });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});

describe(configJsonSchema, () => {
  it('describes every section', () => {
    const schema = JSON.stringify(configJsonSchema());
    for (const section of ['http', 'mqtt', 'store', 'models', 'stream', 'infer', 'track']) {
      expect(schema).toContain(`"${section}"`);
    }
  });
});

describe('config/gateway.example.yaml', () => {
  it('is valid and shows the defaults', async () => {
    expect(await loadConfig({ ...NOTHING, file: EXAMPLE })).toEqual(await loadConfig(NOTHING));
  });

  it('names every setting', async () => {
    const text = await readFile(EXAMPLE, 'utf8');
    const names = namesIn(configJsonSchema());
    expect(names).toContain('queueSoftWindows');
    expect(names.filter((name) => !new RegExp(`\\b${name}:`).test(text))).toEqual([]);
  });
});
