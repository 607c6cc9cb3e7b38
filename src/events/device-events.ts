import type { ForgetReport } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import { messageOf } from '../shared/errors.js';
import type { Warn } from '../telemetry/log-warning.js';
import type { EventDependencies } from './event-dependencies.js';

/** What happens to devices, to who may use them, and to what is kept of them. */
export interface DeviceEvents {
  deviceOnline(device: DeviceId): void;
  deviceOffline(device: DeviceId): void;
  /** Work that is done again and again failed; its next round comes in its time. */
  roundFailed(work: string, error: unknown): void;
  /** Credentials are in force: at the start, and whenever they changed. */
  credentialsLoaded(counts: { readonly devices: number; readonly tokens: number }): void;
  credentialsUnreadable(words: string): void;
  /** Results that have outlived their use could not be removed; that is tried again in an hour. */
  retentionFailed(error: unknown): void;
  /** A device was forgotten, or something of it is left. */
  deviceForgotten(report: ForgetReport): void;
}

export function deviceEvents({ logger }: EventDependencies, warn: Warn): DeviceEvents {
  return {
    deviceOnline: (device) => logger.debug({ device }, 'device online'),
    deviceOffline: (device) => logger.debug({ device }, 'device offline'),
    roundFailed: (work, error) =>
      warn(
        `round-failed/${work}`,
        { work, error: messageOf(error) },
        'regular work failed; it is tried again',
      ),
    credentialsLoaded: ({ devices, tokens }) =>
      logger.info(
        { devices, tokens },
        devices + tokens === 0 ? 'no credentials: only this machine is served' : 'credentials in force',
      ),
    credentialsUnreadable: (words) => logger.error({ error: words }, 'credentials could not be read'),
    retentionFailed: (error) => logger.error({ error: messageOf(error) }, 'old results could not be removed'),
    deviceForgotten: ({ removed, parts }) => {
      const left = parts.filter((part) => !part.removed);
      if (removed) logger.info('a device was forgotten');
      else logger.error({ left }, 'a device was not forgotten everywhere');
    },
  };
}
