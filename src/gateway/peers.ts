import type { Config } from '../config/schema.js';
import type { Erasable, ForgetReport } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import type { SharedRecords } from '../domain/shared-records.js';
import { createLiveFeed, type LiveFeed } from '../http/live-feed.js';
import type { MessageSource } from '../ingest/source.js';
import type { StatusPublisher } from '../notify/mqtt-status.js';
import type { DeliveryQueues, QueueHooks } from '../notify/webhooks/delivery-queue.js';
import type { Clock } from '../shared/clock.js';
import type { Closers } from '../shared/lifetime.js';
import { type DataPath, type DataPathDependencies, startDataPath } from './data-path.js';

/** Something that gateways ask of one another. */
export interface Question<Q, A> {
  /** What each says, this one too; not complete where somebody who would have to answer is missing. */
  all(
    question: Q,
    withinMs?: number,
  ): Promise<{ readonly answers: readonly A[]; readonly isComplete: boolean }>;
  /**
   * What the gateway says that has a device.
   *
   * @throws GatewayError `STORE_UNAVAILABLE` (retryable) when it does not answer
   */
  ownerOf(device: DeviceId, question: Q): Promise<A>;
}

/** How a gateway erases what it alone has of a device. */
export interface OwnErasing {
  readonly nowMs: () => number;
  /** Lets a device connect no more. */
  shutOut(device: DeviceId): Promise<void>;
  forget(device: DeviceId): Promise<ForgetReport>;
  holds(device: DeviceId): Promise<boolean>;
  /** The same of what was left when this gateway was away; of a device of that name that came back meanwhile others have the rest. */
  forgetLeft(device: DeviceId): Promise<void>;
}

/** What there is of devices outside of a gateway. */
export interface ErasedElsewhere {
  /** To be erased before what the gateway has itself: what leads to more. */
  readonly before: readonly Erasable[];
  /** To be erased after it: what may have come of that meanwhile. */
  readonly after: readonly Erasable[];
}

/** The other gateways of a cluster, as far as the parts of one have to do with them. */
export interface Peers {
  /** The clock that all gateways go by. */
  readonly clock: Clock;
  /** Events of all gateways, in one order. */
  readonly liveFeed: LiveFeed;
  /** Keeps records the same here and there from now on; resolves when what others have is here. */
  share(records: SharedRecords): Promise<void>;
  /**
   * Resolves when the others can know everything that was changed here.
   *
   * @throws GatewayError `STORE_UNAVAILABLE` (retryable)
   */
  settled(): Promise<void>;
  /** Lets others ask something of this gateway, and this one of all. */
  question<Q, A>(name: string, answer: (question: Q) => A | Promise<A>): Question<Q, A>;
  /** Publishes at the brokers of all. @param own the broker of this gateway */
  publisher(own: StatusPublisher): Promise<StatusPublisher>;
  /** Keeps the client of an external broker connected, at one gateway at a time. @param to the broker, and the client there */
  bridge(to: string, connect: () => MessageSource): MessageSource;
  /** Where events wait for webhooks of all; `undefined`: on the disk of this gateway. */
  readonly queues: ((hooks: QueueHooks) => DeliveryQueues) | undefined;
  /** What there is of devices elsewhere; from now on others may ask this gateway to erase what it has. */
  forgetting(own: OwnErasing): Promise<ErasedElsewhere>;
  /** Whether what one gateway does for all is to be done by this one now. */
  isFirst(): boolean;
  /** Starts the way of messages to results. */
  startPath(config: Config, dependencies: DataPathDependencies, closers: Closers): Promise<DataPath>;
}

/** Events kept for live clients that come back. */
export const LIVE_EVENTS_KEPT = 20_000;

/** Of a gateway that works by itself. */
export function withoutPeers(clock: Clock): Peers {
  return {
    clock,
    liveFeed: createLiveFeed({ epoch: clock.nowMs(), capacityEvents: LIVE_EVENTS_KEPT }),
    share: () => Promise.resolve(),
    settled: () => Promise.resolve(),
    question: (_name, answer) => ({
      all: async (question) => ({ answers: [await answer(question)], isComplete: true }),
      ownerOf: async (_device, question) => await answer(question),
    }),
    publisher: (own) => Promise.resolve(own),
    bridge: (_to, connect) => connect(),
    queues: undefined,
    forgetting: () => Promise.resolve({ before: [], after: [] }),
    isFirst: () => true,
    startPath: startDataPath,
  };
}
