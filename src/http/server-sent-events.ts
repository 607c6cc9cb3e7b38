import { Readable } from 'node:stream';
import type { LiveEvent, NumberedEvent } from '../domain/live-event.js';
import type { LiveFeed } from './live-feed.js';
import { formatEvent, formatHeartbeat, formatOpening, type StreamStart } from './live-frames.js';

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
