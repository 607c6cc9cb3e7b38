import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type RunningAccess, startAccess } from '../access/running-access.js';
import type { Config } from '../config/schema.js';
import type { Clock } from '../shared/clock.js';
import { GatewayError, messageOf, systemWords } from '../shared/errors.js';
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
    await makeFolder(resolve(path));
  } catch (error) {
    const words = systemWords(error) ?? messageOf(error);
    throw new GatewayError('STORE_UNAVAILABLE', `dataDir: ${path} cannot be made: ${words}`, {
      cause: error,
    });
  }
}

/** Step by step: on file systems that refuse new folders, such as /proc, `recursive` never comes back. */
async function makeFolder(path: string): Promise<void> {
  const parent = dirname(path);
  if (!(await isFolder(parent))) await makeFolder(parent);
  await mkdir(path, { mode: 0o700 }).catch(async (error: unknown) => {
    if (!(await isFolder(path))) throw error;
  });
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
