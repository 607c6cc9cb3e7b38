import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../../../src/config/load.js';

const DEPLOY = join(import.meta.dirname, '../../../deploy');
/** Made by make-certificates.sh. */
const CERTIFICATES = './certs';

const serviceSchema = z.object({
  image: z.string(),
  build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()),
  ports: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  security_opt: z.array(z.string()),
});
const composeSchema = z.object({
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.null()),
});

function readCompose(file: string) {
  const text = readFileSync(join(DEPLOY, file), 'utf8');
  const compose = composeSchema.parse(parse(text, { merge: true }));
  return { text, ...compose, all: Object.entries(compose.services) };
}

const compose = readCompose('compose.yaml');
const cluster = readCompose('nats/compose.yaml');

describe.each([
  ['.', 'compose.yaml', compose],
  ['nats', 'nats/compose.yaml', cluster],
] as const)('in deploy/%s/', (folder, _, { text, services, all, volumes }) => {
  it.each(all)('%s has an image of a fixed version', (_, service) => {
    expect(service.image).toMatch(/:v?\d[\w.-]*$/);
  });

  it.each(all)('%s mounts files that are there and volumes that are declared', (_, service) => {
    for (const volume of service.volumes) {
      const [source = '', , mode] = volume.split(':');
      if (source.startsWith('.')) {
        expect(existsSync(join(DEPLOY, folder, source)) || source === CERTIFICATES, source).toBe(true);
        expect(mode).toBe('ro');
      } else {
        expect(Object.keys(volumes)).toContain(source);
      }
    }
  });

  it('no volume is declared that nothing uses', () => {
    const used = all.flatMap(([, service]) => service.volumes.map((volume) => volume.split(':')[0]));
    expect(Object.keys(volumes).filter((volume) => !used.includes(volume))).toEqual([]);
  });

  it('gateways are built from the Dockerfile', () => {
    const built = all.filter(([, { build }]) => build !== undefined);
    expect(built.map(([name]) => name)).toEqual(
      Object.keys(services).filter((name) => /^gateway/.test(name)),
    );
    for (const [, { build }] of built) {
      expect(existsSync(join(DEPLOY, folder, build?.context ?? '', build?.dockerfile ?? ''))).toBe(true);
    }
  });

  it('the health of all is checked, and nobody waits for a service without a check', () => {
    const checked = all.filter(([, service]) => service.healthcheck !== undefined).map(([name]) => name);
    expect(checked).toEqual(Object.keys(services).filter((name) => !/^gateway/.test(name)));
    for (const [, service] of all) {
      for (const [name, { condition }] of Object.entries(service.depends_on)) {
        expect(condition).toBe('service_healthy');
        expect(checked).toContain(name);
      }
    }
  });

  it('no variable is used that env.example does not name, and the other way round', () => {
    const example = readFileSync(join(DEPLOY, folder, 'env.example'), 'utf8');
    const named = [...example.matchAll(/^(\w+)=/gm)].map((match) => match[1]);
    const used = [...text.matchAll(/(?<!\$)\$\{(\w+)/g)].map((match) => match[1]);
    expect(new Set(used)).toEqual(new Set(named));
    expect(example).not.toMatch(/(PASSWORD|KEY)=./);
  });

  it('every password comes from .env, and it is said when it is missing', () => {
    // The token is made by the gateway that this file starts; not everybody has Home Assistant.
    const optional = ['METRICS_TOKEN', 'HOME_ASSISTANT_PASSWORD'];
    const secrets = all.flatMap(([, service]) =>
      Object.entries(service.environment).filter(([name]) => /PASSWORD|SECRET|TOKEN|KEY/.test(name)),
    );
    expect(secrets.length).toBeGreaterThan(9);
    for (const [name, value] of secrets) {
      const wanted = optional.includes(name) ? /^\$\{\w+:-\}$/ : /^("?)\$\{\w+:\?set it in \.env\}\1$/;
      expect(value).toMatch(wanted);
    }
  });

  it('pages and API are shown to this machine only, unless told otherwise', () => {
    const shown = all.filter(([name]) => /^(gateway|grafana)/.test(name)).flatMap(([, { ports }]) => ports);
    for (const port of shown.filter((each) => !/:1883$/.test(each))) {
      expect(port).toMatch(/^\$\{HTTP_ADDRESS:-127\.0\.0\.1\}:/);
    }
    expect(services['influxdb']?.ports).toEqual([]);
  });

  it('no process may gain rights', () => {
    for (const [, service] of all) expect(service.security_opt).toContain('no-new-privileges:true');
  });
});

describe('deploy/compose.yaml', () => {
  it('has the gateway, its broker, its database and Grafana', () => {
    expect(Object.keys(compose.services)).toEqual([
      'gateway',
      'mosquitto',
      'influxdb',
      'prometheus',
      'grafana',
    ]);
  });
});

describe('deploy/nats', () => {
  const gateways = ['gateway-1', 'gateway-2', 'gateway-3'];
  const servers = ['nats-1', 'nats-2', 'nats-3'];

  it('has three gateways, three servers and their database', () => {
    expect(Object.keys(cluster.services)).toEqual([...servers, ...gateways, 'influxdb']);
  });

  it.each(servers)('%s has a name and files of its own, and a key that NATS reads as text', (name) => {
    const { environment = {}, volumes = [], ports } = cluster.services[name] ?? {};
    expect(environment['NATS_SERVER_NAME']).toBe(name);
    expect(environment['NATS_STORE_KEY']).toMatch(/^".*"$/);
    expect(environment['NATS_GATEWAY_PASSWORD']).toMatch(/^".*"$/);
    expect(volumes).toContain(`${name}-data:/data`);
    expect(ports).toEqual([]);
  });

  it.each(gateways)('%s has a whole configuration with its environment', async (name) => {
    const { environment = {}, volumes = [] } = cluster.services[name] ?? {};
    const file = join(DEPLOY, 'nats/gateway.yaml');
    const config = await loadConfig({ file, set: [], env: environment });
    expect(config.cluster).toMatchObject({
      servers: servers.map((server) => `tls://${server}:4222`),
      gateway: name,
      username: 'gateway',
      password: environment['ALONGSIDE_CLUSTER__PASSWORD'],
      replicas: 3,
    });
    const mounted = volumes.map((volume) => volume.split(':')[1]);
    for (const path of Object.values(config.cluster.tls ?? {}))
      expect(mounted).toContain(dirname(path ?? ''));
    expect(config.store).toMatchObject({ type: 'influxdb', influxdb: { url: 'http://influxdb:8086' } });
    expect(mounted).toContain(config.dataDir);
  });
});

describe('deploy/config.yaml', () => {
  it('is a whole configuration together with the environment of compose.yaml', async () => {
    const { environment = {} } = compose.services['gateway'] ?? {};
    const config = await loadConfig({ file: join(DEPLOY, 'config.yaml'), set: [], env: environment });
    expect(config.store.type).toBe('influxdb');
    expect(config.store.influxdb.password).toBe(environment['ALONGSIDE_STORE__INFLUXDB__PASSWORD']);
    expect(config.mqtt.password).toBe(environment['ALONGSIDE_MQTT__PASSWORD']);
  });

  it('speaks to the services by the names, ports and users that compose.yaml gives them', async () => {
    const { mqtt, store, http } = await loadConfig({ file: join(DEPLOY, 'config.yaml'), set: [], env: {} });
    const influxdb = compose.services['influxdb']?.environment ?? {};
    expect(mqtt).toMatchObject({ embedded: false, url: 'mqtt://mosquitto:1883', username: 'gateway' });
    expect(store.influxdb).toMatchObject({
      url: 'http://influxdb:8086',
      database: influxdb['INFLUXDB_DB'],
      username: influxdb['INFLUXDB_USER'],
    });
    expect(compose.services['gateway']?.ports).toEqual([
      expect.stringMatching(`:${http.port}:${http.port}$`),
    ]);
  });
});

describe('deploy/grafana', () => {
  it('reads the same database with the same user', () => {
    const file = join(DEPLOY, 'grafana/provisioning/datasources/influxdb.yaml');
    expect(parse(readFileSync(file, 'utf8'))).toMatchObject({
      apiVersion: 1,
      datasources: [
        {
          type: 'influxdb',
          url: 'http://influxdb:8086',
          user: 'alongside',
          jsonData: { dbName: 'alongside' },
          secureJsonData: { password: '$INFLUXDB_PASSWORD' },
        },
      ],
    });
  });
});
