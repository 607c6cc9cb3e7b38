import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Observable } from 'rxjs';
import type { Config } from '../config/schema.js';
import type { Erasable } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import type { LiveFeed } from '../http/live-feed.js';
import { readAlertState, rulesPath, writeJson } from '../notify/alerts/alert-files.js';
import { type AlertService, openAlertService } from '../notify/alerts/alert-service.js';
import { alertNotification, deviceNotification, type Notifier } from '../notify/notifier.js';
import type { Clock } from '../shared/clock.js';
import { attempt } from '../shared/faults.js';
import { every } from '../shared/lifetime.js';
import type { Events } from '../telemetry/events.js';
import type { DeviceRegistry } from './device-registry.js';

/** A device came, or went. */
export interface Presence {
  readonly device: DeviceId;
  readonly isOnline: boolean;
  readonly atMs: number;
}

export interface AlertParts {
  readonly clock: Clock;
  readonly events: Events;
  readonly notifier: Notifier;
  readonly liveFeed: LiveFeed;
  readonly registry: Pick<DeviceRegistry, 'heard'>;
  readonly presence$: Observable<Presence>;
  /** Whether devices can be heard at the moment. */
  readonly isHearing: () => boolean;
  /** Resolves when what was posted on the notifier is on the disk. */
  readonly told: () => Promise<void>;
}

/** The alerts of a running gateway. */
export interface Alerts extends AsyncDisposable {
  readonly service: AlertService;
}

const LOOK_MS = 1000;

/** Starts watching devices by the rules of configuration and data folder. */
export async function startAlerts(config: Config, parts: AlertParts): Promise<Alerts> {
  const { clock, events, notifier, registry, presence$ } = parts;
  const { timeZone, quietHours, rules: configured } = config.alerts;
  const service = await openAlertService({
    clock,
    timeZone,
    quietHours,
    configured,
    idOf: alertId,
    told: parts.told,
    statePath: statePath(config),
    rulesPath: rulesPath(config.dataDir),
    offlineMs: config.stream.offlineMs,
    onAlert: (alert) => {
      events.alertChanged(alert.cleared === undefined ? 'raised' : 'cleared');
      parts.liveFeed.publish({ type: 'alert', data: alert });
      notifier.post(alertNotification(alert));
    },
    onPresence: (device, isOnline, atMs) => notifier.post(deviceNotification(device, isOnline, atMs)),
  });
  const presence = presence$.subscribe(({ device, isOnline, atMs }) => {
    attempt('alerts', events.stageFailed, () => {
      if (isOnline) service.online(device, atMs);
      else service.offline(device, atMs);
    });
  });
  const look = (): void => {
    for (const [device, atMs] of registry.heard()) service.heard(device, atMs);
    service.tick(parts.isHearing());
  };
  const looking = every(LOOK_MS, look, { onFailed: (error) => events.roundFailed('alerts', error) });
  const saving = every(LOOK_MS, () => service.save(), { onFailed: events.alertsUnsaved });
  return {
    service,
    [Symbol.asyncDispose]: async () => {
      presence.unsubscribe();
      await looking[Symbol.asyncDispose]();
      await saving[Symbol.asyncDispose]();
      await service.flush();
    },
  };
}

/** What alerts know of devices while no gateway runs. */
export function alertsOnDisk(config: Config): Erasable {
  const path = statePath(config);
  return {
    name: 'alerts',
    holds: async (device) => {
      const { watches, online } = await readAlertState(path);
      return device in online || Object.values(watches).some((ofRule) => device in ofRule);
    },
    forget: async (device) => {
      const state = await readAlertState(path);
      const { watches, online } = state;
      const without = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
        Object.fromEntries(Object.entries(record).filter(([name]) => name !== device));
      const left = Object.entries(watches).map(([rule, ofRule]) => [rule, without(ofRule)]);
      await writeJson(path, {
        ...state,
        watches: Object.fromEntries(left),
        open: state.open.filter((alert) => alert.device !== device),
        online: without(online),
      });
    },
  };
}

function statePath({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'alerts', 'state.json');
}

function alertId(rule: string, device: DeviceId, sinceMs: number): string {
  const digest = createHash('sha256').update(JSON.stringify([rule, device, sinceMs]));
  return `alert_${digest.digest('base64url').slice(0, 20)}`;
}
