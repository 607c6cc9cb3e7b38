import { mkdir } from 'node:fs/promises';
import { type RunningAccess, startAccess } from '../access/running-access.js';
import type { Clock } from '../clock.js';
import type { Config } from '../config/schema.js';
import type { Events } from '../events/events.js';

/**
 * Reads who may do what, and refuses to listen where everybody could do everything.
 *
 * @throws GatewayError `CONFIG_INVALID`
 */
export async function openAccess(
  config: Config,
  { clock, events }: { readonly clock: Clock; readonly events: Events },
): Promise<RunningAccess> {
  // What is in it is personal. If it cannot be made, whoever writes there says so better.
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 }).catch(() => undefined);
  return await startAccess({
    dataDir: config.dataDir,
    binding: {
      httpHost: config.http.host,
      mqttHost: config.mqtt.url === undefined ? config.mqtt.host : undefined,
      allowAnonymous: config.access.allowAnonymous,
    },
    clock,
    onLoaded: (counts) => events.credentialsLoaded(counts),
    onProblem: (words) => events.credentialsUnreadable(words),
  });
}
