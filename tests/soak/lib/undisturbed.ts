import { createHash } from 'node:crypto';
import type { LogEntry } from '../../../src/cluster/partition-log.js';
import type { Config } from '../../../src/config/schema.js';
import type { Notification } from '../../../src/domain/notification.js';
import type { StatusPoint, StoredWindow } from '../../../src/domain/store.js';
import { openModels } from '../../../src/gateway/open-models.js';
import type { SimulatedPhone } from '../../../src/recordings/simulation/phone.js';
import { Closers } from '../../../src/shared/lifetime.js';
import { createPartitionWorld, openOwnerGround } from '../../helpers/partition-world.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { INFERENCE_WORKER } from '../../helpers/worker-url.js';

/** What a cluster should have found out. */
export interface Undisturbed {
  readonly windows: readonly StoredWindow[];
  readonly statuses: readonly StatusPoint[];
  /** What people should have been told of. */
  readonly told: readonly Notification[];
}

/** What logs lead to that one gateway reads, once and from their beginning, with nobody taking anything over. */
export async function readUndisturbed(
  config: Config,
  logs: readonly (readonly LogEntry[])[],
): Promise<Undisturbed> {
  await using closers = new Closers();
  const folder = closers.add(await temporaryFolder());
  const models = await openModels(config, { workerUrl: INFERENCE_WORKER }, closers);
  const ground = await openOwnerGround({ ...config, dataDir: folder.path }, models.sequences);
  const worlds = logs.map((log) => createPartitionWorld(ground, log));
  await Promise.all(worlds.map((world) => world.own({ isHandedOver: true })));
  return {
    windows: worlds.flatMap(({ windows }) => [...windows.values()]),
    statuses: worlds.flatMap(({ statuses }) => [...statuses.values()]),
    told: worlds.flatMap(({ told }) => [...told.values()]),
  };
}

/** Messages that phones have sent and that are in no log, by device and number. */
export function messagesNotIn(
  logs: readonly (readonly LogEntry[])[],
  phones: readonly SimulatedPhone[],
  periods: number,
): string[] {
  const there = new Set<string>();
  for (const log of logs) {
    for (const { message } of log)
      if (message !== undefined) there.add(nameOf(message.device, message.payload));
  }
  return phones.flatMap((phone) =>
    Array.from({ length: periods }, (_, period) =>
      phone
        .sentIn(period)
        .publishes.filter(({ payload }) => !there.has(nameOf(phone.device, payload)))
        .map(() => `${phone.device} ${period}`),
    ).flat(),
  );
}

function nameOf(device: string, payload: string | Uint8Array): string {
  return createHash('sha1').update(`${device}/`).update(payload).digest('base64');
}
