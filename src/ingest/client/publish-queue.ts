import { GatewayError, messageOf } from '../../shared/errors.js';
import type { OutgoingMessage } from '../source.js';

export interface PublishQueueOptions {
  /** Messages that wait or are on their way, at most. */
  readonly maxMessages: number;
  /** Messages handed to `send` that it has not answered, at most. */
  readonly maxInFlight: number;
  /** Resolves when the broker has the message. */
  readonly send: (message: OutgoingMessage) => Promise<void>;
}

interface Entry {
  message: OutgoingMessage;
  /** Callers that wait for this message or for one that it replaced. */
  readonly waiters: { resolve(): void; reject(error: GatewayError): void }[];
}

/**
 * Messages to publish: kept in order while there is no connection, bounded, and of retained ones only the newest of a
 * topic, since a broker keeps no other.
 */
export class PublishQueue {
  readonly #options: PublishQueueOptions;
  #waiting: Entry[] = [];
  readonly #inFlight = new Set<Entry>();
  #isOnline = false;
  #isClosed = false;

  constructor(options: PublishQueueOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.length + this.#inFlight.size;
  }

  /**
   * Adds a message; resolves when it, or a newer one that replaced it, was sent.
   *
   * @throws GatewayError `QUEUE_FULL`, `CLOSED`, or `SOURCE_FAILED` when the broker refused the message
   */
  add(message: OutgoingMessage): Promise<void> {
    if (this.#isClosed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      const older = message.retain ? this.#waitingRetained(message.topic) : undefined;
      if (older !== undefined) {
        older.message = message;
        older.waiters.push({ resolve, reject });
      } else if (this.size < this.#options.maxMessages) {
        this.#waiting.push({ message, waiters: [{ resolve, reject }] });
        this.#pump();
      } else {
        reject(fullError(this.#options.maxMessages));
      }
    });
  }

  /** Says whether messages can be sent at the moment. */
  setOnline(isOnline: boolean): void {
    this.#isOnline = isOnline;
    this.#pump();
  }

  /** Gives up on every message that was not sent. */
  close(): void {
    this.#isClosed = true;
    for (const entry of [...this.#waiting, ...this.#inFlight]) rejectAll(entry, closedError());
    this.#waiting = [];
    this.#inFlight.clear();
  }

  #waitingRetained(topic: string): Entry | undefined {
    return this.#waiting.find(({ message }) => message.retain && message.topic === topic);
  }

  #pump(): void {
    while (this.#isOnline && this.#inFlight.size < this.#options.maxInFlight) {
      const entry = this.#waiting.shift();
      if (entry === undefined) return;
      this.#inFlight.add(entry);
      this.#options.send(entry.message).then(
        () => this.#finish(entry, () => resolveAll(entry)),
        (error: unknown) => this.#finish(entry, () => rejectAll(entry, refusedError(entry, error))),
      );
    }
  }

  #finish(entry: Entry, settle: () => void): void {
    this.#inFlight.delete(entry);
    settle();
    this.#pump();
  }
}

function resolveAll({ waiters }: Entry): void {
  for (const waiter of waiters) waiter.resolve();
}

function rejectAll({ waiters }: Entry, error: GatewayError): void {
  for (const waiter of waiters) waiter.reject(error);
}

function closedError(): GatewayError {
  return new GatewayError('CLOSED', 'the MQTT source was closed before the message was published');
}

function fullError(maxMessages: number): GatewayError {
  return new GatewayError('QUEUE_FULL', `${maxMessages} MQTT messages already wait to be published`, {
    retryable: true,
  });
}

function refusedError({ message }: Entry, error: unknown): GatewayError {
  const text = `the broker did not take the message for ${message.topic}: ${messageOf(error)}`;
  return new GatewayError('SOURCE_FAILED', text, { cause: error });
}
