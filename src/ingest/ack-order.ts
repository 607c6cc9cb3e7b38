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
