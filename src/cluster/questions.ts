import { deserialize, serialize } from 'node:v8';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import type { DeviceId } from '../domain/ids.js';
import type { Question } from '../gateway/peers.js';
import { GatewayError } from '../shared/errors.js';
import type { ClusterEvents } from './cluster-events.js';
import type { PartitionOf } from './partition.js';

interface QuestionParts {
  readonly connection: NatsConnection;
  readonly partitions: number;
  readonly partitionOf: PartitionOf;
  /** Partitions that this gateway can answer for now. */
  readonly owned: () => readonly number[];
  readonly events: Pick<ClusterEvents, 'answerFailed'>;
}

interface Asked {
  readonly question: unknown;
  /** Only its owner is to answer; `undefined`: everybody is. */
  readonly partition: number | undefined;
}

interface Answered {
  readonly partitions: readonly number[];
  readonly answer: unknown;
}

/** Longest that a gateway is waited for, milliseconds: it may be busy, and then its part is missing. */
const ANSWERED_WITHIN_MS = 1000;

/** What gateways ask of one another: each answers for the partitions that it owns. */
export class Questions implements Disposable {
  readonly #parts: QuestionParts;
  readonly #subscriptions: Subscription[] = [];

  constructor(parts: QuestionParts) {
    this.#parts = parts;
  }

  /** Lets others ask something of this gateway, and this one of all. */
  open<Q, A>(name: string, answer: (question: Q) => A | Promise<A>): Question<Q, A> {
    const subject = `al.ask.${name}`;
    this.#subscriptions.push(
      this.#parts.connection.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) void this.#answer(message, answer);
        },
      }),
    );
    return {
      all: async (question, withinMs = ANSWERED_WITHIN_MS) => {
        const missing = new Set(Array.from({ length: this.#parts.partitions }, (_, partition) => partition));
        const answers: A[] = [];
        for await (const answered of this.#ask<A>(subject, { question, partition: undefined }, withinMs)) {
          answers.push(answered.answer);
          for (const partition of answered.partitions) missing.delete(partition);
          if (missing.size === 0) break;
        }
        return { answers, isComplete: missing.size === 0 };
      },
      ownerOf: async (device, question) => {
        const partition = this.#parts.partitionOf(device);
        for await (const { answer: given } of this.#ask<A>(subject, { question, partition })) return given;
        throw withoutAnswer(device);
      },
    };
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  async *#ask<A>(
    subject: string,
    asked: Asked,
    withinMs = ANSWERED_WITHIN_MS,
  ): AsyncGenerator<{ partitions: readonly number[]; answer: A }> {
    const answers = await this.#parts.connection.requestMany(subject, serialize(asked), {
      strategy: 'timer',
      maxWait: withinMs,
    });
    // Gateways of one cluster read what they write.
    for await (const { data } of answers) yield deserialize(data) as { partitions: number[]; answer: A };
  }

  async #answer<Q>(message: Msg, answer: (question: Q) => unknown): Promise<void> {
    try {
      const { question, partition } = deserialize(message.data) as Asked & { readonly question: Q };
      const partitions = this.#parts.owned();
      if (partition !== undefined && !partitions.includes(partition)) return;
      const answered: Answered = { partitions, answer: await answer(question) };
      message.respond(serialize(answered));
    } catch (error) {
      this.#parts.events.answerFailed(message.subject, error);
    }
  }
}

function withoutAnswer(device: DeviceId): GatewayError {
  const words = `the gateway that has ${device} does not answer; try again when another has taken its place`;
  return new GatewayError('STORE_UNAVAILABLE', words, { retryable: true });
}
