import { deserialize, serialize } from 'node:v8';
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import type { IngestResult } from '../http/dependencies.js';
import { atMost } from '../shared/lifetime.js';

/** A pushed message whose owner is listened for. */
export interface AwaitedVerdict extends Disposable {
  /** Where the owner is to say it. */
  readonly subject: string;
  /** What it says; `undefined` when it has said nothing in so long. */
  within(limitMs: number): Promise<IngestResult | undefined>;
}

/** What the owners of partitions say of messages that were pushed at this gateway, for those who wait for it. */
export class Verdicts implements Disposable {
  readonly #prefix: string;
  readonly #subscription: Subscription;
  readonly #waiting = new Map<string, (verdict: IngestResult) => void>();
  #messages = 0;

  /** @param gateway name of this run of the gateway: no other has it */
  constructor(connection: NatsConnection, gateway: string) {
    this.#prefix = `al.verdict.${gateway}.`;
    this.#subscription = connection.subscribe(`${this.#prefix}*`, {
      callback: (error, { subject, data }) => {
        // Gateways of one cluster read what they write.
        if (error === null) this.#waiting.get(subject)?.(deserialize(data) as IngestResult);
      },
    });
  }

  /** Listens from now on. */
  listen(): AwaitedVerdict {
    this.#messages += 1;
    const subject = `${this.#prefix}${this.#messages}`;
    const verdict = new Promise<IngestResult>((resolve) => {
      this.#waiting.set(subject, resolve);
    });
    return {
      subject,
      within: (limitMs) => atMost(limitMs, verdict),
      [Symbol.dispose]: () => void this.#waiting.delete(subject),
    };
  }

  [Symbol.dispose](): void {
    this.#subscription.unsubscribe();
  }
}

/** The owner's side: tells the door what became of a message. */
export function sayVerdict(connection: NatsConnection, subject: string, verdict: IngestResult): void {
  if (!connection.isClosed()) connection.publish(subject, serialize(verdict));
}
