import type { DeviceKeeper } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import type { EndpointQueue } from '../notify/webhooks/delivery-queue.js';

/**
 * Events that wait, and the log, tell of devices.
 *
 * @param letGo drops what is not on the disk yet
 */
export function webhookKeeper(
  queues: () => readonly EndpointQueue[],
  letGo: (device: DeviceId) => Promise<void> = () => Promise.resolve(),
): DeviceKeeper {
  return {
    name: 'webhooks',
    forget: async (device) => {
      await letGo(device);
      for (const queue of queues()) await queue.purge(device);
    },
    holds: async (device) => (await Promise.all(queues().map((queue) => queue.holds(device)))).includes(true),
  };
}
