import type { Observable } from 'rxjs';

/** Names an entry within its queue; rises in the order of appending, over restarts too. */
export type EntryId = number;

export interface OutboxEntry {
  readonly id: EntryId;
  /** When it was appended, epoch milliseconds. */
  readonly atMs: number;
  readonly payload: Uint8Array;
}

/** How much to look at. */
export interface PeekLimit {
  readonly entries: number;
  /** Most bytes of payload; one entry is given however large it is. @defaultValue no limit */
  readonly bytes?: number;
  /** From which end. @defaultValue oldest */
  readonly from?: 'oldest' | 'newest';
}

export interface Peeked {
  /** In order from the end that was asked for. */
  readonly entries: readonly OutboxEntry[];
  /** Entries that the disk does not give back as they were written; they are to be settled as well. */
  readonly damaged: readonly EntryId[];
}

/** What a queue holds on the disk. */
export interface QueueSize {
  readonly entries: number;
  /** Of payload, and a fixed amount an entry for what the disk needs besides. */
  readonly bytes: number;
  /** When the oldest entry was appended, epoch milliseconds; `undefined` when there is none. */
  readonly oldestAtMs: number | undefined;
}

/** What a queue may hold; beyond it the oldest entries go. */
export interface QueueLimits {
  readonly maxBytes: number;
  /** Entries appended before this go, epoch milliseconds. */
  readonly keepFromMs: number;
}

/** How many entries went for reaching which limit. */
export interface Trimmed {
  readonly tooOld: number;
  readonly tooMuch: number;
}

/**
 * Queues of entries that wait on the disk, each under the name of its destination, until they have been delivered.
 *
 * Every call fails with a retryable `OUTBOX_UNAVAILABLE` while the disk cannot be used; nothing of that call may be
 * assumed to be kept, and the next call tries the disk again.
 */
export interface Outbox extends AsyncDisposable {
  /**
   * Adds entries behind all others of a queue; resolves when they are on the disk. Calls that follow one another without
   * waiting, to whatever queues, are kept together or not at all.
   */
  append(queue: string, payloads: readonly Uint8Array[], nowMs: number): Promise<void>;
  /** The oldest or newest entries of a queue, still in it. */
  peek(queue: string, limit: PeekLimit): Promise<Peeked>;
  /** Removes entries; those that are gone already are none of its business. */
  settle(queue: string, ids: readonly EntryId[]): Promise<void>;
  /** Removes the oldest entries beyond the limits, a few thousand a call at most, and tells how many. */
  trim(queue: string, limits: QueueLimits): Promise<Trimmed>;
  /**
   * Removes the entries of a queue whose payload is unwanted, and writes the file again, so that no byte is left of them
   * nor of what was settled before.
   *
   * @param onRemoved told in the same turn in which so many entries have gone
   */
  purge(
    queue: string,
    isUnwanted: (payload: Uint8Array) => boolean,
    onRemoved: (entries: number) => void,
  ): Promise<void>;
  /** Whether a queue holds an entry whose payload is wanted. */
  has(queue: string, isWanted: (payload: Uint8Array) => boolean): Promise<boolean>;
  /** What a queue holds; nothing as long as the folder has not been opened. */
  size(queue: string): QueueSize;
  /** Queues that hold something; none as long as the folder has not been opened. */
  names(): readonly string[];
  /** Opens the folder if it is not open yet. */
  open(): Promise<void>;
  /** Emits in the same turn in which sizes are known, or are known again, because the folder has been opened. */
  readonly opened$: Observable<void>;
}
