import type { LiveEvent, NumberedEvent } from '../domain/live-event.js';

/** One reader's place in the feed. */
export interface LiveCursor {
  /** Events after the last one read are no longer kept; what `next` would give from here on is not complete. */
  readonly hasGap: boolean;
  /** The next event; `undefined` when there is none yet, or after a gap. */
  next(): NumberedEvent | undefined;
  close(): void;
}

/**
 * The latest events, for live clients.
 *
 * Publishing never waits: readers take events at their own pace from one ring, and a reader that falls further behind
 * than the ring is long finds a gap. So a slow reader costs no memory.
 */
export interface LiveFeed {
  /** Names this run of the gateway: sequence numbers of another epoch mean nothing here. */
  readonly epoch: number;
  /** Number of the newest event; 0 before the first. */
  readonly lastSequence: number;
  publish(event: LiveEvent): void;
  /** Takes out events that are kept; their numbers stay taken. */
  forget(isUnwanted: (event: LiveEvent) => boolean): void;
  /**
   * @param afterSequence the last event the reader has
   * @param wake called after each new event
   */
  subscribe(afterSequence: number, wake: () => void): LiveCursor;
}

export interface LiveFeedOptions {
  /** Epoch milliseconds of the gateway's start. */
  readonly epoch: number;
  /** Events kept. */
  readonly capacityEvents: number;
}

export function createLiveFeed({ epoch, capacityEvents }: LiveFeedOptions): LiveFeed {
  const ring: (NumberedEvent | undefined)[] = [];
  const readers = new Set<() => void>();
  let lastSequence = 0;

  const subscribe = (afterSequence: number, wake: () => void): LiveCursor => {
    let position = afterSequence;
    // A set holds each function once, but two readers may share one.
    const entry = (): void => wake();
    readers.add(entry);
    const hasGap = (): boolean => position < lastSequence - ring.length;
    return {
      get hasGap() {
        return hasGap();
      },
      next() {
        if (hasGap()) return undefined;
        while (position < lastSequence) {
          const event = ring[position % capacityEvents];
          position += 1;
          if (event !== undefined) return event;
        }
        return undefined;
      },
      close: () => void readers.delete(entry),
    };
  };

  return {
    epoch,
    get lastSequence() {
      return lastSequence;
    },
    publish(event) {
      ring[lastSequence % capacityEvents] = { sequence: lastSequence + 1, event };
      lastSequence += 1;
      for (const wake of readers) wake();
    },
    forget(isUnwanted) {
      for (const [index, entry] of ring.entries()) {
        if (entry !== undefined && isUnwanted(entry.event)) ring[index] = undefined;
      }
    },
    subscribe,
  };
}
