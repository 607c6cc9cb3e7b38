import type { Logger } from 'pino';
import type { Config } from './config/schema.js';
import type { DeviceInfo } from './domain/device.js';
import type { LedgerSnapshot } from './domain/ledger.js';
import type { Store } from './domain/store.js';
import { CompanyChoices } from './gateway/company-choices.js';
import { createCompanyView } from './gateway/company-view.js';
import { ConnectedClock } from './gateway/connected-clock.js';
import type { DataPath } from './gateway/data-path.js';
import { serveControlRequests } from './gateway/erasure/control-requests.js';
import { finishForgetting } from './gateway/erasure/erase-offline.js';
import { createForget, type Forget } from './gateway/erasure/erase-online.js';
import { startGatewayLog } from './gateway/gateway-log.js';
import { httpOptions } from './gateway/http-options.js';
import { createInstruments, type Instruments } from './gateway/instruments.js';
import { openAccess } from './gateway/open-access.js';
import { lockData, openResources, type Resources, reportModels } from './gateway/open-resources.js';
import { openWebhooks } from './gateway/open-webhooks.js';
import { createPairing } from './gateway/pairing.js';
import { type Peers, withoutPeers } from './gateway/peers.js';
import { Placements } from './gateway/placements.js';
import { openReasonLog } from './gateway/reason-file.js';
import { writeRecordings } from './gateway/recording.js';
import { httpDependencies, listenForHttp } from './gateway/serve-http.js';
import { activeOf } from './gateway/stages.js';
import { openRules } from './gateway/start-alerts.js';
import { startExpiry } from './gateway/start-expiry.js';
import { startHomeAssistant } from './gateway/start-home-assistant.js';
import { UnknownPublisher, UnknownStatuses } from './gateway/unknown-statuses.js';
import type { LiveFeed } from './http/live-feed.js';
import type { IsSimulatedPhone } from './inference/models/manifest.js';
import type { StampedFolder } from './inference/models/model-folder.js';
import { competitionsAmong } from './inference/models/tellers.js';
import type { Clock } from './shared/clock.js';
import { atMost, Closers, every, openTogether } from './shared/lifetime.js';
import { bucketsOf, quantileMs } from './telemetry/latency.js';

/** How often devices that have gone silent are looked for, milliseconds. */
const SWEEP_MS = 1000;
/** How often checkpoints are written and messages released, milliseconds. */
const SAVE_MS = 1000;
/** How often recordings are written, milliseconds. */
const RECORD_MS = 1000;
/** How long a start waits for an external broker's subscriptions, milliseconds; one that is down does not keep it from starting. */
const SUBSCRIBE_WITHIN_MS = 5000;
/** Stopping takes no longer, whatever hangs, milliseconds. */
const STOP_WITHIN_MS = 9000;

export interface GatewayDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  /** Ends a start that waits for other machines. */
  readonly signal?: AbortSignal;
  /** Compiled file of the inference worker; by default beside its module. */
  readonly workerUrl?: URL;
  /** Folders of active models that were read already, by name; the others are read. */
  readonly modelFolders?: ReadonlyMap<string, StampedFolder>;
  /** Where simulated phones are expected, so that models made on simulated people are in their place: which they are. */
  readonly isSimulatedPhone?: IsSimulatedPhone;
  /** Folder of built pages; without one `/` lists the endpoints. */
  readonly pagesFolder?: string;
}

/** A running gateway. Disposing of it stops taking messages, finishes what was taken, and says goodbye to the broker. */
export interface Gateway extends AsyncDisposable {
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

/**
 * Puts the gateway together and starts it.
 *
 * @throws GatewayError when a part cannot start, `CLOSED` when it was not to start any more; what was started before is stopped again
 */
export async function startGateway(config: Config, dependencies: GatewayDependencies): Promise<Gateway> {
  const closers = new Closers(STOP_WITHIN_MS);
  try {
    return await start(config, dependencies, closers);
  } catch (error) {
    await closers[Symbol.asyncDispose]().catch(() => undefined);
    throw error;
  }
}

/** What is added to the closers first is closed last. */
async function start(config: Config, dependencies: GatewayDependencies, closers: Closers): Promise<Gateway> {
  const { logger, version, workerUrl, modelFolders, isSimulatedPhone } = dependencies;
  closers.add(await lockData(config));
  const peers = await openPeers(config, dependencies, closers);
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
  // Threads load the models; meanwhile this one loads the sides to the network, which takes about as long.
  const [resources, { openSource, SourceSlot }, { createHttpApp }] = await openTogether([
    openResources(config, { clock, events, workerUrl, modelFolders, placements }, closers),
    import('./gateway/open-source.js'),
    import('./http/app.js'),
  ]);
  const { store, models } = resources;
  reportAllModels(models, { events, isOfSimulatedPhones: isSimulatedPhone !== undefined }, closers);

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
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}

async function openPeers(
  config: Config,
  dependencies: GatewayDependencies,
  closers: Closers,
): Promise<Peers> {
  if (!isClustered(config)) return withoutPeers(dependencies.clock);
  const { joinCluster } = await import('./cluster/join-cluster.js');
  return await joinCluster(config, dependencies, closers);
}

/** So that the first picture need not wait for it; what goes wrong is told by that picture. */
function loadLibvips(): void {
  import('./inference/images/decode-image.js').catch(() => undefined);
}

function isClustered({ cluster }: Config): boolean {
  return cluster.servers.length > 0;
}

/** Tells of what models there are and how they fare. */
function reportAllModels(
  { sequences, images }: Resources['models'],
  { events, isOfSimulatedPhones }: Pick<Instruments, 'events'> & { readonly isOfSimulatedPhones: boolean },
  closers: Closers,
): void {
  closers.add(reportModels(sequences, events, isOfSimulatedPhones));
  closers.add(reportModels(images, events));
  for (const competition of competitionsAmong(activeOf(sequences))) events.modelsCompete(competition);
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
