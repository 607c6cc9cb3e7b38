import { defer, filter, map, type OperatorFunction } from 'rxjs';
import type { CameraFrame } from '../domain/camera-frame.js';
import type { DeviceId } from '../domain/ids.js';
import type { MessageRejectReason } from '../domain/ledger.js';
import type { RawMessage } from '../domain/raw-message.js';
import { messageOf } from '../errors.js';
import { decodeMessage } from './decode-message.js';
import { type DecodedMessage, type DecodeOutcome, type LabelEvent, reject } from './outcome.js';
import { PlatformMemory } from './platform-memory.js';
import type { DecodeSettings } from './settings.js';

/** What decoding needs and whom it tells. The callbacks must not throw: that would end the stream. */
export interface DecodeOptions {
  readonly settings: DecodeSettings;
  /** Devices whose detected platform is remembered. */
  readonly maxDevices: number;
  readonly onRejected: (raw: RawMessage, reason: MessageRejectReason, detail: string) => void;
  /** Sensors nobody uses, by name, with the number of samples in one message. */
  readonly onIgnored?: (device: DeviceId, ignored: ReadonlyMap<string, number>) => void;
  readonly onFrame?: (frame: CameraFrame) => void;
  readonly onLabel?: (label: LabelEvent) => void;
}

/**
 * Turns raw messages into what they hold, in the order in which they come.
 *
 * A message that cannot be decoded is reported to `onRejected` and left out. Every other one is emitted at once, also if
 * it has no samples, after its ignored sensors, frames and labels were handed to the callbacks. What is learnt about
 * devices belongs to the subscription. Ends and fails as its source does, never by itself.
 */
export function decode(options: DecodeOptions): OperatorFunction<RawMessage, DecodedMessage> {
  return (raw$) =>
    defer(() => {
      const platforms = new PlatformMemory(options.maxDevices);
      return raw$.pipe(
        map((raw) => decodeOne(raw, options, platforms)),
        filter((decoded) => decoded !== undefined),
      );
    });
}

function decodeOne(
  raw: RawMessage,
  options: DecodeOptions,
  platforms: PlatformMemory,
): DecodedMessage | undefined {
  const outcome = decodeSafely(raw, options.settings, platforms);
  if (!outcome.ok) {
    options.onRejected(raw, outcome.reason, outcome.detail);
    return undefined;
  }
  platforms.remember(outcome.device, outcome.platform);
  if (outcome.ignored.size > 0) options.onIgnored?.(outcome.device, outcome.ignored);
  for (const frame of outcome.frames) options.onFrame?.(frame);
  for (const label of outcome.labels) options.onLabel?.(label);
  return outcome;
}

/** A fault in a decoder costs the one message, not the stream. */
function decodeSafely(raw: RawMessage, settings: DecodeSettings, platforms: PlatformMemory): DecodeOutcome {
  try {
    return decodeMessage(raw, settings, (device) => platforms.recall(device));
  } catch (error) {
    return reject('wrong-shape', `the ${raw.format} decoder failed on it: ${messageOf(error)}`);
  }
}
