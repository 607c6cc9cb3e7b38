import type { PlatformInfo, PlatformState } from '../../domain/device.js';
import type { DeviceId } from '../../domain/ids.js';
import { STANDARD_GRAVITY } from '../../domain/samples.js';

/**
 * Convention of signs and units a phone sends in. `ios` is that of an iPhone left to itself; an iPhone with Sensor
 * Logger's "Standardise Units & Frames" sends in Android's.
 */
export type PlatformName = PlatformInfo['name'];

/** What the operator says of a device; `auto` leaves it to detection. */
export type PlatformSetting = PlatformName | 'auto';

/** What one message says about the convention. */
export interface PlatformSign {
  readonly name: PlatformName;
  /** True for what only that platform sends; false for what merely looks like it. */
  readonly isProof: boolean;
}

const PROVEN = 100;
/** Of what is not proven. */
const MAX_CERTAINTY = 10;

/** Share by which the magnitude of gravity may be off in a phone that is carried. */
const REST_TOLERANCE = 1.25;

/** Until there is evidence. Android's convention is also that of iPhones that standardise. */
export const ASSUMED_PLATFORM: PlatformState = { info: { name: 'android', from: 'assumed' }, certainty: 0 };

export function declaredPlatform(name: PlatformName): PlatformState {
  return { info: { name, from: 'declared' }, certainty: PROVEN };
}

/**
 * Takes one message's evidence into account. What was detected stays until it is contradicted by proof, or by as many
 * messages as confirmed it (at most ten), so that a phone in free fall changes nothing.
 *
 * @param state what was known before, `undefined` for nothing
 * @param sign what the message says, `undefined` for nothing
 */
export function detectPlatform(
  state: PlatformState | undefined,
  sign: PlatformSign | undefined,
): PlatformState {
  const { info, certainty } = state ?? ASSUMED_PLATFORM;
  if (sign === undefined) return { info, certainty };
  if (sign.isProof) return detected(sign.name, PROVEN);
  if (certainty === PROVEN) return { info, certainty };
  if (info.name === sign.name) return detected(sign.name, Math.min(certainty + 1, MAX_CERTAINTY));
  return certainty > 1 ? detected(info.name, certainty - 1) : detected(sign.name, 1);
}

function detected(name: PlatformName, certainty: number): PlatformState {
  return { info: { name, from: 'detected' }, certainty };
}

/**
 * What the magnitude of Sensor Logger's uncalibrated acceleration says: about 1 (g) on an iPhone, about 9.8 (m/s²)
 * elsewhere, in a phone that mostly rests.
 *
 * @param values x, y, z of each sample, interleaved, as sent
 */
export function signOfGravity(values: Float32Array): PlatformSign | undefined {
  const magnitude = medianMagnitude(values);
  if (isNear(magnitude, 1)) return { name: 'ios', isProof: false };
  if (isNear(magnitude, STANDARD_GRAVITY)) return { name: 'android', isProof: false };
  return undefined;
}

function isNear(magnitude: number, expected: number): boolean {
  return magnitude > expected / REST_TOLERANCE && magnitude < expected * REST_TOLERANCE;
}

function medianMagnitude(values: Float32Array): number {
  const magnitudes = new Float32Array(Math.floor(values.length / 3));
  for (let index = 0; index < magnitudes.length; index++) {
    magnitudes[index] = Math.hypot(
      values[index * 3] ?? 0,
      values[index * 3 + 1] ?? 0,
      values[index * 3 + 2] ?? 0,
    );
  }
  return magnitudes.sort()[magnitudes.length >> 1] ?? Number.NaN;
}

/** Remembers the convention detected for each device; beyond `maxDevices` it forgets the one heard of longest ago. */
export class PlatformMemory {
  readonly #maxDevices: number;
  readonly #restore: (device: DeviceId) => PlatformState | undefined;
  readonly #states = new Map<DeviceId, PlatformState>();

  /** @param restore what an earlier run of the gateway knew */
  constructor(
    maxDevices: number,
    restore: (device: DeviceId) => PlatformState | undefined = () => undefined,
  ) {
    this.#maxDevices = maxDevices;
    this.#restore = restore;
  }

  recall(device: DeviceId): PlatformState | undefined {
    return this.#states.get(device) ?? this.#restore(device);
  }

  /** Takes note of what holds after a message; only what was detected needs to be remembered. */
  remember(device: DeviceId, state: PlatformState | undefined): void {
    if (state?.info.from !== 'detected') return;
    this.#states.delete(device);
    this.#states.set(device, state);
    if (this.#states.size <= this.#maxDevices) return;
    const oldest = this.#states.keys().next();
    if (!oldest.done) this.#states.delete(oldest.value);
  }
}
