import type { MessageFormat, RawMessage, Repeat } from '../domain/message.js';
import type { Clock } from '../shared/clock.js';
import { isRetryable } from '../shared/errors.js';
import type { AckDecision, Deliver, SourceHooks, SourceRejection, TopicWatch } from './source.js';
import type { Subscription, TopicResolver } from './topics.js';

/** What every source of messages is told. */
export interface SourceOptions {
  /** Besides the built-in ones. */
  readonly subscriptions: readonly Subscription[];
  /** Topics that go to somebody else. */
  readonly watches?: readonly TopicWatch[] | undefined;
  readonly deliver: Deliver;
  readonly clock: Clock;
  readonly hooks?: SourceHooks | undefined;
  /** Largest topic and payload together; default 10,000,000. */
  readonly maxMessageBytes?: number | undefined;
  /**
   * What to do with a message that was not taken over: it was held too long, or `deliver` failed with a retryable
   * error. `redeliver` gives up the connection, so that the message comes again; `acknowledge`, the default, goes on
   * without it. A message that fails for good is acknowledged, since it would fail again.
   */
  readonly whenNotTaken?: AckDecision | undefined;
}

export interface ReceiverOptions extends Omit<SourceOptions, 'subscriptions' | 'hooks'> {
  readonly topics: TopicResolver;
  readonly hooks: SourceHooks;
}

/** A message as the broker hands it out. */
export interface IncomingMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly repeat?: Repeat | undefined;
}

/**
 * Hands one message over.
 *
 * @param maxHoldMs how long its verdict may be held back
 * @param settle called exactly once, at once for messages that are refused or taken without waiting
 */
export type Receive = (
  message: IncomingMessage,
  maxHoldMs: number,
  settle: (verdict: AckDecision) => void,
) => void;

/** What says nothing of its own time: kept by a broker, it would be seen again at every start. */
const DATED_BY_ARRIVAL: ReadonlySet<MessageFormat> = new Set(['frame', 'labels']);

/** Refuses the usual 10 MB test body, lets any camera frame pass. */
const DEFAULT_MAX_MESSAGE_BYTES = 10_000_000;

/** Creates what all sources do with a message: check it, address it, deliver it, and say when it may be acknowledged. */
export function createReceiver(options: ReceiverOptions): Receive {
  const { topics, clock, hooks, watches = [], maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES } = options;
  const hand = createHandover(options);
  return ({ topic, payload, repeat }, maxHoldMs, settle) => {
    const watch = watches.find((each) => each.topic === topic);
    if (watch !== undefined) {
      watch.onMessage(payload);
      settle('acknowledge');
      return;
    }
    const meaning = topics.resolve(topic);
    const tooLarge = topic.length + payload.byteLength > maxMessageBytes;
    const isStale =
      meaning.kind === 'message' && repeat === 'retained' && DATED_BY_ARRIVAL.has(meaning.format);
    if (tooLarge || isStale || meaning.kind === 'rejected') {
      const reason = meaning.kind === 'rejected' ? meaning.reason : isStale ? 'retained' : 'too-large';
      hooks.onRejected?.({ reason, topic, detail: detailOf(reason, maxMessageBytes) });
      settle('acknowledge');
      return;
    }
    const { format, device } = meaning;
    hand({ format, topic, device, payload, receivedAtMs: clock.nowMs(), repeat }, maxHoldMs, settle);
  };
}

function detailOf(reason: SourceRejection['reason'], maxMessageBytes: number): string {
  switch (reason) {
    case 'wrong-topic':
      return 'no subscription selects this topic; correct it on the phone or add a subscription';
    case 'bad-device':
      return 'the device’s name in the topic is not allowed';
    case 'too-large':
      return `larger than ${maxMessageBytes} bytes`;
    case 'retained':
      return 'pictures and labels are of the moment in which they are sent; publish them without retain';
  }
}

type Handover = (message: RawMessage, maxHoldMs: number, settle: (verdict: AckDecision) => void) => void;

function createHandover({ deliver, hooks, whenNotTaken = 'acknowledge' }: ReceiverOptions): Handover {
  const fail = (error: unknown, topic: string): AckDecision => {
    hooks.onDeliverFailed?.(error, topic);
    return isRetryable(error) ? whenNotTaken : 'acknowledge';
  };
  return (message, maxHoldMs, settle) => {
    let delivery: void | Promise<void>;
    try {
      delivery = deliver(message);
    } catch (error) {
      settle(fail(error, message.topic));
      return;
    }
    if (delivery === undefined) {
      settle('acknowledge');
      return;
    }
    let isSettled = false;
    const settleOnce = (verdict: AckDecision): void => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      settle(verdict);
    };
    const timer = setTimeout(() => {
      hooks.onHoldExceeded?.(message.topic);
      settleOnce(whenNotTaken);
    }, maxHoldMs).unref();
    delivery.then(
      () => settleOnce('acknowledge'),
      (error: unknown) => settleOnce(fail(error, message.topic)),
    );
  };
}

interface Entry {
  readonly acknowledge: () => void;
  readonly bytes: number;
  isSettled: boolean;
}

/**
 * Acknowledges messages in the order in which they came, whatever the order in which they are settled: MQTT-4.6.0-2.
 * Knows how much is not settled, so that the caller can stop taking more.
 */
export class AckOrder {
  readonly #entries: Entry[] = [];
  #bytes = 0;

  /** Messages that are not acknowledged yet. */
  get size(): number {
    return this.#entries.length;
  }

  /** Their payloads together. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Notes a message.
   *
   * @param acknowledge called once this message and all before it are settled
   * @returns settles the message; further calls do nothing
   */
  enter(bytes: number, acknowledge: () => void): () => void {
    const entry: Entry = { acknowledge, bytes, isSettled: false };
    this.#entries.push(entry);
    this.#bytes += bytes;
    return () => {
      entry.isSettled = true;
      this.#release();
    };
  }

  #release(): void {
    while (this.#entries[0]?.isSettled === true) {
      const entry = this.#entries.shift();
      this.#bytes -= entry?.bytes ?? 0;
      entry?.acknowledge();
    }
  }
}
