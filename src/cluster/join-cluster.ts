import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config/schema.js';
import { readSecret, readServerCertificate } from '../config/secret-files.js';
import type { Peers } from '../gateway/peers.js';
import { startWaitingServer } from '../http/waiting-server.js';
import type { Closers } from '../shared/lifetime.js';
import { createClusterEvents } from './cluster-events.js';
import { openSharedMemory } from './connect-nats.js';
import { escapeName } from './partition.js';
import { SharedSettings } from './shared-settings.js';
import { startSharedPath } from './start-shared-path.js';

interface JoiningParts {
  readonly logger: Logger;
  readonly version: string;
}

/** Connects to what gateways share, as soon as it is there, and takes part in it. */
export async function joinCluster(
  config: Config,
  { logger, version }: JoiningParts,
  closers: Closers,
): Promise<Peers> {
  const { name, partitions, replicas, servers, logBytes, username, tls } = config.cluster;
  const events = createClusterEvents(logger);
  // A run of its own: what an earlier run of this gateway owned, this one does not.
  const gateway = `${escapeName(config.cluster.gateway ?? hostname())}-${randomBytes(4).toString('hex')}`;
  events.waiting(servers);
  const password = await readSecret('cluster', config.cluster);
  const address = { servers, name: gateway, username, password, tls };
  const memory = closers.add(
    await answerMeanwhile(config, () => openSharedMemory(address, { name, partitions, replicas, logBytes })),
  );
  events.joined(gateway, memory.connection.getServer());
  const settings = closers.add(
    await SharedSettings.open({
      bucket: memory.settings,
      path: join(config.dataDir, 'cluster', 'settings.json'),
      onFailed: (error) => events.settingsNotShared(error),
    }),
  );
  return {
    share: (records) => settings.share(records),
    settled: () => settings.settled(),
    startPath: (own, dependencies, ownClosers) =>
      startSharedPath(own, { gateway, memory, events, logger, version }, dependencies, ownClosers),
  };
}

/** Whoever asks while NATS is waited for hears that. */
async function answerMeanwhile<T>({ http: { host, port, tls } }: Config, open: () => Promise<T>): Promise<T> {
  await using _ = await startWaitingServer({
    ...{ host, port },
    tls: tls === undefined ? undefined : await readServerCertificate('http.tls', tls),
    part: { name: 'cluster', detail: 'waiting for NATS; nothing is taken until it answers' },
  });
  return await open();
}
