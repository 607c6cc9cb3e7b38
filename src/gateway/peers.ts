import type { Config } from '../config/schema.js';
import type { SharedRecords } from '../domain/shared-records.js';
import type { Closers } from '../shared/lifetime.js';
import { type DataPath, type DataPathDependencies, startDataPath } from './run-pipeline.js';

/** The other gateways of a cluster, as far as the parts of one have to do with them. */
export interface Peers {
  /** Keeps records the same here and there from now on; resolves when what others have is here. */
  share(records: SharedRecords): Promise<void>;
  /**
   * Resolves when the others can know everything that was changed here.
   *
   * @throws GatewayError `STORE_UNAVAILABLE` (retryable)
   */
  settled(): Promise<void>;
  /** Starts the way of messages to results. */
  startPath(config: Config, dependencies: DataPathDependencies, closers: Closers): Promise<DataPath>;
}

/** Of a gateway that works by itself. */
export const NO_PEERS: Peers = {
  share: () => Promise.resolve(),
  settled: () => Promise.resolve(),
  startPath: (config, dependencies, closers) => Promise.resolve(startDataPath(config, dependencies, closers)),
};
