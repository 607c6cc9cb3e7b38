import { defer, type OperatorFunction } from 'rxjs';
import type { DecodedDelivery, Delivery, MessageContent, Settle } from '../../domain/delivery.js';
import type { PlatformState } from '../../domain/device.js';
import type { DeviceId } from '../../domain/ids.js';
import type { MessageFormat, RawMessage } from '../../domain/message.js';
import { messageStage, type OnFault } from '../../shared/faults.js';
import { decodeAlongside } from './alongside.js';
import { decodeDeviceMotion } from './device-motion.js';
import { decodeFrame } from './frame.js';
import { decodeLabels } from './labels.js';
import { type AddressedMessage, type DecodeOutcome, isAddressed, reject } from './outcome.js';
import { decodePhyphox } from './phyphox.js';
import { PlatformMemory } from './platform.js';
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
 * for no payload, short of a fault.
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

export interface DecodeOptions {
  readonly settings: DecodeSettings;
  /** What an earlier run of the gateway knew of a device's convention. */
  readonly restore?: ((device: DeviceId) => PlatformState | undefined) | undefined;
}

/**
 * Turns raw messages into what they hold, one by one, in the order in which they come.
 *
 * A message that cannot be decoded is settled as rejected and left out; every other one is emitted, also if it has no
 * samples. What is learnt about devices belongs to the subscription. Ends and fails as its source does, never by itself.
 */
export function decode(
  { settings, restore }: DecodeOptions,
  onFault?: OnFault,
): OperatorFunction<Delivery, DecodedDelivery> {
  return (deliveries$) =>
    defer(() => {
      const platforms = new PlatformMemory(MAX_REMEMBERED_DEVICES, restore);
      return deliveries$.pipe(
        messageStage<Delivery, DecodedDelivery>('decode', onFault, (delivery, emit) => {
          const { message, settle } = delivery;
          const outcome = decodeMessage(message, settings, (device) => platforms.recall(device));
          if (!outcome.ok) {
            settle({ kind: 'rejected', reason: outcome.reason, detail: outcome.detail });
            return;
          }
          platforms.remember(outcome.device, outcome.platform);
          emit({
            ...delivery,
            settle: message.device === undefined ? named(settle, outcome.device) : settle,
            content: withOrigin(outcome, message),
          });
        }),
      );
    });
}

/** Rejections name the device that was found in the payload. */
function named(settle: Settle, device: DeviceId): Settle {
  return (settlement) => settle(settlement.kind === 'rejected' ? { ...settlement, device } : settlement);
}

/** Samples say whether their message comes from the journal, or is a repeat. */
function withOrigin(content: MessageContent, { recovery, repeat }: RawMessage): MessageContent {
  if (content.message === undefined || (recovery === undefined && repeat === undefined)) return content;
  const origin = { ...(recovery !== undefined && { recovery }), ...(repeat !== undefined && { repeat }) };
  return { ...content, message: { ...content.message, ...origin } };
}
