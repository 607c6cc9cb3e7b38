import type { Logger } from 'pino';
import type { Config } from './config/schema.js';
import type { AssembledGateway } from './gateway/assemble-gateway.js';
import { openModels } from './gateway/open-models.js';
import type { Peers } from './gateway/peers.js';
import type { IsSimulatedPhone } from './inference/models/manifest.js';
import type { StampedFolder } from './inference/models/model-folder.js';
import type { Clock } from './shared/clock.js';
import { Closers } from './shared/lifetime.js';

/** Stopping takes no longer, whatever hangs, milliseconds. */
const STOP_WITHIN_MS = 9000;

export interface GatewayDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  /** Ends a start that waits for other machines. */
  readonly signal?: AbortSignal;
  /** Compiled file of the inference worker; by default beside its module. */
  readonly workerUrl?: URL;
  /** Folders of active models that were read already, by name; the others are read. */
  readonly modelFolders?: ReadonlyMap<string, StampedFolder>;
  /** Where simulated phones are expected, so that models made on simulated people are in their place: which they are. */
  readonly isSimulatedPhone?: IsSimulatedPhone;
  /** Folder of built pages; without one `/` lists the endpoints. */
  readonly pagesFolder?: string;
}

/** A running gateway. Disposing of it stops taking messages, finishes what was taken, and says goodbye to the broker. */
export interface Gateway extends AssembledGateway, AsyncDisposable {}

/**
 * Starts a gateway: threads that load the models first, as they take longest, and meanwhile everything else.
 *
 * @throws GatewayError when a part cannot start, `CLOSED` when it was not to start any more; what was started before is stopped again
 */
export async function startGateway(config: Config, dependencies: GatewayDependencies): Promise<Gateway> {
  const closers = new Closers(STOP_WITHIN_MS);
  const models = openModels(config, dependencies, closers);
  // Why they cannot be loaded is thrown where they are waited for.
  models.catch(() => undefined);
  try {
    const [{ lockData }, { assembleGateway }] = await Promise.all([
      import('./gateway/open-resources.js'),
      import('./gateway/assemble-gateway.js'),
    ]);
    closers.add(await lockData(config));
    const peers = await openPeers(config, dependencies, closers);
    const assembled = await assembleGateway(config, { ...dependencies, peers, models }, closers);
    return { ...assembled, [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose]() };
  } catch (error) {
    // What they have opened by then is closed, too.
    await models.catch(() => undefined);
    await closers[Symbol.asyncDispose]().catch(() => undefined);
    throw error;
  }
}

async function openPeers(
  config: Config,
  dependencies: GatewayDependencies,
  closers: Closers,
): Promise<Peers> {
  if (config.cluster.servers.length === 0) {
    const { withoutPeers } = await import('./gateway/peers.js');
    return withoutPeers(dependencies.clock);
  }
  const { joinCluster } = await import('./cluster/join-cluster.js');
  return await joinCluster(config, dependencies, closers);
}
