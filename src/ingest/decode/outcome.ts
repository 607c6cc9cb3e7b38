import type { MessageContent } from '../../domain/delivery.js';
import { wrongEpochUnit } from '../../domain/epoch-time.js';
import type { DeviceId } from '../../domain/ids.js';
import type { MessageRejectReason } from '../../domain/ledger.js';
import type { RawMessage } from '../../domain/message.js';
import type { ClockKind, SampleBlock, SensorMessage } from '../../domain/samples.js';

/** An accepted message. */
export interface DecodedMessage extends MessageContent {
  readonly ok: true;
}

/** Why a message was refused as a whole; `detail` says what is wrong in words for its sender. */
export interface RejectedMessage {
  readonly ok: false;
  readonly reason: MessageRejectReason;
  readonly detail: string;
}

export type DecodeOutcome = DecodedMessage | RejectedMessage;

export function reject(reason: MessageRejectReason, detail: string): RejectedMessage {
  return { ok: false, reason, detail };
}

const NOTHING = {
  message: undefined,
  frames: [],
  labels: [],
  ignored: new Map<string, number>(),
  invalidSamples: 0,
  isTest: false,
  platform: undefined,
} as const satisfies Partial<DecodedMessage>;

/** An accepted message that held nothing but `content`. */
export function accept(
  device: DeviceId,
  content: Partial<Omit<DecodedMessage, 'ok' | 'device'>>,
): DecodedMessage {
  return { ok: true, device, ...NOTHING, ...content };
}

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
