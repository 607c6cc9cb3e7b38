import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../config/schema.js';
import type { Erasable } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import type { Alert } from '../domain/notification.js';
import type { AlertEngineOptions } from '../notify/alerts/alert-engine.js';
import {
  type AlertRules,
  openAlertRules,
  readAlertState,
  rulesPath,
  writeJson,
} from '../notify/alerts/alert-rules.js';
import { type AlertService, openAlertService } from '../notify/alerts/alert-service.js';
import { alertNotification, deviceNotification } from '../notify/notifier.js';
import { attempt } from '../shared/faults.js';
import { every } from '../shared/lifetime.js';
import type { Instruments } from './instruments.js';

type Telling = Pick<Instruments, 'events' | 'liveFeed' | 'notifier'>;

export interface AlertParts {
  readonly rules: AlertRules;
  readonly instruments: Telling & Pick<Instruments, 'clock' | 'registry' | 'presence$'>;
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

/** Opens the rules of configuration and data folder. */
export function openRules({ alerts, dataDir }: Pick<Config, 'alerts' | 'dataDir'>): Promise<AlertRules> {
  const { rules: configured, quietHours } = alerts;
  return openAlertRules({ configured, quietHours, path: rulesPath(dataDir) });
}

/** How rules are read, and what alerts are called. */
export function engineOptions({ alerts }: Pick<Config, 'alerts'>): AlertEngineOptions {
  const { timeZone, quietHours } = alerts;
  return { timeZone, quietHours, idOf: alertId };
}

/** Tells everybody of an alert that was raised or cleared. */
export function tellAlert({ events, liveFeed, notifier }: Telling, alert: Alert): void {
  events.alertChanged(alert.cleared === undefined ? 'raised' : 'cleared');
  liveFeed.publish({ type: 'alert', data: alert });
  notifier.post(alertNotification(alert));
}

/** Starts watching devices by rules. */
export async function startAlerts(
  config: Config,
  { rules, instruments, isHearing, told }: AlertParts,
): Promise<Alerts> {
  const { clock, events, notifier, registry, presence$ } = instruments;
  const service = await openAlertService({
    ...engineOptions(config),
    clock,
    rules,
    told,
    statePath: statePath(config),
    offlineMs: config.stream.offlineMs,
    onAlert: (alert) => tellAlert(instruments, alert),
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
    service.tick(isHearing());
  };
  const looking = every(LOOK_MS, look, { onFailed: (error) => events.roundFailed('alerts', error) });
  const saving = every(LOOK_MS, () => service.save(), { onFailed: events.alertsUnsaved });
  return {
    service,
    [Symbol.asyncDispose]: async () => {
      presence.unsubscribe();
      await looking[Symbol.asyncDispose]();
      await saving[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
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
