import type { MessageFormat, RawMessage } from '../domain/raw-message.js';
import { type AddressedMessage, isAddressed } from './addressed-message.js';
import { decodeAlongside } from './alongside.js';
import { decodeDeviceMotion } from './device-motion.js';
import { decodeFrame } from './frame.js';
import { decodeLabels } from './labels.js';
import { type DecodeOutcome, reject } from './outcome.js';
import { decodePhyphox } from './phyphox.js';
import { decodeSensorLogger, type KnownPlatform } from './sensor-logger.js';
import { decodeSensorSpot } from './sensor-spot.js';
import type { DecodeSettings } from './settings.js';

type AddressedDecoder = (raw: AddressedMessage, settings: DecodeSettings) => DecodeOutcome;

/** Formats whose payload names no device. */
const ADDRESSED_DECODERS: Readonly<Record<Exclude<MessageFormat, 'sensor-logger'>, AddressedDecoder>> = {
  alongside: decodeAlongside,
  'sensor-spot': decodeSensorSpot,
  phyphox: decodePhyphox,
  'device-motion': decodeDeviceMotion,
  frame: decodeFrame,
  labels: decodeLabels,
};

/**
 * Decodes one message of any format: samples in SI units and Android's convention, or the reason why not. Pure; throws
 * for no payload.
 *
 * @param knownPlatform what earlier messages of a device told about its convention; the outcome holds what is known now
 */
export function decodeMessage(
  raw: RawMessage,
  settings: DecodeSettings,
  knownPlatform: KnownPlatform = () => undefined,
): DecodeOutcome {
  if (raw.format === 'sensor-logger') return decodeSensorLogger(raw, settings, knownPlatform);
  const decoder: AddressedDecoder | undefined = ADDRESSED_DECODERS[raw.format];
  if (decoder === undefined) return reject('unknown-format', `there is no format ${String(raw.format)}`);
  if (!isAddressed(raw)) return reject('bad-device', 'the topic or its subscription must name the device');
  return decoder(raw, settings);
}
