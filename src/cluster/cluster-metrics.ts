import { Gauge, type Registry } from 'prom-client';
import type { Bridge } from './bridge.js';
import type { Door } from './door.js';
import type { PartitionOwner } from './partition-owner.js';

/** Says how a gateway does in its cluster, whenever Prometheus asks. */
export function registerClusterMetrics(
  registry: Registry,
  owner: Pick<PartitionOwner, 'runs' | 'withoutOwner'>,
  door: Pick<Door, 'refusing'>,
  bridges: readonly Pick<Bridge, 'isHeld'>[],
): void {
  gauge('alongside_cluster_owned_partitions', 'Partitions that this gateway owns', () => owner.runs.length);
  gauge(
    'alongside_cluster_partitions_without_owner',
    'Partitions that no living gateway owns, as far as this one sees',
    () => owner.withoutOwner,
  );
  gauge(
    'alongside_cluster_lag_messages',
    'Messages in the logs of this gateway that it has not read yet',
    () => owner.runs.reduce((sum, { lag }) => sum + lag, 0),
  );
  gauge(
    'alongside_cluster_refusing_partitions',
    'Partitions whose logs do not take messages from this gateway, as when they are full',
    () => door.refusing.length,
  );
  gauge(
    'alongside_cluster_bridges',
    'External brokers whose client this gateway is, for all gateways',
    () => bridges.filter(({ isHeld }) => isHeld).length,
  );

  function gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  }
}
