import type { z } from 'zod';
import type { DeviceInfo } from '../domain/device-info.js';
import type { DeviceId } from '../domain/ids.js';
import { SAMPLE_FATES } from '../domain/ledger.js';
import type { deviceSchema } from './schemas.js';

export type DeviceAnswer = z.infer<typeof deviceSchema>;

/** What the gateway knows of a live device, as clients see it. */
export function answerOfDevice(info: DeviceInfo): DeviceAnswer {
  return {
    id: info.id,
    online: info.online,
    lastSeenMs: Number.isFinite(info.lastSeenMs) ? info.lastSeenMs : null,
    statuses: info.statuses.map((status) => ({ ...status })),
    sensors: info.sensors.map((sensor) => ({ ...sensor, rateHz: finite(sensor.rateHz) })),
    delivery: { ...info.delivery },
    samples: { ...info.samples },
    clock: info.clock === undefined ? null : { ...info.clock },
    platform: info.platform === undefined ? null : { ...info.platform },
  };
}

/** A device that has results in the store, of which nothing else is known. */
export function answerOfStoredDevice(id: DeviceId): DeviceAnswer {
  return {
    id,
    online: false,
    lastSeenMs: null,
    statuses: [],
    sensors: [],
    delivery: { messages: 0, missing: 0, duplicates: 0, reordered: 0 },
    samples: Object.fromEntries(SAMPLE_FATES.map((fate) => [fate, 0])),
    clock: null,
    platform: null,
  };
}

/** JSON has no infinity: the rate of samples that share one time is not a number to show. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
