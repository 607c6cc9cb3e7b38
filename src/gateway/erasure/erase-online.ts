import type { RunningAccess } from '../../access/running-access.js';
import type { Config } from '../../config/schema.js';
import type { Erasable, ForgetReport } from '../../domain/erasable.js';
import type { DeviceId } from '../../domain/ids.js';
import type { Webhooks } from '../../notify/webhooks/webhooks.js';
import type { CompanyChoices } from '../company-choices.js';
import { erasableCompanyState } from '../company-state-file.js';
import type { DataPath } from '../data-path.js';
import { anyOf } from '../frames.js';
import type { Instruments } from '../instruments.js';
import type { Resources } from '../open-resources.js';
import type { Peers } from '../peers.js';
import type { Placements } from '../placements.js';
import { erasableRecordingUnderWay } from '../recording.js';
import type { HomeAssistantLink } from '../start-home-assistant.js';
import { controlRequestFolder } from './control-requests.js';
import { erasableCredentials, erasablesOnDisk } from './erasables.js';
import { forgetDevice, forgetIfKnown, isKnown } from './erase-device.js';
import { erasableLiveState, erasableRetained } from './live-erasables.js';

export interface ForgettingDependencies {
  readonly instruments: Instruments;
  readonly resources: Resources;
  readonly path: DataPath;
  readonly access: RunningAccess;
  readonly invitations: Erasable;
  readonly reasons: Erasable;
  readonly webhooks: Webhooks;
  readonly homeAssistant: HomeAssistantLink;
  readonly choices: CompanyChoices;
  readonly placements: Placements;
  readonly peers: Pick<Peers, 'forgetting' | 'settled'>;
}

/** Removes everything that a running gateway keeps of a device; resolves to `undefined` when it knows no such device. */
export type Forget = (device: DeviceId) => Promise<ForgetReport | undefined>;

export async function createForget(config: Config, dependencies: ForgettingDependencies): Promise<Forget> {
  const { instruments, resources, peers } = dependencies;
  // Files that one part writes again must not be read by another. Waiting for other gateways to erase something is not one of these turns.
  const inTurn = oneByOne();
  const takingTurns = (part: Erasable): Erasable => ({
    ...part,
    forget: (device) => inTurn(() => part.forget(device)),
  });
  const credentials = credentialsOf(config, dependencies).map(takingTurns);
  const others = erasablesOf(config, dependencies).map(takingTurns);
  const reported = async (report: ForgetReport): Promise<ForgetReport> => {
    await resources.recorder.recount();
    instruments.events.deviceForgotten(report);
    return report;
  };
  const own = others.filter(({ heldBy }) => heldBy !== 'all');
  const left = own.filter(({ heldBy }) => heldBy !== 'brokers');
  const elsewhere = await peers.forgetting({
    nowMs: () => instruments.clock.nowMs(),
    shutOut: async (device) => void (await forgetDevice(device, credentials)),
    holds: (device) => isKnown(device, own),
    forget: async (device) => await reported(await forgetDevice(device, own)),
    forgetLeft: async (device) => {
      if (await isKnown(device, left)) await reported(await forgetDevice(device, left));
    },
  });
  // A phone that cannot connect sends nothing meanwhile.
  const all = [...credentials, ...elsewhere.before, ...others, ...elsewhere.after];
  const oneWish = oneByOne();
  return (device) =>
    oneWish(async () => {
      const report = await forgetIfKnown(controlRequestFolder(config.dataDir), device, all);
      if (report === undefined) return undefined;
      await peers.settled();
      return await reported(report);
    });
}

/** Begins a piece of work once the one before has ended. */
function oneByOne(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
}

/** By what a device connects. */
function credentialsOf(config: Config, { access, invitations }: ForgettingDependencies): Erasable[] {
  return [invitations, erasableCredentials(config, () => access.reload())];
}

/** Everybody else who keeps something of devices, in the order in which they must let go of it. */
function erasablesOf(config: Config, dependencies: ForgettingDependencies): Erasable[] {
  const { reasons, webhooks, homeAssistant, choices, placements, path } = dependencies;
  const { clock, registry, liveFeed } = dependencies.instruments;
  const { store, journal, recorder } = dependencies.resources;
  const { suppressed, frames, pending, recovery, stored, statuses, companyTopics, apparelTopics } = path;
  return [
    erasableLiveState({
      suppressed,
      registry,
      liveFeed,
      recovery,
      pending: anyOf(pending, frames),
      flush: () => stored.flush(),
    }),
    reasons,
    erasableRetained('retained status', statuses),
    erasableRetained('retained apparel', apparelTopics),
    ...(companyTopics === undefined ? [] : [erasableRetained('retained company', companyTopics)]),
    choices.erasable,
    erasableCompanyState(config.dataDir),
    erasableRecordingUnderWay(recorder),
    ...stored.erasables,
    ...erasablesOnDisk(config, { store, journal, clock }),
    placements.erasable,
    // Before webhooks: an alert that is raised meanwhile would wait there with the device's name.
    path.alerts.erasable,
    webhooks.erasable,
    ...homeAssistant.erasables,
  ];
}
