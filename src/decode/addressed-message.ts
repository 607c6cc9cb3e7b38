import { wrongEpochUnit } from '../domain/epoch-time.js';
import type { DeviceId } from '../domain/ids.js';
import type { RawMessage } from '../domain/message.js';
import type { ClockKind, SampleBlock, SensorMessage } from '../domain/samples.js';

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

/** Words about a message on the epoch's clock whose `timeMs` holds seconds, say; `undefined` where it does not. */
export function wrongTimeUnit(clock: ClockKind, blocks: readonly SampleBlock[]): string | undefined {
  const words = clock === 'epoch' ? wrongEpochUnit(blocks[0]?.timesMs[0] ?? Number.NaN) : undefined;
  return words === undefined ? undefined : `timeMs ${words}`;
}
