import { type RunningAccess, startAccess } from '../access/running-access.js';
import type { Config } from '../config/schema.js';
import type { Clock } from '../shared/clock.js';
import { GatewayError, messageOf } from '../shared/errors.js';
import { makeFolder, PRIVATE_FOLDER } from '../shared/files.js';
import type { Events } from '../telemetry/events.js';
import { bindingOf } from './require-startable.js';

/**
 * Reads who may do what, and refuses to listen where everybody could do everything.
 *
 * @throws GatewayError `CONFIG_INVALID`
 */
export async function openAccess(
  config: Config,
  { clock, events }: { readonly clock: Clock; readonly events: Events },
): Promise<RunningAccess> {
  await makeDataFolder(config.dataDir);
  return await startAccess({
    dataDir: config.dataDir,
    binding: bindingOf(config),
    clock,
    onLoaded: (counts) => events.credentialsLoaded(counts),
    onProblem: (words) => events.credentialsUnreadable(words),
  });
}

/** What is in it is personal. @throws GatewayError `STORE_UNAVAILABLE` */
async function makeDataFolder(path: string): Promise<void> {
  try {
    await makeFolder(path, PRIVATE_FOLDER);
  } catch (error) {
    throw new GatewayError('STORE_UNAVAILABLE', `dataDir: ${messageOf(error)}`, { cause: error });
  }
}
