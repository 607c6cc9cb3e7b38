import { join } from 'node:path';
import type { Config } from '../../config/schema.js';
import type { Erasable, ForgetReport } from '../../domain/erasable.js';
import type { DeviceId } from '../../domain/ids.js';
import {
  type Announcement,
  readAnnouncement,
  withoutDevice,
  writeAnnouncement,
} from '../../notify/home-assistant/announced.js';
import { retainedTopics } from '../../notify/home-assistant/home-assistant.js';
import type { Clock } from '../../shared/clock.js';
import { Closers } from '../../shared/lifetime.js';
import { openLmdbJournal } from '../../storage/journal/lmdb-journal.js';
import type { Events } from '../../telemetry/events.js';
import { CompanyChoices } from '../company-choices.js';
import { erasableCompanyState } from '../company-state-file.js';
import { erasableRetainedStatuses, externalBroker } from '../external-broker.js';
import { openStore } from '../open-resources.js';
import { webhookOutbox, webhooksOnDisk } from '../open-webhooks.js';
import { Placements } from '../placements.js';
import { erasableReasons, ReasonFile } from '../reason-file.js';
import { alertsOnDisk } from '../start-alerts.js';
import { announcementPath, homeAssistantTopics } from '../start-home-assistant.js';
import { controlRequestFolder } from './control-requests.js';
import { erasableCredentials, erasableLeftOutbox, erasablesOnDisk } from './erasables.js';
import { forgetIfKnown, halfForgotten } from './erase-device.js';

/**
 * Forgets a device while no gateway runs on the data folder, which the caller has locked.
 *
 * @returns `undefined` when nothing of such a device is there
 */
export async function forgetOffline(
  config: Config,
  device: DeviceId,
  clock: Clock,
): Promise<ForgetReport | undefined> {
  await using closers = new Closers();
  const store = closers.add(await openStore(config, clock));
  const journal = closers.add(await openLmdbJournal({ path: join(config.dataDir, 'journal'), clock }));
  const webhooks = await webhooksOnDisk(config, closers.add(webhookOutbox(config, clock)));
  const broker = await externalBroker(config);
  const announced = await readAnnouncement(announcementPath(config));
  return await forgetIfKnown(controlRequestFolder(config.dataDir), device, [
    erasableCredentials(config),
    erasableLeftOutbox(config, clock),
    (await CompanyChoices.open(config)).erasable,
    erasableCompanyState(config.dataDir),
    ...erasablesOnDisk(config, { store, journal, clock }),
    (await Placements.open(config)).erasable,
    erasableReasons(new ReasonFile(config.dataDir)),
    webhooks,
    alertsOnDisk(config),
    ...(broker === undefined ? [] : [erasableRetainedStatuses(broker, retainedFor(config, announced))]),
    erasableAnnouncements(config),
  ]);
}

/** Finishes what an earlier process was forgetting when it was killed, before anything else is done with the data folder. */
export async function finishForgetting(
  config: Config,
  { clock, events }: { readonly clock: Clock; readonly events: Pick<Events, 'deviceForgotten'> },
): Promise<void> {
  for (const device of await halfForgotten(controlRequestFolder(config.dataDir))) {
    const report = await forgetOffline(config, device, clock);
    if (report !== undefined) events.deviceForgotten(report);
  }
}

/** What Home Assistant was told of a device, also before it was switched off or its prefix was changed. */
function retainedFor(
  { homeAssistant: { enabled, prefix } }: Config,
  announced: Announcement,
): (device: DeviceId) => string[] {
  return (device) => {
    const prefixes = [
      ...(enabled ? [prefix] : []),
      ...(announced.devices.includes(device) ? [announced.prefix] : []),
    ];
    const topics = prefixes.flatMap((one) =>
      retainedTopics(device, { prefix: one, topicsOf: homeAssistantTopics }),
    );
    return [...new Set(topics)];
  };
}

function erasableAnnouncements(config: Config): Erasable {
  const path = announcementPath(config);
  return {
    name: 'Home Assistant',
    holds: async (device) => (await readAnnouncement(path)).devices.includes(device),
    forget: async (device) => {
      const announced = await readAnnouncement(path);
      if (announced.devices.includes(device)) await writeAnnouncement(path, withoutDevice(announced, device));
    },
  };
}
