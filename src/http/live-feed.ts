import type { DeviceId } from '../domain/ids.js';
import type { Alert } from '../domain/notification.js';
import type { StatusUpdate } from '../domain/status.js';
import type { ApparelPoint, CompanyUpdate, StoredWindow } from '../domain/store.js';

/** What dashboards hear as it happens, over `GET /v1/events`. */
export type LiveEvent =
  | { readonly type: 'status'; readonly data: StatusUpdate }
  | { readonly type: 'window'; readonly data: StoredWindow }
  | { readonly type: 'apparel'; readonly data: ApparelPoint }
  | { readonly type: 'company'; readonly data: CompanyUpdate }
  | { readonly type: 'alert'; readonly data: Alert }
  | {
      readonly type: 'device';
      readonly data: { readonly id: DeviceId; readonly online: boolean; readonly atMs: number };
    };

/** A live event with its place in the order, for resuming. */
export interface NumberedEvent {
  /** Rises by one an event; starts again with each start of the gateway, in which case `epoch` differs. */
  readonly sequence: number;
  readonly event: LiveEvent;
}

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

interface LiveFeedOptions {
  /** Epoch milliseconds of the gateway's start. */
  readonly epoch: number;
  /** Events kept. */
  readonly capacityEvents: number;
  /** Number of the last event before the first. @defaultValue 0 */
  readonly afterSequence?: number;
}

/** A feed whose events may be numbered elsewhere. */
export interface NumberedLiveFeed extends LiveFeed {
  /** Takes an event with its number; nothing where an event with a higher one is there. */
  put(event: NumberedEvent): void;
}

export function createLiveFeed({
  epoch,
  capacityEvents,
  afterSequence: startsAfter = 0,
}: LiveFeedOptions): NumberedLiveFeed {
  const ring: (NumberedEvent | undefined)[] = [];
  const readers = new Set<() => void>();
  let lastSequence = startsAfter;

  const subscribe = (afterSequence: number, wake: () => void): LiveCursor => {
    let position = afterSequence;
    // A set holds each function once, but two readers may share one.
    const entry = (): void => wake();
    readers.add(entry);
    const hasGap = (): boolean => position < Math.max(startsAfter, lastSequence - capacityEvents);
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

  const put = (event: NumberedEvent): void => {
    if (event.sequence <= lastSequence) return;
    const firstMissing = Math.max(lastSequence + 1, event.sequence - capacityEvents + 1);
    for (let sequence = firstMissing; sequence < event.sequence; sequence += 1)
      ring[(sequence - 1) % capacityEvents] = undefined;
    ring[(event.sequence - 1) % capacityEvents] = event;
    lastSequence = event.sequence;
    for (const wake of readers) wake();
  };

  return {
    epoch,
    get lastSequence() {
      return lastSequence;
    },
    put,
    publish: (event) => put({ sequence: lastSequence + 1, event }),
    forget(isUnwanted) {
      for (const [index, entry] of ring.entries()) {
        if (entry !== undefined && isUnwanted(entry.event)) ring[index] = undefined;
      }
    },
    subscribe,
  };
}
