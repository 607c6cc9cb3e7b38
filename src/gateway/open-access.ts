import { type RunningAccess, startAccess } from '../access/running-access.js';
import type { Clock } from '../clock.js';
import type { Config } from '../config/schema.js';
import type { Events } from '../events.js';

/**
 * Reads who may do what, and refuses to listen where everybody could do everything.
 *
 * @throws GatewayError `CONFIG_INVALID`
 */
export function openAccess(
  config: Config,
  { clock, events }: { readonly clock: Clock; readonly events: Events },
): Promise<RunningAccess> {
  return startAccess({
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
