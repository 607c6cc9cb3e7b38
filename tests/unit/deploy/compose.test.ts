import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../../../src/config/load.js';

const DEPLOY = join(import.meta.dirname, '../../../deploy');
const text = readFileSync(join(DEPLOY, 'compose.yaml'), 'utf8');

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
const compose = z
  .object({
    services: z.record(z.string(), serviceSchema),
    volumes: z.record(z.string(), z.null()),
  })
  .parse(parse(text, { merge: true }));
const services = Object.entries(compose.services);

describe('deploy/compose.yaml', () => {
  it('has the gateway, its broker, its database and Grafana', () => {
    expect(services.map(([name]) => name)).toEqual([
      'gateway',
      'mosquitto',
      'influxdb',
      'prometheus',
      'grafana',
    ]);
  });

  it.each(services)('%s has an image of a fixed version', (_, service) => {
    expect(service.image).toMatch(/:v?\d[\w.-]*$/);
  });

  it.each(services)('%s mounts files that are there and volumes that are declared', (_, service) => {
    for (const volume of service.volumes) {
      const [source = '', , mode] = volume.split(':');
      if (source.startsWith('.')) {
        expect(existsSync(join(DEPLOY, source)), source).toBe(true);
        expect(mode).toBe('ro');
      } else {
        expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });

  it('declares no volume that nothing uses', () => {
    const used = services.flatMap(([, service]) => service.volumes.map((volume) => volume.split(':')[0]));
    expect(Object.keys(compose.volumes).filter((volume) => !used.includes(volume))).toEqual([]);
  });

  it('builds the gateway from the Dockerfile of this folder', () => {
    const { context = '', dockerfile = '' } = compose.services['gateway']?.build ?? {};
    expect(existsSync(join(DEPLOY, context, dockerfile))).toBe(true);
  });

  it('checks the health of all, and lets nobody wait for a service without a check', () => {
    const checked = services.filter(([, service]) => service.healthcheck !== undefined).map(([name]) => name);
    expect(checked).toEqual(['mosquitto', 'influxdb', 'prometheus', 'grafana']);
    for (const [, service] of services) {
      for (const [name, { condition }] of Object.entries(service.depends_on)) {
        expect(condition).toBe('service_healthy');
        expect(checked).toContain(name);
      }
    }
  });

  it('takes every password from .env, and says so when it is missing', () => {
    const secrets = services.flatMap(([, service]) =>
      Object.entries(service.environment).filter(([name]) => /PASSWORD|SECRET|TOKEN/.test(name)),
    );
    expect(secrets).toHaveLength(10);
    for (const [name, value] of secrets) {
      // The token is made by the gateway that this file starts; not everybody has Home Assistant.
      const isOptional = ['METRICS_TOKEN', 'HOME_ASSISTANT_PASSWORD'].includes(name);
      const wanted = isOptional ? /^\$\{\w+:-\}$/ : /^\$\{\w+:\?set it in \.env\}$/;
      expect(value).toMatch(wanted);
    }
  });

  it('uses no variable that env.example does not name, and the other way round', () => {
    const example = readFileSync(join(DEPLOY, 'env.example'), 'utf8');
    const named = [...example.matchAll(/^(\w+)=/gm)].map((match) => match[1]);
    const used = [...text.matchAll(/(?<!\$)\$\{(\w+)/g)].map((match) => match[1]);
    expect(new Set(used)).toEqual(new Set(named));
    expect(example).not.toMatch(/PASSWORD=./);
  });

  it('shows pages and API to this machine only, unless told otherwise', () => {
    for (const name of ['gateway', 'grafana']) {
      for (const port of compose.services[name]?.ports ?? []) {
        expect(port).toMatch(/^\$\{HTTP_ADDRESS:-127\.0\.0\.1\}:/);
      }
    }
    expect(compose.services['influxdb']?.ports).toEqual([]);
  });

  it('lets no process gain rights', () => {
    for (const [, service] of services) expect(service.security_opt).toContain('no-new-privileges:true');
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
