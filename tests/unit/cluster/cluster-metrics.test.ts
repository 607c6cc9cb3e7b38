import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { registerClusterMetrics } from '../../../src/cluster/cluster-metrics.js';

const DEPLOY = join(import.meta.dirname, '../../../deploy');

function namedIn(file: string): Set<string> {
  const text = readFileSync(join(DEPLOY, file), 'utf8');
  return new Set([...text.matchAll(/\balongside_cluster_\w+/g)].map(([name]) => name));
}

it('metrics of a cluster are those that its dashboard draws and its alerts watch', async () => {
  const registry = new Registry();
  registerClusterMetrics(registry, { runs: [], withoutOwner: 3 }, { refusing: [1, 7] }, [{ isHeld: true }]);
  const known = (await registry.getMetricsAsJSON()).map(({ name }) => name);
  expect(namedIn('grafana/dashboards/cluster.json')).toEqual(new Set(known));
  for (const name of namedIn('prometheus/cluster-alerts.yml')) expect(known).toContain(name);
  expect(await registry.metrics()).toMatch(/^alongside_cluster_partitions_without_owner 3$/m);
  expect(await registry.metrics()).toMatch(/^alongside_cluster_refusing_partitions 2$/m);
  expect(await registry.metrics()).toMatch(/^alongside_cluster_bridges 1$/m);
});
