import { setTimeout as sleep } from 'node:timers/promises';
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { createLiveFeed, type LiveEvent, type LiveFeed, type NumberedLiveFeed } from '../http/live-feed.js';
import { deviceOf } from '../http/server-sent-events.js';
import type { ClusterEvents } from './cluster-events.js';
import { LIVE_STREAM, liveSubject } from './cluster-streams.js';
import { escapeName } from './partition.js';
import { followStream } from './read-stream.js';

interface SharedLiveFeedParts {
  readonly log: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly capacityEvents: number;
  readonly events: Pick<ClusterEvents, 'liveEventsLost'>;
}

const RETRY_MS = 250;
/** Times that an event is sent before it is given up: what is live is of no use later. */
const MOST_TRIES = 20;
/** Longest that a start waits for the events that there are, milliseconds. */
const CAUGHT_UP_WITHIN_MS = 2000;
const LOOK_MS = 10;

/**
 * Events of all gateways: each sends what it finds out to one stream and reads them all from there, so their numbers and their
 * order are the same everywhere, and a client may go on at another gateway.
 */
export class SharedLiveFeed implements LiveFeed, AsyncDisposable {
  readonly #parts: SharedLiveFeedParts;
  readonly #ring: NumberedLiveFeed;
  readonly #closing = new AbortController();
  #waiting: LiveEvent[] = [];
  #sending: Promise<void> | undefined;
  #reading: Promise<void>;

  private constructor(parts: SharedLiveFeedParts, ring: NumberedLiveFeed) {
    this.#parts = parts;
    this.#ring = ring;
    this.#reading = this.#read();
  }

  static async open(parts: SharedLiveFeedParts): Promise<SharedLiveFeed> {
    const { created, state } = await parts.manager.streams.info(LIVE_STREAM);
    const ring = createLiveFeed({
      epoch: Date.parse(created),
      capacityEvents: parts.capacityEvents,
      afterSequence: Math.max(0, state.first_seq - 1),
    });
    const feed = new SharedLiveFeed(parts, ring);
    if (state.messages > 0) await feed.#caughtUp(state.last_seq);
    return feed;
  }

  get epoch(): number {
    return this.#ring.epoch;
  }

  get lastSequence(): number {
    return this.#ring.lastSequence;
  }

  publish(event: LiveEvent): void {
    this.#waiting.push(event);
    if (this.#waiting.length > this.#parts.capacityEvents) this.#waiting.shift();
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  forget(isUnwanted: (event: LiveEvent) => boolean): void {
    this.#waiting = this.#waiting.filter((event) => !isUnwanted(event));
    this.#ring.forget(isUnwanted);
  }

  subscribe: LiveFeed['subscribe'] = (afterSequence, wake) => this.#ring.subscribe(afterSequence, wake);

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#sending;
    await this.#reading;
  }

  /** Ids that clients have from other gateways must be known, or they would have to begin again. */
  async #caughtUp(sequence: number): Promise<void> {
    const deadlineMs = performance.now() + CAUGHT_UP_WITHIN_MS;
    while (this.#ring.lastSequence < sequence && performance.now() < deadlineMs) await sleep(LOOK_MS);
  }

  /** What could not be sent goes before what came later, so that nothing of a device is told out of order. */
  async #send(): Promise<void> {
    let failures = 0;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      const sent = await Promise.all(batch.map((event) => this.#sendOne(event)));
      const failed = batch.filter((_, index) => sent[index] !== true);
      failures = failed.length === 0 ? 0 : failures + 1;
      if (failures === 0) continue;
      if (failures >= MOST_TRIES || this.#closing.signal.aborted) {
        this.#parts.events.liveEventsLost(failed.length);
        failures = 0;
        continue;
      }
      this.#waiting = [...failed, ...this.#waiting];
      await sleep(RETRY_MS, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    }
  }

  async #sendOne(event: LiveEvent): Promise<boolean> {
    const subject = liveSubject(event.type, escapeName(deviceOf(event)));
    return await this.#parts.log.publish(subject, JSON.stringify(event), { retries: 0 }).then(
      () => true,
      () => false,
    );
  }

  #read(): Promise<void> {
    const { log } = this.#parts;
    const range = { stream: LIVE_STREAM, from: this.#ring.lastSequence + 1 };
    return followStream(log, range, this.#closing.signal, ({ seq, data }) => {
      // Written by a gateway of the same cluster.
      this.#ring.put({ sequence: seq, event: JSON.parse(Buffer.from(data).toString()) as LiveEvent });
    });
  }
}
