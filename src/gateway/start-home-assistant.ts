import { join } from 'node:path';
import type { Observable } from 'rxjs';
import type { Config } from '../config/schema.js';
import type { Erasable } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import type { Store } from '../domain/store.js';
import type { ModelRegistry } from '../inference/model-registry.js';
import { isBinary, type SequenceManifest } from '../inference/models/manifest.js';
import { AVAILABILITY_TOPIC, type TopicWatch } from '../ingest/source.js';
import { connectionTopic } from '../ingest/topics.js';
import { apparelTopic } from '../notify/apparel-topics.js';
import { companyTopic } from '../notify/company-topics.js';
import { AnnouncementFile, readAnnouncement } from '../notify/home-assistant/announced.js';
import { HomeAssistant, TakeBack } from '../notify/home-assistant/home-assistant.js';
import { statusTopic } from '../notify/mqtt-status.js';
import type { Notifier } from '../notify/notifier.js';
import type { RetainedPublisher } from '../notify/retained-queue.js';
import { attempt } from '../shared/faults.js';
import { every } from '../shared/lifetime.js';
import type { Events } from '../telemetry/events.js';
import type { DeviceRegistry } from './device-registry.js';
import type { Presence } from './instruments.js';

export interface HomeAssistantParts {
  readonly version: string;
  readonly publisher: RetainedPublisher;
  readonly events: Pick<Events, 'statusPublishFailed' | 'stageFailed'>;
  readonly registry: Pick<DeviceRegistry, 'heard' | 'get' | 'list'>;
  readonly presence$: Observable<Presence>;
  readonly notifier: Pick<Notifier, 'follow'>;
  readonly models: ModelRegistry<SequenceManifest>;
  readonly store: Pick<Store, 'devices'>;
}

/** Home Assistant's part in a running gateway; nothing of it where it is switched off. */
export interface HomeAssistantLink extends AsyncDisposable {
  /** Topics it wants to hear. */
  readonly watches: readonly TopicWatch[];
  readonly erasables: readonly Erasable[];
}

/** How often it is said when a device that is there was heard last, milliseconds. */
const SEEN_MS = 60_000;

const OFF: HomeAssistantLink = {
  watches: [],
  erasables: [],
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** Starts making devices known, those that have results already included; switched off, takes back what was said. */
export async function startHomeAssistant(
  config: Config,
  parts: HomeAssistantParts,
): Promise<HomeAssistantLink> {
  const { enabled, prefix } = config.homeAssistant;
  const path = announcementPath(config);
  const onFailed = parts.events.statusPublishFailed;
  const file = new AnnouncementFile(path, await readAnnouncement(path), onFailed);
  if (!enabled) return file.content.devices.length === 0 ? OFF : takeBack(config, parts, file);
  const { registry, models, version, publisher } = parts;
  const onFault = parts.events.stageFailed;
  const bridge = new HomeAssistant({
    prefix,
    version,
    publisher,
    file,
    onFailed,
    topicsOf: (device) => ({
      ...homeAssistantTopics(device),
      ...(config.company.enabled && { company: companyTopic(device) }),
    }),
    targets: () => statusTargets(models.manifests, config),
    classes: () => classesOf(models.manifests),
  });
  for (const { id, online, lastSeenMs } of registry.list()) {
    bridge.know(id, { isOnline: online, lastSeenMs: Number.isFinite(lastSeenMs) ? lastSeenMs : undefined });
  }
  // A store that is away at the start keeps nobody from starting: devices are known once they send.
  for (const device of await parts.store.devices().catch(() => [])) bridge.know(device);
  bridge.resume();
  const links = [
    follow(bridge, parts),
    models.events$.subscribe(({ type }) => {
      if (type === 'changed') attempt('home-assistant', onFault, () => bridge.announceAll());
    }),
  ];
  const saySeen = (): void => {
    for (const [device, lastSeenMs] of registry.heard()) bridge.connected(device, true, lastSeenMs);
  };
  const seen = every(SEEN_MS, saySeen, { onFailed });
  return {
    watches: [{ topic: `${prefix}/status`, onMessage: (payload) => bridge.heard(payload) }],
    erasables: [bridge.erasable],
    [Symbol.asyncDispose]: async () => {
      for (const link of links) link.unsubscribe();
      await seen[Symbol.asyncDispose]();
      await bridge[Symbol.asyncDispose]();
    },
  };
}

/** What Home Assistant was told of devices. */
export function announcementPath({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'home-assistant', 'announced.json');
}

function takeBack(
  { mqtt }: Config,
  { publisher, events }: HomeAssistantParts,
  file: AnnouncementFile,
): HomeAssistantLink {
  const work = new TakeBack({
    file,
    publisher,
    topicsOf: homeAssistantTopics,
    onFailed: events.statusPublishFailed,
    isHeardAtOnce: mqtt.url !== undefined,
  });
  const { prefix } = file.content;
  return {
    watches: [{ topic: `${prefix}/status`, onMessage: (payload) => work.heard(payload) }],
    erasables: [work.erasable],
    [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
  };
}

/** Where the states of a device are published. */
export function homeAssistantTopics(device: DeviceId) {
  return {
    availability: AVAILABILITY_TOPIC,
    status: statusTopic(device),
    connection: connectionTopic(device),
    apparel: apparelTopic(device),
  };
}

function follow(bridge: HomeAssistant, { events, presence$, notifier, registry }: HomeAssistantParts) {
  // Devices that did not come back after a restart are said to be offline here only.
  notifier.follow({
    accept: ({ type, device }) => {
      if (type === 'device.offline') bridge.connected(device, false, registry.get(device)?.lastSeenMs);
      if (type === 'apparel.detected') bridge.dressed(device);
    },
  });
  return presence$.subscribe(({ device, isOnline, atMs }) =>
    attempt('home-assistant', events.stageFailed, () =>
      bridge.connected(device, isOnline, isOnline ? atMs : registry.get(device)?.lastSeenMs),
    ),
  );
}

/** The first model that tells a target decides, as for statuses. */
function classesOf(manifests: readonly SequenceManifest[]): Readonly<Record<string, readonly string[]>> {
  const targets = manifests.flatMap((manifest) => manifest.targets.filter((target) => !isBinary(target)));
  return Object.fromEntries(targets.toReversed().map(({ name, classes }) => [name, classes]));
}

function statusTargets(manifests: readonly SequenceManifest[], { company }: Config): string[] {
  const told = manifests.flatMap(({ targets }) => targets.map(({ name }) => name));
  return [...new Set([...told, ...(company.enabled ? ['accompanied'] : [])])];
}
