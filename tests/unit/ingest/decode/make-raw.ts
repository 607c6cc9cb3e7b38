import { type DeviceId, parseDeviceId } from '../../../../src/domain/ids.js';
import type { MessageFormat, RawMessage } from '../../../../src/domain/message.js';
import type { SampleBlock } from '../../../../src/domain/samples.js';
import type {
  AddressedMessage,
  DecodedMessage,
  DecodeOutcome,
} from '../../../../src/ingest/decode/outcome.js';
import type { DecodeSettings } from '../../../../src/ingest/decode/settings.js';

export const RECEIVED_AT_MS = 1_698_501_145_000;

export const AUTO: DecodeSettings = { platformOf: () => 'auto' };

/** The same where something uses air pressure. */
export const WITH_PRESSURE: DecodeSettings = { ...AUTO, isPressureUsed: true };

export function deviceId(text: string): DeviceId {
  const device = parseDeviceId(text);
  if (device === undefined) throw new Error(`${text} is no device id`);
  return device;
}

/** A message as a source gives it; text stands for itself, bytes too, anything else for its JSON. */
export function rawOf(
  format: MessageFormat,
  payload: unknown,
  overrides: Partial<RawMessage> = {},
): RawMessage {
  const bytes =
    payload instanceof Uint8Array
      ? payload
      : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
  return {
    format,
    topic: `test/${format}`,
    device: undefined,
    payload: bytes,
    receivedAtMs: RECEIVED_AT_MS,
    ...overrides,
  };
}

/** A message whose topic names the device `phone-1`. */
export function addressed(
  format: MessageFormat,
  payload: unknown,
  overrides: Partial<AddressedMessage> = {},
): AddressedMessage {
  return { ...rawOf(format, payload), device: deviceId('phone-1'), ...overrides };
}

export function accepted(outcome: DecodeOutcome): DecodedMessage {
  if (!outcome.ok) throw new Error(`refused: ${outcome.reason}, ${outcome.detail}`);
  return outcome;
}

/** Blocks as plain numbers, for comparison; values rounded to 5 decimals. */
export function plain(
  blocks: readonly SampleBlock[] | undefined,
): Record<string, { timesMs: number[]; values: number[] }> {
  return Object.fromEntries(
    (blocks ?? []).map(({ sensor, timesMs, values }) => [
      sensor,
      { timesMs: [...timesMs], values: [...values].map((value) => Math.round(value * 1e5) / 1e5) },
    ]),
  );
}
