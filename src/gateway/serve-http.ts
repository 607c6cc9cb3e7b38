import type { Logger } from 'pino';
import type { AccessControl } from '../access/access-control.js';
import type { Config } from '../config/schema.js';
import type { DeviceInfo, HealthReport, PartHealth } from '../domain/device.js';
import type { DeviceId } from '../domain/ids.js';
import type { Company, HttpDependencies, LiveDevice, LiveDevices } from '../http/dependencies.js';
import type { HttpApp } from '../http/options.js';
import type { AlertRules } from '../notify/alerts/alert-rules.js';
import type { Webhooks } from '../notify/webhooks/webhooks.js';
import { readRecordingList } from '../recordings/recordings-folder.js';
import type { Backpressure } from './backpressure.js';
import type { DataPath } from './data-path.js';
import type { Forget } from './erasure/erase-online.js';
import { createApparelTimeline } from './frames.js';
import type { Instruments } from './instruments.js';
import type { Resources } from './open-resources.js';
import type { OpenedSource } from './open-source.js';
import type { Peers } from './peers.js';
import type { Placements } from './placements.js';
import type { ReasonLog } from './reason-log.js';
import { isRecorded, recordingsFolder } from './recording.js';
import { activeOf, createTimelineBuilder } from './stages.js';
import type { UnknownStatuses } from './unknown-statuses.js';

interface HttpParts {
  readonly logger: Logger;
  readonly instruments: Instruments;
  readonly resources: Resources;
  readonly path: DataPath;
  readonly opened: OpenedSource;
  readonly access: AccessControl;
  readonly pairing: HttpDependencies['pairing'];
  readonly forget: Forget;
  readonly webhooks: Webhooks;
  readonly alertRules: AlertRules;
  readonly company: Company;
  readonly unknown: UnknownStatuses;
  readonly peers: Pick<Peers, 'question'>;
  readonly placements: Placements;
  readonly reasonLog: Pick<ReasonLog, 'during'>;
}

/** What the HTTP layer asks of the parts of a running gateway. */
export function httpDependencies(config: Config, parts: HttpParts): HttpDependencies {
  const { logger, access, pairing, forget, webhooks, alertRules, company, opened } = parts;
  const { unknown, placements, reasonLog, peers } = parts;
  const { clock, events, backpressure, liveFeed, metrics, registry } = parts.instruments;
  const { store, journal } = parts.resources;
  const { sequences, images, pools } = parts.resources.models;
  const { alerts, intake, ledger, stored } = parts.path;
  const { classifier, tensors, similar } = parts.path.images;
  const recordings = peers.question('recordings', () => readRecordingList(recordingsFolder(config)));
  return {
    clock,
    logger,
    events,
    access,
    store,
    liveFeed,
    pairing,
    forget,
    webhooks,
    alertRules,
    tensors,
    similar,
    placements,
    devices: liveDevices(peers, { registry, unknown }),
    openAlerts: openAlerts(peers, alerts),
    unknownOf: (device) => unknown.of(device),
    reasonDuring: (device, target, range) => reasonLog.during(device, target, range),
    // Candidates set no statuses.
    models: () => [...activeOf(sequences), ...images.manifests],
    candidates: () => sequences.manifests.filter(({ name }) => sequences.isCandidate(name)),
    images: classifier,
    recordings: async () => (await recordings.all(undefined)).answers.flat(),
    isRecorded: (device) => isRecorded(config, device),
    ledger,
    health: () =>
      healthReport({
        source: opened.source,
        store: stored,
        inference: pools,
        journal,
        backpressure,
        more: parts.path.health(),
      }),
    metrics: metrics.registry,
    ingest: (message) => intake.ingest(message),
    refuse: (reason, topic, detail) => {
      events.messageReceived();
      events.messageRejected({ reason, topic, detail });
    },
    upgradeToMqtt: opened.upgrade,
    buildTimeline: createTimelineBuilder(config, () => sequences.manifests),
    apparelTimeline: createApparelTimeline(config, store),
    company,
  };
}

/** Devices that are live at any gateway: each answers for those that it has. */
function liveDevices(
  peers: Pick<Peers, 'question'>,
  { registry, unknown }: Pick<Instruments, 'registry'> & Pick<HttpParts, 'unknown'>,
): LiveDevices {
  const withUnknown = (info: DeviceInfo): LiveDevice => ({ info, unknown: unknown.of(info.id) });
  const all = peers.question('devices', () => registry.list().map(withUnknown));
  const one = peers.question('device', (device: DeviceId) => {
    const info = registry.get(device);
    return info === undefined ? undefined : withUnknown(info);
  });
  return {
    list: async () => {
      const { answers, isComplete } = await all.all(undefined);
      return { devices: answers.flat(), isComplete };
    },
    get: (device) => one.ownerOf(device, device),
  };
}

function openAlerts(
  peers: Pick<Peers, 'question'>,
  alerts: Pick<DataPath['alerts'], 'open'>,
): HttpDependencies['openAlerts'] {
  const question = peers.question('alerts', () => alerts.open);
  return async () => {
    const { answers, isComplete } = await question.all(undefined);
    return { alerts: answers.flat(), isComplete };
  };
}

export interface HealthParts {
  readonly source: { health(): PartHealth };
  /** Its problem is undefined while the store works; a note is for people only. */
  readonly store: { problem(): string | undefined; note?(): string };
  readonly journal: { readonly problem: string | undefined };
  /** Each kind of model has workers of its own. */
  readonly inference: readonly { readonly readyWorkers: number }[];
  readonly backpressure: Backpressure;
  readonly more?: readonly PartHealth[];
}

/** What is well and what is not; ready means that data is taken and results are kept. */
export function healthReport({
  source,
  store,
  journal,
  inference,
  backpressure,
  more = [],
}: HealthParts): HealthReport {
  const canInfer = inference.every(({ readyWorkers }) => readyWorkers > 0);
  const parts: PartHealth[] = [
    source.health(),
    partOf('store', store.problem(), store.note?.()),
    partOf('journal', journal.problem),
    {
      name: 'models',
      ok: canInfer,
      detail: canInfer ? '' : 'no inference worker is running; it is being started again',
    },
    {
      name: 'load',
      ok: true,
      detail: backpressure.isOn ? `sources are slowed down by: ${backpressure.reasons.join(', ')}` : '',
    },
    ...more,
  ];
  return { ready: parts.every(({ ok }) => ok), parts };
}

function partOf(name: string, problem: string | undefined, note = ''): PartHealth {
  return { name, ok: problem === undefined, detail: problem ?? note };
}

/** Resolves to where the API answers. */
export async function listenForHttp(app: HttpApp, { http }: Config): Promise<string> {
  const withScheme = (url: string): string =>
    http.tls === undefined ? url : url.replace(/^http:/, 'https:');
  const listenTextResolver = (url: string): string => `API and dashboard at ${withScheme(url)}`;
  return withScheme(await app.listen({ host: http.host, port: http.port, listenTextResolver }));
}
