import type { DeviceId } from '../domain/ids.js';
import type { LiveEvent, NumberedEvent } from '../domain/live-event.js';
import type { LiveFeed } from './live-feed.js';

/** What clients of `GET /v1/events` may ask for by `types`. */
export const LIVE_EVENT_TYPES = [
  'status',
  'window',
  'apparel',
  'device',
  'alert',
] as const satisfies readonly LiveEvent['type'][];

/** Where a client's stream begins, and whether it must load everything anew first. */
export interface StreamStart {
  readonly afterSequence: number;
  /** Why what the client has cannot be continued; `undefined` when it can. */
  readonly reset: 'restarted' | 'too-old' | 'unknown-id' | undefined;
}

/** How long a browser waits before it connects again. */
const RETRY_MS = 2000;

const ID_PATTERN = /^(\d{1,15})-(\d{1,15})$/;

/**
 * Decides where to begin from a `Last-Event-ID` header: without one, with the next event.
 *
 * @param lastEventId `<epoch>-<sequence>` as this feed wrote it, or anything else
 */
export function resolveStart(lastEventId: string | undefined, feed: LiveFeed): StreamStart {
  const newest = feed.lastSequence;
  if (lastEventId === undefined || lastEventId === '') return { afterSequence: newest, reset: undefined };
  const [, epoch, sequence] = ID_PATTERN.exec(lastEventId) ?? [];
  const afterSequence = Number(sequence);
  if (epoch === undefined || (Number(epoch) === feed.epoch && afterSequence > newest)) {
    return { afterSequence: newest, reset: 'unknown-id' };
  }
  if (Number(epoch) !== feed.epoch) return { afterSequence: newest, reset: 'restarted' };
  return isKept(feed, afterSequence)
    ? { afterSequence, reset: undefined }
    : { afterSequence: newest, reset: 'too-old' };
}

/** First lines of a stream: sets the client's place even before the first event, and tells it to reload if it must. */
export function formatOpening(feed: LiveFeed, start: StreamStart): string {
  const id = `retry: ${RETRY_MS}\nid: ${feed.epoch}-${start.afterSequence}\n`;
  if (start.reset === undefined) return `${id}\n`;
  return `${id}event: reset\ndata: ${JSON.stringify({ reason: start.reset })}\n\n`;
}

export function formatEvent(epoch: number, { sequence, event }: NumberedEvent): string {
  return `id: ${epoch}-${sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`;
}

/**
 * A sign of life. It carries the place reached, without an event, so that a client whose filter matches little
 * does not fall behind the events kept.
 */
export function formatHeartbeat(epoch: number, sequence: number): string {
  return `: still here\nid: ${epoch}-${sequence}\n\n`;
}

export function deviceOf(event: LiveEvent): DeviceId {
  return event.type === 'device' ? event.data.id : event.data.device;
}

function isKept(feed: LiveFeed, afterSequence: number): boolean {
  const cursor = feed.subscribe(afterSequence, () => undefined);
  const { hasGap } = cursor;
  cursor.close();
  return !hasGap;
}
