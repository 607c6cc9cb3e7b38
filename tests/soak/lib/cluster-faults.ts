import { setTimeout as sleep } from 'node:timers/promises';
import type { HashRandom } from '../../../src/recordings/simulation/random.js';
import type { ClusterGateway, ClusterWorld } from './cluster-world.js';

export interface ClusterFault {
  readonly name: string;
  /** Whether others take over what the gateway had. */
  readonly isTakenOver: boolean;
  /** Of NATS there must be others. */
  readonly needsServers: boolean;
  readonly happen: (scene: Scene) => Promise<void>;
}

interface Scene {
  readonly world: ClusterWorld;
  readonly victim: ClusterGateway;
  readonly random: HashRandom;
  /** Number of the round, from 0. */
  readonly round: number;
}

/** Longer than a lease, so that others take what the victim had. */
const AWAY_MS = [6000, 9000] as const;

/** Each gateway is a door too: phones send to it while it goes. */
export const CLUSTER_FAULTS: readonly ClusterFault[] = [
  {
    name: 'kill -9 gateway',
    isTakenOver: true,
    needsServers: false,
    happen: async ({ victim: { process }, random }) => {
      await process.kill();
      await sleep(random.between(...AWAY_MS));
      await process.start();
    },
  },
  {
    name: 'SIGSTOP gateway',
    isTakenOver: true,
    needsServers: false,
    happen: async ({ victim: { process }, random }) => {
      process.process.signal('SIGSTOP');
      await sleep(random.between(...AWAY_MS));
      process.process.signal('SIGCONT');
    },
  },
  {
    name: 'SIGTERM gateway',
    isTakenOver: true,
    needsServers: false,
    happen: async ({ victim: { process }, random }) => {
      await process.stop();
      await sleep(random.between(...AWAY_MS));
      await process.start();
    },
  },
  {
    name: 'gateway joins',
    isTakenOver: false,
    needsServers: false,
    happen: async ({ world, random }) => {
      await using another = await world.join();
      await sleep(random.between(...AWAY_MS));
      await another.process.stop();
    },
  },
  {
    name: 'kill -9 NATS server',
    isTakenOver: false,
    needsServers: true,
    happen: async ({ world: { nats }, random, round }) => {
      const server = round % nats.urls.length;
      await nats.kill(server);
      await sleep(random.between(...AWAY_MS));
      await nats.restart(server);
      await nats.healthy();
    },
  },
];
