import { deserialize, serialize } from 'node:v8';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import type { DeviceId } from '../domain/ids.js';
import type { Question } from '../gateway/peers.js';
import { GatewayError } from '../shared/errors.js';
import type { ClusterEvents } from './cluster-events.js';
import type { PartitionOf } from './partition.js';

interface QuestionParts {
  /** Name of this run of the gateway. */
  readonly gateway: string;
  readonly connection: NatsConnection;
  readonly partitions: number;
  readonly partitionOf: PartitionOf;
  /** Partitions that this gateway can answer for now. */
  readonly owned: () => readonly number[];
  /** Gateways that are there now, those without partitions too. */
  readonly present: () => readonly string[];
  readonly events: Pick<ClusterEvents, 'answerFailed'>;
}

interface Asked {
  readonly question: unknown;
  /** Only its owner is to answer; `undefined`: everybody is. */
  readonly partition: number | undefined;
}

interface Answered {
  readonly gateway: string;
  readonly partitions: readonly number[];
  readonly answer: unknown;
}

/** A question that each gateway can be asked to answer, also one that has no partition. */
interface ClusterQuestion<Q, A> extends Question<Q, A> {
  /** Waits until every gateway has answered that is there, and every partition's owner. */
  everybody(question: Q, withinMs: number): ReturnType<Question<Q, A>['all']>;
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
  open<Q, A>(name: string, answer: (question: Q) => A | Promise<A>): ClusterQuestion<Q, A> {
    const subject = `al.ask.${name}`;
    this.#subscriptions.push(
      this.#parts.connection.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) void this.#answer(message, answer);
        },
      }),
    );
    return {
      all: async (question, withinMs = ANSWERED_WITHIN_MS) =>
        await this.#askAll<A>(subject, question, withinMs),
      everybody: async (question, withinMs) =>
        await this.#askAll<A>(subject, question, withinMs, this.#parts.present()),
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

  /** @param gateways that must answer besides the owners of all partitions */
  async #askAll<A>(
    subject: string,
    question: unknown,
    withinMs: number,
    gateways: readonly string[] = [],
  ): Promise<{ readonly answers: readonly A[]; readonly isComplete: boolean }> {
    const missing = new Set<string | number>(gateways);
    for (let partition = 0; partition < this.#parts.partitions; partition += 1) missing.add(partition);
    const answers: A[] = [];
    for await (const answered of this.#ask<A>(subject, { question, partition: undefined }, withinMs)) {
      answers.push(answered.answer);
      for (const who of [answered.gateway, ...answered.partitions]) missing.delete(who);
      if (missing.size === 0) break;
    }
    return { answers, isComplete: missing.size === 0 };
  }

  async *#ask<A>(
    subject: string,
    asked: Asked,
    withinMs = ANSWERED_WITHIN_MS,
  ): AsyncGenerator<Answered & { readonly answer: A }> {
    const answers = await this.#parts.connection.requestMany(subject, serialize(asked), {
      strategy: 'timer',
      maxWait: withinMs,
    });
    // Gateways of one cluster read what they write.
    for await (const { data } of answers) yield deserialize(data) as Answered & { answer: A };
  }

  async #answer<Q>(message: Msg, answer: (question: Q) => unknown): Promise<void> {
    try {
      const { question, partition } = deserialize(message.data) as Asked & { readonly question: Q };
      const partitions = this.#parts.owned();
      if (partition !== undefined && !partitions.includes(partition)) return;
      const answered: Answered = {
        gateway: this.#parts.gateway,
        partitions,
        answer: await answer(question),
      };
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
