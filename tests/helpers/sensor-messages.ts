import type { DecodedDelivery, Settle } from '../../src/domain/delivery.js';
import { type DeviceId, parseDeviceId } from '../../src/domain/ids.js';
import {
  AXIS_COUNT,
  type SampleBlock,
  type SensorKind,
  type SensorMessage,
} from '../../src/domain/samples.js';

/** 2023-11-14, a whole number of seconds. */
export const START_MS = 1_700_000_000_000;

export function deviceId(text: string): DeviceId {
  const id = parseDeviceId(text);
  if (id === undefined) throw new Error(`${text} is no device id`);
  return id;
}

/** Samples whose values tell their time: x is milliseconds after START_MS, y and z follow from it. */
export function blockAt(sensor: SensorKind, timesMs: readonly number[]): SampleBlock {
  const values = new Float32Array(timesMs.length * AXIS_COUNT);
  timesMs.forEach((timeMs, index) => {
    const x = timeMs - START_MS;
    values.set([x, x / 2, -x], index * AXIS_COUNT);
  });
  return { sensor, timesMs: Float64Array.from(timesMs), values };
}

export function messageOf(overrides: Partial<SensorMessage> = {}): SensorMessage {
  const blocks = overrides.blocks ?? [];
  const newestMs = Math.max(START_MS, ...blocks.flatMap((block) => Array.from(block.timesMs)));
  return {
    device: deviceId('phone'),
    receivedAtMs: newestMs,
    clock: 'epoch',
    clockZeroMs: undefined,
    session: undefined,
    sequence: undefined,
    ...overrides,
    blocks,
  };
}

/** Times from `fromMs` (inclusive) to `toMs` (exclusive) at a rate. */
export function timesAt(rateHz: number, fromMs: number, toMs: number): number[] {
  const times: number[] = [];
  for (let index = 0; fromMs + (index * 1000) / rateHz < toMs; index++)
    times.push(fromMs + (index * 1000) / rateHz);
  return times;
}

/** A decoded message on its way. */
export function deliveryOf(message: SensorMessage, settle: Settle = () => undefined): DecodedDelivery {
  const { device, receivedAtMs } = message;
  return {
    message: { format: 'alongside', topic: 'test', device, payload: new Uint8Array(), receivedAtMs },
    settle,
    content: {
      device,
      message,
      frames: [],
      labels: [],
      ignored: new Map(),
      invalidSamples: 0,
      isTest: false,
      platform: undefined,
    },
  };
}
