import type { Logger } from 'pino';
import type { Config } from '../config/schema.js';
import type { DeviceInfo } from '../domain/device.js';
import type { LedgerSnapshot } from '../domain/ledger.js';
import type { Store } from '../domain/store.js';
import type { LiveFeed } from '../http/live-feed.js';
import type { IsSimulatedPhone } from '../inference/models/manifest.js';
import { atMost, type Closers, every, openTogether } from '../shared/lifetime.js';
import { bucketsOf, quantileMs } from '../telemetry/latency.js';
import { CompanyChoices } from './company-choices.js';
import { createCompanyView } from './company-view.js';
import { ConnectedClock } from './connected-clock.js';
import type { DataPath } from './data-path.js';
import { serveControlRequests } from './erasure/control-requests.js';
import { finishForgetting } from './erasure/erase-offline.js';
import { createForget, type Forget } from './erasure/erase-online.js';
import { startGatewayLog } from './gateway-log.js';
import { httpOptions } from './http-options.js';
import { createInstruments, type Instruments } from './instruments.js';
import { openAccess } from './open-access.js';
import type { Models } from './open-models.js';
import { openResources, type Resources } from './open-resources.js';
import { openWebhooks } from './open-webhooks.js';
import { createPairing } from './pairing.js';
import type { Peers } from './peers.js';
import { Placements } from './placements.js';
import { openReasonLog } from './reason-file.js';
import { writeRecordings } from './recording.js';
import { reportAllModels } from './report-models.js';
import { httpDependencies, listenForHttp } from './serve-http.js';
import { activeOf } from './stages.js';
import { openRules } from './start-alerts.js';
import { startExpiry } from './start-expiry.js';
import { startHomeAssistant } from './start-home-assistant.js';
import { UnknownPublisher, UnknownStatuses } from './unknown-statuses.js';

/** How often devices that have gone silent are looked for, milliseconds. */
const SWEEP_MS = 1000;
/** How often checkpoints are written and messages released, milliseconds. */
const SAVE_MS = 1000;
/** How often recordings are written, milliseconds. */
const RECORD_MS = 1000;
/** How long a start waits for an external broker's subscriptions, milliseconds; one that is down does not keep it from starting. */
const SUBSCRIBE_WITHIN_MS = 5000;

export interface GatewayParts {
  readonly logger: Logger;
  readonly version: string;
  /** Where simulated phones are expected, so that models made on simulated people are in their place: which they are. */
  readonly isSimulatedPhone?: IsSimulatedPhone;
  /** Folder of built pages; without one `/` lists the endpoints. */
  readonly pagesFolder?: string;
  readonly peers: Peers;
  /** Being loaded. */
  readonly models: Promise<Models>;
}

/** What can be asked of a gateway while it runs. */
export interface AssembledGateway {
  readonly httpUrl: string;
  /** Where phones publish. */
  readonly mqttUrl: string;
  readonly store: Store;
  readonly liveFeed: LiveFeed;
  readonly devices: () => readonly DeviceInfo[];
  readonly ledger: () => LedgerSnapshot;
  /**
   * A quantile (0..1) of the time from the arrival of a message that completes a window to its stored result, milliseconds,
   * estimated over the whole run; `undefined` while nothing was stored.
   */
  readonly latencyMs: (quantile: number) => Promise<number | undefined>;
}

/** Opens every part, and puts them together. What is added to the closers first is closed last. */
export async function assembleGateway(
  config: Config,
  dependencies: GatewayParts,
  closers: Closers,
): Promise<AssembledGateway> {
  const { logger, version, isSimulatedPhone, peers } = dependencies;
  const { clock } = peers;
  const instruments = createInstruments(config, {
    clock,
    logger,
    liveFeed: peers.liveFeed,
    held: {
      journalMessages: () => path.heldMessages(),
      frames: () => path.frames.pending,
      ledger: () => path.ledger(),
    },
  });
  const { notifier, events, liveFeed, presence$, registry } = instruments;
  await finishForgetting(config, { clock, events });
  const access = closers.add(await openAccess(config, { clock, events }));
  const placements = await Placements.open(config);
  // While threads load the models, this one loads the sides to the network.
  const [resources, { openSource, SourceSlot }, { createHttpApp }] = await openTogether([
    openResources(config, { clock, events, placements, models: dependencies.models }, closers),
    import('./open-source.js'),
    import('../http/app.js'),
  ]);
  const { store, models } = resources;
  reportAllModels(models, events, { arePhonesSimulated: isSimulatedPhone !== undefined }, closers);

  const webhooks = closers.add(await openWebhooks(config, { clock, events, peers }));
  notifier.follow(webhooks);
  // The source outlives the sinks that publish through it.
  const slot = closers.add(new SourceSlot());
  const isHearing = (): boolean => slot.health().ok;
  const alertRules = await openRules(config);
  // What was raised by a rule that is not known would be cleared.
  await peers.share(alertRules.shared);
  const choices = await CompanyChoices.open(config);
  const silenceClock = new ConnectedClock({ clock, isHearing, longestStepMs: 2 * SWEEP_MS });
  const publisher = await peers.publisher(slot);
  const parts = { instruments, resources, publisher, alertRules, placements, isHearing, isSimulatedPhone };
  // In a cluster a part is gone on with at once, and who does not take part would be let go of.
  await peers.share(choices.shared);
  const path = await peers.startPath(config, { ...parts, webhooks, silenceClock, choices }, closers);
  const company = createCompanyView(config, { choices, registry, store, peers, live: path.company });
  const pairing = createPairing(config, { clock, access, peers, models: () => models.sequences.manifests });
  const settings = [access, pairing, placements, webhooks].map(({ shared }) => shared);
  for (const records of settings) await peers.share(records);
  const homeAssistant = closers.add(
    await startHomeAssistant(config, {
      notifier,
      events,
      presence$,
      registry,
      store,
      version,
      models: models.sequences,
      publisher,
    }),
  );
  const reasons = closers.add(await openReasonLog(config.dataDir, events));
  const forget = await createForget(config, {
    instruments,
    resources,
    path,
    access,
    webhooks,
    homeAssistant,
    choices,
    placements,
    peers,
    invitations: pairing.erasable,
    reasons: reasons.erasable,
  });
  await path.intake.recover();
  const opened = await openSource(config, {
    clock,
    events,
    deliver: (message) => path.intake.deliver(message),
    access: access.control,
    watches: homeAssistant.watches,
    peers,
  });
  slot.fill(opened.source);
  const unknown = new UnknownStatuses({
    config,
    clock,
    registry,
    placements,
    isHearing,
    isSimulatedPhone,
    company,
    models: () => activeOf(models.sequences),
    storeProblem: () => path.stored.problem(),
  });
  const unknownPublisher = new UnknownPublisher(unknown, reasons.log, (device, statuses) =>
    path.statuses.explain(device, statuses, clock.nowMs()),
  );
  startRounds(
    config,
    { instruments, resources, path, silenceClock, unknownPublisher, forget, peers },
    closers,
  );
  const latency = instruments.metrics.resultLatencySeconds;
  closers.add(await startGatewayLog(config, { clock, ledger: path.ledger, latency }));
  const app = await createHttpApp(
    await httpOptions(config, dependencies),
    httpDependencies(config, {
      logger,
      instruments,
      resources,
      path,
      opened,
      pairing,
      forget,
      webhooks,
      alertRules,
      company,
      unknown,
      placements,
      peers,
      reasonLog: reasons.log,
      access: access.control,
    }),
  );
  closers.defer(() => app.close());
  // First of all: others go on with what this gateway had, while it closes the rest.
  closers.defer(() => path.leave());
  const httpUrl = await listenForHttp(app, config);
  // A broker holds nothing back for a session that it does not know yet: whatever is published before is lost.
  await atMost(SUBSCRIBE_WITHIN_MS, opened.source.ready);
  if (models.images.manifests.length > 0) loadLibvips();
  return {
    httpUrl,
    mqttUrl: opened.url,
    store,
    liveFeed,
    devices: () => registry.list(),
    ledger: path.ledger,
    latencyMs: async (quantile) => quantileMs(await bucketsOf(latency), quantile),
  };
}

/** So that the first picture need not wait for it; what goes wrong is told by that picture. */
function loadLibvips(): void {
  import('../inference/images/decode-image.js').catch(() => undefined);
}

interface RoundParts {
  readonly instruments: Instruments;
  readonly resources: Resources;
  readonly path: DataPath;
  readonly silenceClock: ConnectedClock;
  readonly unknownPublisher: UnknownPublisher;
  readonly forget: Forget;
  readonly peers: Peers;
}

/** What is done again and again. */
function startRounds(config: Config, parts: RoundParts, closers: Closers): void {
  const { instruments, resources, path, silenceClock, unknownPublisher, forget, peers } = parts;
  const { clock, events, registry } = instruments;
  const again = (name: string, periodMs: number, work: () => Promise<void> | void): void => {
    closers.add(every(periodMs, work, { onFailed: (error) => events.roundFailed(name, error) }));
  };
  again('silence', SWEEP_MS, () => silenceClock.tick());
  again('checkpoints', SAVE_MS, () => path.recovery.save());
  again('recordings', RECORD_MS, () => writeRecordings(resources.recorder, { clock, events }));
  again('reasons', SWEEP_MS, () => unknownPublisher.tick(registry.ids(), clock.nowMs()));
  closers.add(
    serveControlRequests({
      dataDir: config.dataDir,
      forget,
      onFailed: (error) => events.roundFailed('control requests', error),
    }),
  );
  closers.add(startExpiry(config, { instruments, resources, peers }));
}
