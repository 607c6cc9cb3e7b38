import { setTimeout as sleep } from 'node:timers/promises';
import { isRetryable } from '../shared/errors.js';

/** The connection to a broker, as far as retained messages need it. */
export interface RetainedPublisher {
  publish(topic: string, payload: string, options: { readonly retain: true; readonly qos: 1 }): Promise<void>;
}

export interface RetainedQueueOptions {
  readonly publisher: RetainedPublisher;
  readonly onFailed: (error: unknown) => void;
  /** Wait after a failure, milliseconds. @defaultValue 1_000 */
  readonly retryMs?: number;
}

/** What brokers shall retain, one message after the other; of a topic that waits only the latest is published. */
export class RetainedQueue implements AsyncDisposable {
  readonly #options: RetainedQueueOptions;
  readonly #waiting = new Map<string, string>();
  readonly #over = new AbortController();
  #publishing: Promise<void> | undefined;

  constructor(options: RetainedQueueOptions) {
    this.#options = options;
  }

  /** Whether what is set is still published. */
  get isOpen(): boolean {
    return !this.#over.signal.aborted;
  }

  /** @param payload empty: nothing is retained any more */
  set(topic: string, payload: string): void {
    if (this.#over.signal.aborted) return;
    this.#waiting.set(topic, payload);
    this.#publishing ??= this.#publishAll().finally(() => {
      this.#publishing = undefined;
    });
  }

  /** Resolves when nothing waits. */
  async flush(): Promise<void> {
    while (this.#publishing !== undefined) await this.#publishing;
  }

  /** Lets go of what waits. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    this.#waiting.clear();
    await this.#publishing;
  }

  async #publishAll(): Promise<void> {
    // Lets what is said in one turn gather.
    await Promise.resolve();
    for (let next = this.#next(); next !== undefined; next = this.#next()) await this.#publish(next);
  }

  #next(): readonly [topic: string, payload: string] | undefined {
    for (const entry of this.#waiting) return entry;
    return undefined;
  }

  async #publish([topic, payload]: readonly [string, string]): Promise<void> {
    this.#waiting.delete(topic);
    try {
      await this.#options.publisher.publish(topic, payload, { retain: true, qos: 1 });
    } catch (error) {
      if (this.#over.signal.aborted) return;
      this.#options.onFailed(error);
      if (!isRetryable(error)) return;
      if (!this.#waiting.has(topic)) this.#waiting.set(topic, payload);
      const { retryMs = 1000 } = this.#options;
      await sleep(retryMs, undefined, { signal: this.#over.signal }).catch(() => undefined);
    }
  }
}
