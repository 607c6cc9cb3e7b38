import type { MessageFormat, RawMessage } from '../domain/message.js';
import { decodeAlongside } from '../ingest/decode/alongside.js';
import { decodeDeviceMotion } from '../ingest/decode/device-motion.js';
import { decodeFrame } from '../ingest/decode/frame.js';
import { decodeLabels } from '../ingest/decode/labels.js';
import { type DecodeOutcome, reject } from '../ingest/decode/outcome.js';
import { decodePhyphox } from '../ingest/decode/phyphox.js';
import { decodeSensorLogger, type KnownPlatform } from '../ingest/decode/sensor-logger.js';
import { decodeSensorSpot } from '../ingest/decode/sensor-spot.js';
import type { DecodeSettings } from '../ingest/decode/settings.js';
import { type AddressedMessage, isAddressed } from './addressed-message.js';

type Decoder<Raw> = (raw: Raw, settings: DecodeSettings, knownPlatform: KnownPlatform) => DecodeOutcome;

const DECODERS: Readonly<Record<MessageFormat, Decoder<RawMessage>>> = {
  alongside: addressed(decodeAlongside),
  'sensor-logger': decodeSensorLogger,
  'sensor-spot': addressed(decodeSensorSpot),
  phyphox: addressed(decodePhyphox),
  'device-motion': addressed(decodeDeviceMotion),
  frame: addressed(decodeFrame),
  labels: addressed(decodeLabels),
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
  if (!Object.hasOwn(DECODERS, raw.format)) {
    return reject('unknown-format', `there is no format ${raw.format}`);
  }
  return DECODERS[raw.format](raw, settings, knownPlatform);
}

/** For formats whose payload names no device. */
function addressed(decoder: Decoder<AddressedMessage>): Decoder<RawMessage> {
  return (raw, settings, knownPlatform) =>
    isAddressed(raw)
      ? decoder(raw, settings, knownPlatform)
      : reject('bad-device', 'the topic or its subscription must name the device');
}
