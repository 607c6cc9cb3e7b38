import type { DeviceId } from '../domain/ids.js';
import type { RawMessage } from '../domain/raw-message.js';
import type { ClockKind, SensorMessage } from '../domain/samples.js';

/** A message whose device is known before it is read. */
export type AddressedMessage = RawMessage & { readonly device: DeviceId };

export function isAddressed(raw: RawMessage): raw is AddressedMessage {
  return raw.device !== undefined;
}

/** The decoded form of a message that does not number itself, save for what `content` says. */
export function sensorMessage(
  raw: Pick<AddressedMessage, 'device' | 'receivedAtMs'>,
  clock: ClockKind,
  content: Partial<Omit<SensorMessage, 'device' | 'receivedAtMs' | 'clock'>>,
): SensorMessage {
  return {
    device: raw.device,
    receivedAtMs: raw.receivedAtMs,
    clock,
    clockZeroMs: undefined,
    session: undefined,
    sequence: undefined,
    blocks: [],
    ...content,
  };
}
