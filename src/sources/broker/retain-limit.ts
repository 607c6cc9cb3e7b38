/** Bounds what clients can make a broker retain. */
export class RetainLimit {
  readonly #maxTopics: number;
  readonly #maxBytes: number;
  readonly #topics = new Set<string>();

  /** @param maxBytes topic and payload of one message */
  constructor(maxTopics: number, maxBytes: number) {
    this.#maxTopics = maxTopics;
    this.#maxBytes = maxBytes;
  }

  /** Whether a message may be retained; an empty one ends the retention of its topic. */
  admit(topic: string, bytes: number): boolean {
    if (bytes === 0) {
      this.#topics.delete(topic);
      return true;
    }
    if (topic.length + bytes > this.#maxBytes) return false;
    if (!this.#topics.has(topic) && this.#topics.size >= this.#maxTopics) return false;
    this.#topics.add(topic);
    return true;
  }
}
