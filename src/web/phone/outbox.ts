/** JSON, or CBOR. */
export type Payload = string | Uint8Array;

/** A message that waits to be acknowledged. */
export interface OutboxEntry {
  /** Rises with every message. */
  readonly key: number;
  readonly topic: string;
  readonly payload: Payload;
}

/** Where messages wait, in the order in which they were made. */
export interface Outbox {
  /** @returns how many of the oldest had to go to make room */
  add(topic: string, payload: Payload): Promise<number>;
  /** The oldest after a key, at most so many. */
  after(key: number, limit: number): Promise<readonly OutboxEntry[]>;
  remove(key: number): Promise<void>;
  count(): Promise<number>;
  clear(): Promise<void>;
}

/** Resolves when the broker has acknowledged a message; rejects when the connection ended before that. */
export type Publish = (topic: string, payload: Payload) => Promise<void>;

/** Messages under way at once: enough to catch up quickly, few enough to send again. */
const MOST_IN_FLIGHT = 8;

/**
 * Sends what waits, oldest first, and forgets a message only when it was acknowledged. A connection that ends leaves
 * everything unacknowledged to the next one, in the same order; the gateway knows messages it had already by their numbers.
 */
export class Delivery {
  readonly #outbox: Outbox;
  readonly #onChanged: () => void;
  #publish: Publish | undefined;
  #generation = 0;
  #lastKey = Number.NEGATIVE_INFINITY;
  #inFlight = 0;
  #pumping = false;
  #wanted = false;

  /** @param onChanged called whenever the number of waiting messages may have changed */
  constructor(outbox: Outbox, onChanged: () => void) {
    this.#outbox = outbox;
    this.#onChanged = onChanged;
  }

  /** A connection is there. */
  connect(publish: Publish): void {
    this.#generation += 1;
    this.#publish = publish;
    this.#lastKey = Number.NEGATIVE_INFINITY;
    this.#inFlight = 0;
    void this.pump();
  }

  /** It is gone. */
  disconnect(): void {
    this.#generation += 1;
    this.#publish = undefined;
  }

  /** Sends what can be sent; call it when something was added. */
  async pump(): Promise<void> {
    this.#wanted = true;
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#wanted) {
        this.#wanted = false;
        await this.#sendSome();
      }
    } finally {
      this.#pumping = false;
    }
  }

  async #sendSome(): Promise<void> {
    const generation = this.#generation;
    const room = MOST_IN_FLIGHT - this.#inFlight;
    if (this.#publish === undefined || room <= 0) return;
    const entries = await this.#outbox.after(this.#lastKey, room);
    if (generation !== this.#generation || this.#publish === undefined) return;
    for (const entry of entries) {
      this.#lastKey = entry.key;
      this.#inFlight += 1;
      void this.#send(entry, this.#publish, generation);
    }
  }

  async #send({ key, topic, payload }: OutboxEntry, publish: Publish, generation: number): Promise<void> {
    try {
      await publish(topic, payload);
    } catch {
      // The connection ended; the message waits for the next one.
      return;
    }
    await this.#outbox.remove(key);
    this.#onChanged();
    if (generation !== this.#generation) return;
    this.#inFlight -= 1;
    await this.pump();
  }
}
