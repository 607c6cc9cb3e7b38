import { asyncScheduler } from 'rxjs';
import type { Config } from '../config/schema.js';
import type { PartHealth } from '../domain/device.js';
import type { Erasable } from '../domain/erasable.js';
import type { LedgerSnapshot } from '../domain/ledger.js';
import type { Alert } from '../domain/notification.js';
import type { CompanyUpdate } from '../domain/store.js';
import type { AlertRules } from '../notify/alerts/alert-rules.js';
import { ApparelTopics } from '../notify/apparel-topics.js';
import { CompanyTopics } from '../notify/company-topics.js';
import { type MqttStatusSink, type StatusPublisher, startMqttStatusSink } from '../notify/mqtt-status.js';
import type { Webhooks } from '../notify/webhooks/webhooks.js';
import { type Closers, every } from '../shared/lifetime.js';
import type { CompanyChoices } from './company-choices.js';
import { CompanyLink, type LiveCompany } from './company-link.js';
import { createFrameClassifier } from './frames.js';
import { type ImageService, openImageService } from './image-service.js';
import type { Instruments } from './instruments.js';
import type { Intake } from './intake.js';
import type { Resources } from './open-resources.js';
import type { Placements } from './placements.js';
import type { Recovery, Unkept } from './recovery.js';
import {
  type MessagePath,
  type MessagePathDependencies,
  type PathParts,
  startMessagePath,
} from './run-pipeline.js';
import { startAlerts } from './start-alerts.js';
import { type StoreSink, startStoreSink } from './store-sink.js';
import { SuppressedDevices } from './suppressed-devices.js';

/** How often devices that have gone silent are looked for, milliseconds. */
const SWEEP_MS = 1000;

export interface DataPathDependencies
  extends Pick<MessagePathDependencies, 'instruments' | 'silenceClock' | 'isSimulatedPhone'> {
  readonly resources: Resources;
  /** Where statuses are published. */
  readonly publisher: StatusPublisher;
  /** What counts as wrong. */
  readonly alertRules: AlertRules;
  readonly webhooks: Webhooks;
  /** Whether devices can be heard at the moment. */
  readonly isHearing: () => boolean;
  readonly placements: Placements;
  /** Who takes part in company. */
  readonly choices: CompanyChoices;
}

/** What all messages of a gateway go through, whichever way they take. */
export interface SharedParts extends PathParts {
  readonly images: ImageService;
  readonly statuses: MqttStatusSink;
  readonly companyTopics: CompanyTopics | undefined;
  readonly apparelTopics: ApparelTopics;
}

/** The way of messages to results, open at its beginning, as the rest of the gateway uses it. */
export interface DataPath extends SharedParts {
  readonly intake: Pick<Intake, 'deliver' | 'ingest' | 'recover'>;
  readonly recovery: Pick<Recovery, 'save' | 'forget'>;
  readonly stored: Pick<StoreSink, 'problem' | 'note' | 'flush' | 'erasables'>;
  readonly pending: MessagePath['pending'];
  readonly ledger: () => LedgerSnapshot;
  /** Messages that wait for their windows to be stored. */
  readonly heldMessages: () => number;
  /** What is wrong with devices. */
  readonly alerts: { readonly open: readonly Alert[]; readonly erasable: Erasable };
  /** Who is with whom now; `undefined` where nothing is looked for. */
  readonly company: LiveCompany | undefined;
  /** Leaves to others what they can go on with; resolves when they can. What comes meanwhile is still taken. */
  leave(): Promise<void>;
  /** How parts are that other ways do not have. */
  readonly health: () => readonly PartHealth[];
}

/** Puts the stages and sinks together and starts them; what is in the journal has not been gone through again yet. */
export async function startDataPath(
  config: Config,
  dependencies: DataPathDependencies,
  closers: Closers,
): Promise<DataPath> {
  const { instruments, resources, publisher, alertRules: rules, webhooks, placements } = dependencies;
  const { silenceClock, isHearing, isSimulatedPhone, choices } = dependencies;
  const { registry } = instruments;
  const company = await CompanyLink.open(config, { choices, registry, silenceClock });
  const told = (): Promise<void> => webhooks.flush();
  const { service: alerts } = closers.add(await startAlerts(config, { rules, instruments, isHearing, told }));
  const shared = startSharedParts(
    config,
    { instruments, resources, publisher, placements, together: company?.now() },
    closers,
  );
  const path = startMessagePath(
    config,
    {
      instruments,
      resources,
      shared,
      silenceClock,
      isSimulatedPhone,
      company,
      told: [shared.statuses, shared.apparelTopics, instruments.notifier, alerts],
      startStored: startStoreSink,
      scheduler: asyncScheduler,
      unkept: unkeptBy([alerts, webhooks]),
    },
    closers,
  );
  const { clock, events } = instruments;
  const sweep = (): void => registry.sweep(clock.nowMs());
  closers.add(every(SWEEP_MS, sweep, { onFailed: (error) => events.roundFailed('presence', error) }));
  return {
    ...shared,
    ...path,
    alerts,
    company,
    ledger: instruments.ledger.snapshot,
    heldMessages: () => resources.journal.size,
    leave: () => Promise.resolve(),
    health: () => [],
  };
}

export function startSharedParts(
  config: Config,
  {
    instruments,
    resources,
    publisher,
    placements,
    together,
  }: Pick<DataPathDependencies, 'instruments' | 'resources' | 'publisher' | 'placements'> & {
    /** Who is together; `undefined` where company is not to be published. */
    readonly together: readonly CompanyUpdate[] | undefined;
  },
  closers: Closers,
): SharedParts {
  const { clock, events } = instruments;
  const { models } = resources;
  const statuses = closers.add(startMqttStatusSink({ publisher, onFailed: events.statusPublishFailed }));
  const apparelTopics = closers.add(new ApparelTopics({ publisher, onFailed: events.statusPublishFailed }));
  const suppressed = new SuppressedDevices();
  const images = openImageService(config, models, events, closers);
  const frames = closers.add(
    createFrameClassifier(config, {
      classifier: images.classifier,
      peopleModel: images.peopleModel,
      clock,
      suppressed,
    }),
  );
  const companyTopics = together && closers.add(startCompanyTopics(together, publisher, events));
  return { suppressed, placements, images, frames, statuses, apparelTopics, companyTopics };
}

/** Says again what was true at the end of the last run: brokers may have lost what they retained. */
function startCompanyTopics(
  together: readonly CompanyUpdate[],
  publisher: StatusPublisher,
  { statusPublishFailed: onFailed }: Instruments['events'],
): CompanyTopics {
  const topics = new CompanyTopics({ publisher, onFailed });
  for (const update of together) topics.accept(update);
  return topics;
}

/** Several as one, flushed in their order. */
function unkeptBy(parts: readonly Unkept[]): Unkept {
  return {
    get isPending() {
      return parts.some((part) => part.isPending);
    },
    flush: async () => {
      for (const part of parts) if (part.isPending) await part.flush();
    },
  };
}
