import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Observable } from 'rxjs';
import type { Config } from '../config/schema.js';
import type { DeviceKeeper } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import type { LiveFeed } from '../http/live-feed.js';
import { readAlertState, rulesPath, writeJson } from '../notify/alerts/alert-files.js';
import { type AlertDesk, openAlertDesk } from '../notify/alerts/alert-service.js';
import { alertNotice, deviceNotice, type NoticeBoard } from '../notify/notifier.js';
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
  readonly board: NoticeBoard;
  readonly liveFeed: LiveFeed;
  readonly registry: Pick<DeviceRegistry, 'heard'>;
  readonly presence$: Observable<Presence>;
  /** Whether devices can be heard at the moment. */
  readonly isHearing: () => boolean;
  /** Resolves when what was posted on the board is on the disk. */
  readonly told: () => Promise<void>;
}

/** The alerts of a running gateway. */
export interface Alerts extends AsyncDisposable {
  readonly desk: AlertDesk;
}

const LOOK_MS = 1000;

/** Starts watching devices by the rules of configuration and data folder. */
export async function startAlerts(config: Config, parts: AlertParts): Promise<Alerts> {
  const { clock, events, board, registry, presence$ } = parts;
  const { timeZone, quietHours, rules: configured } = config.alerts;
  const desk = await openAlertDesk({
    ...{ clock, timeZone, quietHours, configured, idOf: alertId, told: parts.told },
    statePath: statePath(config),
    rulesPath: rulesPath(config.dataDir),
    offlineMs: config.stream.offlineMs,
    onAlert: (alert) => {
      events.alertChanged(alert.cleared === undefined ? 'raised' : 'cleared');
      parts.liveFeed.publish({ type: 'alert', data: alert });
      board.post(alertNotice(alert));
    },
    onPresence: (device, isOnline, atMs) => board.post(deviceNotice(device, isOnline, atMs)),
  });
  const presence = presence$.subscribe(({ device, isOnline, atMs }) => {
    attempt('alerts', events.stageFailed, () => {
      if (isOnline) desk.online(device, atMs);
      else desk.offline(device, atMs);
    });
  });
  const look = (): void => {
    for (const [device, atMs] of registry.heard()) desk.heard(device, atMs);
    desk.tick(parts.isHearing());
  };
  const looking = every(LOOK_MS, look, { onFailed: (error) => events.roundFailed('alerts', error) });
  const saving = every(LOOK_MS, () => desk.save(), { onFailed: events.alertsUnsaved });
  return {
    desk,
    [Symbol.asyncDispose]: async () => {
      presence.unsubscribe();
      await looking[Symbol.asyncDispose]();
      await saving[Symbol.asyncDispose]();
      await desk.flush();
    },
  };
}

/** What alerts know of devices while no gateway runs. */
export function alertsOnDisk(config: Config): DeviceKeeper {
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
