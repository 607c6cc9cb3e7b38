import type { RunningAccess } from '../../access/running-access.js';
import type { Config } from '../../config/schema.js';
import type { Erasable, ForgetReport } from '../../domain/erasable.js';
import type { DeviceId } from '../../domain/ids.js';
import type { AlertService } from '../../notify/alerts/alert-service.js';
import type { Webhooks } from '../../notify/webhooks/webhooks.js';
import type { CompanyChoices } from '../company-choices.js';
import { erasableCompanyState } from '../company-state-file.js';
import { anyOf } from '../frames.js';
import type { Instruments } from '../instruments.js';
import type { Resources } from '../open-resources.js';
import type { Placements } from '../placements.js';
import { erasableRecordingUnderWay } from '../recording.js';
import type { DataPath } from '../run-pipeline.js';
import type { HomeAssistantLink } from '../start-home-assistant.js';
import { controlRequestFolder } from './control-requests.js';
import { erasableCredentials, erasablesOnDisk } from './erasables.js';
import { forgetIfKnown } from './erase-device.js';
import { erasableLiveState, erasableRetained } from './live-erasables.js';

export interface ForgettingDependencies {
  readonly instruments: Instruments;
  readonly resources: Resources;
  readonly path: DataPath;
  readonly access: RunningAccess;
  readonly invitations: Erasable;
  readonly reasons: Erasable;
  readonly webhooks: Webhooks;
  readonly alerts: AlertService;
  readonly homeAssistant: HomeAssistantLink;
  readonly choices: CompanyChoices;
  readonly placements: Placements;
}

/** Removes everything that a running gateway keeps of a device; resolves to `undefined` when it knows no such device. */
export type Forget = (device: DeviceId) => Promise<ForgetReport | undefined>;

export function createForget(config: Config, dependencies: ForgettingDependencies): Forget {
  const { instruments, resources } = dependencies;
  const erasables = erasablesOf(config, dependencies);
  let last: Promise<unknown> = Promise.resolve();
  const forget: Forget = async (device) => {
    const report = await forgetIfKnown(controlRequestFolder(config.dataDir), device, erasables);
    if (report === undefined) return undefined;
    await resources.recorder.recount();
    instruments.events.deviceForgotten(report);
    return report;
  };
  // Files that one forgetting writes again must not be read by another.
  return (device) => {
    const done = last.then(() => forget(device));
    last = done.catch(() => undefined);
    return done;
  };
}

/** Everybody who keeps something of devices, in the order in which they must let go of it. */
function erasablesOf(config: Config, dependencies: ForgettingDependencies): Erasable[] {
  const { access, invitations, reasons, webhooks, alerts, homeAssistant, choices, placements, path } =
    dependencies;
  const { clock, windows, registry, liveFeed } = dependencies.instruments;
  const { store, journal, recorder } = dependencies.resources;
  const { suppressed, frames, recovery, stored, statuses, companyTopics } = path;
  return [
    invitations,
    erasableCredentials(config, () => access.reload()),
    erasableLiveState({
      ...{ suppressed, registry, liveFeed, recovery },
      pending: anyOf(windows, frames),
      flush: () => stored.flush(),
    }),
    reasons,
    erasableRetained('retained status', statuses),
    ...(companyTopics === undefined ? [] : [erasableRetained('retained company', companyTopics)]),
    choices.erasable,
    erasableCompanyState(config.dataDir),
    erasableRecordingUnderWay(recorder),
    ...stored.erasables,
    ...erasablesOnDisk(config, { store, journal, clock }),
    placements.erasable,
    // Before webhooks: an alert that is raised meanwhile would wait there with the device's name.
    alerts.erasable,
    webhooks.erasable,
    ...homeAssistant.erasables,
  ];
}
