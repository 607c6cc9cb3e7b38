import { defer, filter, map, type OperatorFunction } from 'rxjs';
import type { DeviceId } from '../../domain/ids.js';
import type { MessageFormat, RawMessage } from '../../domain/message.js';
import { messageOf } from '../../shared/errors.js';
import { attempt, type OnFault } from '../../shared/faults.js';
import { decodeAlongside } from './alongside.js';
import { decodeDeviceMotion } from './device-motion.js';
import { decodeFrame } from './frame.js';
import { decodeLabels } from './labels.js';
import {
  type AddressedMessage,
  type DecodedMessage,
  type DecodeOutcome,
  isAddressed,
  type RejectedMessage,
  reject,
} from './outcome.js';
import { decodePhyphox } from './phyphox.js';
import { PlatformMemory, type PlatformState } from './platform.js';
import { decodeSensorLogger, type KnownPlatform } from './sensor-logger.js';
import { decodeSensorSpot } from './sensor-spot.js';
import type { DecodeSettings } from './settings.js';

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

/** Devices whose detected platform is remembered. */
const MAX_REMEMBERED_DEVICES = 10_000;

/** What decoding needs and whom it tells. */
export interface DecodeOptions {
  readonly settings: DecodeSettings;
  /** What an earlier run of the gateway knew of a device's convention. */
  readonly restore?: ((device: DeviceId) => PlatformState | undefined) | undefined;
  readonly onRejected: (raw: RawMessage, outcome: RejectedMessage) => void;
  /** Called with every message that was accepted, before it is emitted. */
  readonly onDecoded?: (raw: RawMessage, decoded: DecodedMessage) => void;
  /** Something threw that may not; the stream goes on. */
  readonly onFault?: OnFault | undefined;
}

/**
 * Turns raw messages into what they hold, one by one, in the order in which they come.
 *
 * A message that cannot be decoded is told to `onRejected` and left out; every other one is emitted, also if it has no
 * samples. What is learnt about devices belongs to the subscription. Ends and fails as its source does, never by itself.
 */
export function decode(options: DecodeOptions): OperatorFunction<RawMessage, DecodedMessage> {
  return (raw$) =>
    defer(() => {
      const platforms = new PlatformMemory(MAX_REMEMBERED_DEVICES, options.restore);
      return raw$.pipe(
        map((raw) => {
          let decoded: DecodedMessage | undefined;
          const isDone = attempt('decode', options.onFault, () => {
            decoded = decodeOne(raw, options, platforms);
          });
          return isDone ? decoded : undefined;
        }),
        filter((decoded) => decoded !== undefined),
      );
    });
}

function decodeOne(
  raw: RawMessage,
  { settings, onRejected, onDecoded }: DecodeOptions,
  platforms: PlatformMemory,
): DecodedMessage | undefined {
  const outcome = decodeSafely(raw, settings, platforms);
  if (!outcome.ok) {
    onRejected(raw, outcome);
    return undefined;
  }
  platforms.remember(outcome.device, outcome.platform);
  const decoded = withOrigin(outcome, raw);
  onDecoded?.(raw, decoded);
  return decoded;
}

/** Samples say whether their message comes from the journal, or is a repeat. */
function withOrigin(decoded: DecodedMessage, { recovery, repeat }: RawMessage): DecodedMessage {
  if (decoded.message === undefined || (recovery === undefined && repeat === undefined)) return decoded;
  const origin = { ...(recovery !== undefined && { recovery }), ...(repeat !== undefined && { repeat }) };
  return { ...decoded, message: { ...decoded.message, ...origin } };
}

/** A fault in a decoder costs one message, not the stream. */
function decodeSafely(raw: RawMessage, settings: DecodeSettings, platforms: PlatformMemory): DecodeOutcome {
  try {
    return decodeMessage(raw, settings, (device) => platforms.recall(device));
  } catch (error) {
    return reject('wrong-shape', `the ${raw.format} decoder failed on it: ${messageOf(error)}`);
  }
}
