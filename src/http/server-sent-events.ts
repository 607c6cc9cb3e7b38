import { Readable } from 'node:stream';
import type { DeviceId } from '../domain/ids.js';
import type { LiveEvent, LiveFeed, NumberedEvent } from './live-feed.js';

/** What clients of `GET /v1/events` may ask for by `types`. */
export const LIVE_EVENT_TYPES = [
  'status',
  'window',
  'apparel',
  'device',
  'alert',
  'company',
] as const satisfies readonly LiveEvent['type'][];

/** Where a client's stream begins, and whether it must load everything again first. */
interface StreamStart {
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

/** Whether an event tells anything of a device. */
export function tellsOf(device: DeviceId, event: LiveEvent): boolean {
  return deviceOf(event) === device || (event.type === 'company' && event.data.with === device);
}

function isKept(feed: LiveFeed, afterSequence: number): boolean {
  const cursor = feed.subscribe(afterSequence, () => undefined);
  const { hasGap } = cursor;
  cursor.close();
  return !hasGap;
}

/** Of one stream; said here, since the default differs between versions of Node.js. */
const STREAM_BUFFER_BYTES = 16 * 1024;

export interface LiveStreamOptions {
  readonly feed: LiveFeed;
  readonly start: StreamStart;
  readonly matches: (event: LiveEvent) => boolean;
  readonly heartbeatMs: number;
  /** Text of an event; shared by all streams, so that an event is written once. */
  readonly encode: (event: NumberedEvent) => Buffer;
  /** The client fell behind the events kept; its stream is destroyed. */
  readonly onTooSlow: () => void;
}

/** One client's answer to `GET /v1/events`. */
export interface LiveStream {
  readonly body: Readable;
  /** Ends the answer in order, after what is already in the stream buffer. */
  end(): void;
}

/**
 * Opens a stream of what is published from now on, and of what the client missed.
 *
 * It takes events from the feed only as fast as the client reads, so what waits for a slow client is its place in
 * the feed plus one stream buffer (16 KiB), however much is published.
 */
export function createLiveStream(options: LiveStreamOptions): LiveStream {
  const { feed, start, matches, heartbeatMs, encode, onTooSlow } = options;
  let isWanted = false;
  let hasEnded = false;
  let position = start.afterSequence;

  const pump = (): void => {
    if (cursor.hasGap && !hasEnded) {
      onTooSlow();
      body.destroy();
      return;
    }
    while (isWanted && !hasEnded) {
      const next = cursor.next();
      if (next === undefined) return;
      position = next.sequence;
      if (matches(next.event)) isWanted = body.push(encode(next));
    }
  };
  const cursor = feed.subscribe(start.afterSequence, pump);
  const heartbeat = setInterval(() => {
    if (isWanted && !hasEnded) isWanted = body.push(formatHeartbeat(feed.epoch, position));
  }, heartbeatMs);
  const body = new Readable({
    highWaterMark: STREAM_BUFFER_BYTES,
    read() {
      isWanted = true;
      pump();
    },
    destroy(error, done) {
      clearInterval(heartbeat);
      cursor.close();
      done(error);
    },
  });
  body.push(formatOpening(feed, start));
  const end = (): void => {
    hasEnded = true;
    body.push(null);
  };
  return { body, end };
}

/** Writes each event once, however many streams carry it; forgets it with the event. */
export function createEventEncoder(epoch: number): (event: NumberedEvent) => Buffer {
  const written = new WeakMap<NumberedEvent, Buffer>();
  return (event) => {
    const known = written.get(event);
    if (known !== undefined) return known;
    const bytes = Buffer.from(formatEvent(epoch, event));
    written.set(event, bytes);
    return bytes;
  };
}
