import { join } from 'node:path';
import type { Clock } from '../clock.js';
import { Closers } from '../closers.js';
import type { Config } from '../config/schema.js';
import type { ForgetReport } from '../domain/device-keeper.js';
import type { DeviceId } from '../domain/ids.js';
import { retainedTopics } from '../home-assistant/home-assistant.js';
import { openLmdbJournal } from '../journal/lmdb-journal.js';
import { credentialsKeeper, keepersOnDisk, leftOutboxKeeper } from './device-keepers.js';
import { externalBroker, retainedStatusKeeper } from './external-broker.js';
import { forgetDevice } from './forget-device.js';
import { openStore } from './open-store.js';
import { webhookOutbox, webhooksOnDisk } from './open-webhooks.js';
import { alertsOnDisk } from './start-alerts.js';
import { homeAssistantTopics } from './start-home-assistant.js';

/** Forgets a device while no gateway runs on the data folder. */
export async function forgetOffline(config: Config, device: DeviceId, clock: Clock): Promise<ForgetReport> {
  await using closers = new Closers();
  const store = closers.add(await openStore(config, clock));
  const journal = closers.add(await openLmdbJournal({ path: join(config.dataDir, 'journal'), clock }));
  const webhooks = await webhooksOnDisk(config, closers.add(webhookOutbox(config, clock)));
  const broker = await externalBroker(config);
  return await forgetDevice(device, [
    credentialsKeeper(config, clock),
    leftOutboxKeeper(config, clock),
    ...keepersOnDisk(config, { store, journal, clock }),
    webhooks,
    alertsOnDisk(config),
    ...(broker === undefined ? [] : [retainedStatusKeeper(broker, retainedFor(config))]),
  ]);
}

/** What Home Assistant was told of a device. */
function retainedFor({ homeAssistant: { enabled, prefix } }: Config): (device: DeviceId) => string[] {
  return (device) => (enabled ? retainedTopics(device, { prefix, topicsOf: homeAssistantTopics }) : []);
}
