import { setTimeout as sleep } from 'node:timers/promises';
import type { Erasable } from '../../domain/erasable.js';
import type { DeviceId } from '../../domain/ids.js';
import type { LiveFeed } from '../../http/live-feed.js';
import { tellsOf } from '../../http/server-sent-events.js';
import type { MqttStatusSink } from '../../notify/mqtt-status.js';
import { GatewayError } from '../../shared/errors.js';
import type { DeviceRegistry } from '../device-registry.js';
import type { Recovery } from '../recovery.js';
import type { SuppressedDevices } from '../suppressed-devices.js';

export interface LiveStateDependencies {
  readonly suppressed: SuppressedDevices;
  /** What of a device is on its way. */
  readonly pending: { hasOf(device: DeviceId): boolean };
  readonly registry: Pick<DeviceRegistry, 'forget' | 'get'>;
  readonly liveFeed: LiveFeed;
  readonly recovery: Pick<Recovery, 'forget' | 'save'>;
  /** Resolves when the results that wait for the store have left. */
  readonly flush: () => Promise<void>;
}

const LOOK_MS = 50;
/** Windows and frames on their way through the models take no longer than this unless something is wrong. */
const SETTLED_WITHIN_MS = 5000;
const WRITTEN_WITHIN_MS = 10_000;

/** What a running gateway knows of a device in memory, and what is on its way through the data path. */
export function erasableLiveState(dependencies: LiveStateDependencies): Erasable {
  const { suppressed, pending, registry, liveFeed, recovery, flush } = dependencies;
  return {
    name: 'live state',
    forget: (device) =>
      suppressed.during(device, async (letGo) => {
        await waitUntil(() => !pending.hasOf(device), SETTLED_WITHIN_MS);
        // Windows that were under way have been through the trackers meanwhile.
        letGo();
        registry.forget(device);
        recovery.forget(device);
        await recovery.save();
        liveFeed.forget((event) => tellsOf(device, event));
        await within(WRITTEN_WITHIN_MS, recovery.save(), 'results of it may still wait for the store');
        await within(WRITTEN_WITHIN_MS, flush(), 'results of it may still wait for the store');
      }),
    holds: (device) => Promise.resolve(registry.get(device) !== undefined),
  };
}

/** What the broker retains of a device: its status, or its company. */
export function erasableRetained(name: string, topics: Pick<MqttStatusSink, 'forget'>): Erasable {
  return {
    name,
    heldBy: 'brokers',
    forget: (device: DeviceId) =>
      within(WRITTEN_WITHIN_MS, topics.forget(device), `the broker did not take the empty ${name} yet`),
    holds: () => Promise.resolve(false),
  };
}

async function waitUntil(isSo: () => boolean, limitMs: number): Promise<void> {
  for (let waitedMs = 0; !isSo() && waitedMs < limitMs; waitedMs += LOOK_MS) await sleep(LOOK_MS);
}

/** @throws GatewayError `STORE_UNAVAILABLE` with the words given when the work takes longer */
async function within(limitMs: number, work: Promise<void>, words: string): Promise<void> {
  const over = new AbortController();
  const late = sleep(limitMs, 'late' as const, { signal: over.signal }).catch(() => undefined);
  try {
    if ((await Promise.race([work, late])) === 'late') throw new GatewayError('STORE_UNAVAILABLE', words);
  } finally {
    over.abort();
  }
}
