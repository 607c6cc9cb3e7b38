import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { startFleet } from '../../src/recordings/simulation/fleet.js';
import { systemClock } from '../../src/shared/clock.js';
import { createInfluxStore } from '../../src/storage/influx/influx-store.js';
import { eventually } from '../helpers/eventually.js';
import { deviceId, makeBatch } from '../helpers/make-results.js';
import { startGatewayProcess } from '../helpers/run-cli.js';
import { runPromtool } from '../helpers/run-promtool.js';
import { startInfluxd } from '../helpers/start-influxd.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const DEPLOY = join(import.meta.dirname, '../../deploy');

const targetSchema = z.object({
  datasource: z.object({ type: z.enum(['influxdb', 'prometheus']), uid: z.string() }),
  query: z.string().optional(),
  expr: z.string().optional(),
});
const dashboardSchema = z.object({
  uid: z.string(),
  templating: z.object({ list: z.array(z.object({ name: z.string(), query: z.string() })) }),
  panels: z.array(z.object({ id: z.int(), title: z.string(), targets: z.array(targetSchema).min(1) })),
});
const answerSchema = z.object({
  results: z.array(
    z.object({
      error: z.string().optional(),
      series: z.array(z.object({ values: z.array(z.array(z.unknown())) })).optional(),
    }),
  ),
});
const readText = (path: string) => readFileSync(join(DEPLOY, path), 'utf8');
const dashboard = (name: string) =>
  dashboardSchema.parse(JSON.parse(readText(`grafana/dashboards/${name}.json`)));
const people = dashboard('people');
const gateway = dashboard('gateway');
const targets = [...people.panels, ...gateway.panels].flatMap(({ title, targets: all }) =>
  all.map((target) => ({ title, ...target })),
);

/** What Grafana puts in place of its variables. */
const filledIn = (query: string): string =>
  query
    .replaceAll('$timeFilter', 'time > now() - 1h')
    .replaceAll('$__interval', '1s')
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$device', '.*');

describe('dashboards of Grafana', () => {
  it('ask sources that are provisioned', () => {
    const sources = ['influxdb', 'prometheus'].flatMap((name) =>
      z
        .object({ datasources: z.array(z.object({ uid: z.string(), type: z.string() })) })
        .parse(parse(readText(`grafana/provisioning/datasources/${name}.yaml`)))
        .datasources.map(({ type, uid }) => `${type} ${uid}`),
    );
    for (const { title, datasource } of targets) {
      expect(sources, title).toContain(`${datasource.type} ${datasource.uid}`);
    }
    expect(people.uid).not.toBe(gateway.uid);
  });

  it('get an answer from InfluxDB to every query, of what a gateway wrote', async () => {
    await using influxd = await startInfluxd();
    const store = [
      'store.type=influxdb',
      `store.influxdb.url=${influxd.url}`,
      'store.influxdb.database=home',
    ];
    await using running = await startGatewayProcess([...store, 'logLevel=error', 'track.dwellMs=0']);
    await using fleet = await startFleet({
      url: running.mqtt,
      phones: 3,
      seed: 5,
      seconds: 24,
      format: 'sensor-logger',
      rateHz: 50,
      pace: 'max',
      connections: 'shared',
      clock: systemClock,
    });
    await using direct = createInfluxStore({ url: influxd.url, database: 'home' });
    const coat = { device: deviceId('phone-0001'), label: 'coat', atMs: Date.now(), probability: 0.9 };
    await direct.write(makeBatch({ apparel: [coat] }));
    await fleet.finished;

    const valuesOf = async (query: string): Promise<number> => {
      const { results } = answerSchema.parse(await influxd.query(filledIn(query), 'home'));
      expect(results[0]?.error, query).toBeUndefined();
      return (results[0]?.series ?? []).reduce((sum, { values }) => sum + values.length, 0);
    };
    const queries = [
      ...targets.flatMap(({ query }) => query ?? []),
      ...people.templating.list.map(({ query }) => query),
    ];
    expect(queries.length).toBeGreaterThan(10);
    for (const query of queries) {
      const values = await eventually(
        () => valuesOf(query),
        (count) => count > 0,
      );
      expect(values, query).toBeGreaterThan(0);
    }
  });
});

describe('Prometheus', () => {
  it('finds nothing wrong with the metrics, and every metric that dashboards and alerts name', async () => {
    await using folder = await temporaryFolder();
    await using running = await startGatewayProcess(['logLevel=error']);
    const metrics = await (await fetch(new URL('/metrics', running.http))).text();
    expect(await runPromtool(['check', 'metrics'], metrics)).toEqual({ code: 0, words: '' });

    const exprs = targets.flatMap(({ expr }) => expr ?? []);
    const alerts = readText('prometheus/alerts.yml');
    const named = [...`${exprs.join('\n')}\n${alerts}`.matchAll(/\b(?:alongside|process|nodejs)_\w+/g)];
    expect(named.length).toBeGreaterThan(20);
    const known = new Set([...metrics.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
    for (const [name] of named) expect(known).toContain(name.replace(/_(bucket|count|sum)$/, ''));

    const rules = exprs.map((expr, index) => ({ record: `panel_${index}`, expr: filledIn(expr) }));
    const file = join(folder.path, 'panels.yml');
    await writeFile(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
    const checked = await runPromtool(['check', 'rules', file]);
    expect(checked.words).toContain(`SUCCESS: ${rules.length} rules found`);
  });

  it('takes the alert rules and its configuration', async () => {
    const files = ['alerts.yml', 'cluster-alerts.yml'].map((file) => join(DEPLOY, 'prometheus', file));
    const rules = await runPromtool(['check', 'rules', ...files]);
    expect(rules.code, rules.words).toBe(0);
    const config = await runPromtool([
      ...['check', 'config', '--syntax-only', join(DEPLOY, 'prometheus/prometheus.yml')],
    ]);
    expect(config.code, config.words).toBe(0);
  });
});
