import type { z } from 'zod';
import type { CurrentStatus, DeviceInfo } from '../domain/device.js';
import type { DeviceId } from '../domain/ids.js';
import { SAMPLE_FATES } from '../domain/ledger.js';
import type { UnknownReason } from '../domain/status.js';
import type { deviceSchema, reasonSchema } from './schemas.js';

export type DeviceAnswer = z.infer<typeof deviceSchema>;

/**
 * What the gateway knows of a live device, as clients see it.
 *
 * @param unknown targets of which nothing is known, with the reason
 */
export function answerOfDevice(info: DeviceInfo, unknown: readonly CurrentStatus[]): DeviceAnswer {
  return {
    id: info.id,
    online: info.online,
    lastSeenMs: Number.isFinite(info.lastSeenMs) ? info.lastSeenMs : null,
    statuses: statusesOf(info.statuses, unknown),
    sensors: info.sensors.map((sensor) => ({ ...sensor, rateHz: finite(sensor.rateHz) })),
    delivery: { ...info.delivery },
    samples: { ...info.samples },
    clock: info.clock === undefined ? null : { ...info.clock },
    platform: info.platform === undefined ? null : { ...info.platform },
  };
}

/** A device that has results in the store, of which nothing else is known. */
export function answerOfStoredDevice(id: DeviceId, unknown: readonly CurrentStatus[]): DeviceAnswer {
  return {
    id,
    online: false,
    lastSeenMs: null,
    statuses: statusesOf([], unknown),
    sensors: [],
    delivery: { messages: 0, missing: 0, duplicates: 0, reordered: 0 },
    samples: Object.fromEntries(SAMPLE_FATES.map((fate) => [fate, 0])),
    clock: null,
    platform: null,
  };
}

function statusesOf(
  known: readonly CurrentStatus[],
  unknown: readonly CurrentStatus[],
): DeviceAnswer['statuses'] {
  const explained = new Map(unknown.map((status) => [status.target, status]));
  const rest = unknown.filter(({ target }) => !known.some((status) => status.target === target));
  return [...known.map((status) => explained.get(status.target) ?? status), ...rest].map(
    ({ reason, ...status }) => ({
      ...status,
      ...(reason === undefined ? {} : { reason: reasonAnswer(reason) }),
    }),
  );
}

/** Why nothing is known, as clients see it. */
export function reasonAnswer({ code, text, sensors }: UnknownReason): z.infer<typeof reasonSchema> {
  return { code, text, ...(sensors === undefined ? {} : { sensors: [...sensors] }) };
}

/** JSON has no infinity: the rate of samples that share one time is not a number to show. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
