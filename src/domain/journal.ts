import type { DeviceId } from './ids.js';
import type { RawMessage } from './message.js';

/** Names a journalled message; rises in order of arrival, over restarts too. */
export type JournalId = number;

export interface JournalEntry {
  readonly id: JournalId;
  readonly message: RawMessage;
}

/** A device's state at a point of its stream, plain: what a restart needs besides the messages still in the journal. */
export interface DeviceCheckpoint {
  readonly device: DeviceId;
  readonly state: unknown;
}

/** What changes together, or not at all. */
export interface JournalUpdate {
  /** Messages no longer needed. */
  readonly released: readonly JournalId[];
  readonly checkpoints: readonly DeviceCheckpoint[];
  /** Devices whose checkpoints are no longer needed. */
  readonly forgotten: readonly DeviceId[];
}

/** A message handed to the journal. */
export interface Appended {
  readonly id: JournalId;
  /** Resolves when the message is on the disk, however long that takes; rejects with `CLOSED` at the journal's end. */
  readonly kept: Promise<void>;
}

/**
 * Where messages wait until every window they touch is stored.
 *
 * A message is acknowledged to its sender only when it is kept here; what is still here after a crash is gone through
 * again. A second adapter may be a stream in a broker, where releasing is acknowledging.
 */
export interface Journal extends AsyncDisposable {
  append(message: RawMessage): Appended;
  /** Resolves when everything appended before the call is on the disk. */
  flushed(): Promise<void>;
  update(update: JournalUpdate): Promise<void>;
  /** Leaves no byte on the disk of what was released; entries must not be gone through meanwhile. */
  erase(): Promise<void>;
  /** What an earlier run left, in order of arrival. */
  entries(): Iterable<JournalEntry>;
  /** What an earlier run left. */
  checkpoints(): Iterable<DeviceCheckpoint>;
  /** Messages held. */
  readonly size: number;
  /** What keeps messages from being kept, while it is tried again; `undefined` when all is well. */
  readonly problem: string | undefined;
}
