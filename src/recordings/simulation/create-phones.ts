import { type DeviceId, parseDeviceId } from '../../domain/ids.js';
import { GatewayError } from '../../shared/errors.js';
import type { Outings } from './outings.js';
import { createPhone, type PhoneFaults, type PhoneOptions, type SimulatedPhone } from './phone.js';
import { hash32 } from './random.js';

/** What the phones of a fleet have in common. */
export interface PhonesOptions extends Omit<PhoneOptions, 'device' | 'seed' | 'faults' | 'outings'> {
  readonly phones: number;
  readonly seed: number;
  /** Devices are named after this and their number. */
  readonly namePrefix?: string;
  /** Faults of phone number `n`, counted from 0. */
  readonly faultsOf?: (n: number) => PhoneFaults | undefined;
  /** When the wearers of the first two phones are together; by default never. */
  readonly outings?: Outings;
}

/** So many phones, from the first, belong to people who go for walks together. */
const COMPANIONS = 2;
const DEFAULT_NAME_PREFIX = 'phone-';
const NAME_DIGITS = 4;
const SIMULATED_NAME = new RegExp(`^${DEFAULT_NAME_PREFIX}\\d{${NAME_DIGITS},}$`);

/** Makes simulated phones `phone-0001`, `phone-0002`, …: phone `n` is the same however many there are. */
export function createPhones(options: PhonesOptions): SimulatedPhone[] {
  const { phones, seed, namePrefix = DEFAULT_NAME_PREFIX, faultsOf, outings, ...common } = options;
  return Array.from({ length: phones }, (_, n) => {
    const faults = faultsOf?.(n);
    return createPhone({
      ...common,
      device: phoneName(n, namePrefix),
      seed: hash32(seed, n),
      ...(faults === undefined ? {} : { faults }),
      ...(n < COMPANIONS ? { outings } : {}),
    });
  });
}

/** Whether a device is called as simulated phones are, of whichever fleet. */
export function isSimulatedPhone(device: DeviceId): boolean {
  return SIMULATED_NAME.test(device);
}

/** @throws GatewayError `USAGE` where the prefix makes no name */
export function phoneName(n: number, prefix = DEFAULT_NAME_PREFIX): DeviceId {
  const name = `${prefix}${String(n + 1).padStart(NAME_DIGITS, '0')}`;
  const device = parseDeviceId(name);
  if (device === undefined)
    throw new GatewayError('USAGE', `"${name}" cannot be a device's name; choose another prefix`);
  return device;
}
