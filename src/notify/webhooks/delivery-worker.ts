import type { SchedulerLike } from 'rxjs';
import type { Notification } from '../../domain/notification.js';
import type { DeliveryAttempt } from '../../domain/webhooks.js';
import type { Clock } from '../../shared/clock.js';
import { Alarm } from '../../shared/wake-up.js';
import type { DeliveryQueue, QueuedNotification } from './delivery-queue.js';
import { type EndpointRecord, secretsAt } from './endpoints.js';
import { type RetryDecision, type RetryOptions, retryVerdict } from './retry-policy.js';
import { type Answer, eventMessage, type Message, type Send, signedHeaders, testMessage } from './send.js';

export interface WorkerDependencies {
  readonly clock: Clock;
  readonly scheduler: SchedulerLike;
  readonly send: Send;
  readonly retry: RetryOptions;
  readonly queue: Pick<DeliveryQueue, 'head' | 'record'>;
  /** The endpoint as it is now. */
  readonly record: () => EndpointRecord;
  readonly onAttempted: (delivery: DeliveryAttempt) => void;
  /** The receiver answered 410. */
  readonly onGone: () => Promise<void>;
  /** The disk cannot be used; that is tried again. */
  readonly onFailed: (error: unknown) => void;
}

/** How far the event at the head of the queue has got. */
interface Progress {
  readonly eventId: string;
  readonly attempts: number;
  readonly notBeforeMs: number;
}

const DISK_RETRY_MS = 2000;
/** Clocks are set; so no single wait is longer. */
const LONGEST_WAIT_MS = 600_000;

/** Delivers what waits for one endpoint, one event after the other: the next one only when one is done with. */
export class EndpointWorker implements AsyncDisposable {
  readonly #dependencies: WorkerDependencies;
  readonly #alarm: Alarm;
  readonly #cut = new AbortController();
  readonly #running: Promise<void>;
  #progress: Progress | undefined;

  constructor(dependencies: WorkerDependencies) {
    this.#dependencies = dependencies;
    this.#alarm = new Alarm(dependencies.scheduler);
    this.#running = this.#run();
  }

  /** `undefined` while nothing waits for its time. */
  get nextAttemptMs(): number | undefined {
    const { notBeforeMs = 0 } = this.#progress ?? {};
    return notBeforeMs > 0 ? notBeforeMs : undefined;
  }

  /** There is something to look at. */
  wake(): void {
    this.#alarm.ring();
  }

  /** Whatever waits for its time is tried at once. */
  retryNow(): void {
    if (this.#progress !== undefined) this.#progress = { ...this.#progress, notBeforeMs: 0 };
    this.#alarm.ring();
  }

  /** Sends a test at once and once only; one that arrives ends the wait of what waits. */
  async test(id: string): Promise<DeliveryAttempt> {
    const nowMs = this.#dependencies.clock.nowMs();
    const { answer, durationMs } = await this.#post(testMessage(id, nowMs));
    const verdict = retryVerdict(answer, 1, { ...this.#dependencies.retry, retrySeconds: [] });
    const event = { eventId: id, type: 'webhook.test', device: undefined, eventAtMs: nowMs } as const;
    const result = resultOf(answer, verdict);
    const outcome = verdict.kind === 'delivered' ? 'delivered' : 'failed';
    const delivery = { ...event, ...result, outcome, attempt: 1, attemptedAtMs: nowMs, durationMs } as const;
    await this.#write(delivery, undefined);
    if (verdict.kind === 'delivered') this.retryNow();
    return delivery;
  }

  /** Cuts an attempt under way: its event is sent again by the next run. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#cut.abort();
    this.#alarm.ring();
    await this.#running;
  }

  get #isOver(): boolean {
    return this.#cut.signal.aborted;
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      await this.#guarded(async () => {
        const due = await this.#nextDue();
        if (due !== undefined) await this.#attempt(due);
      });
    }
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#isOver) return;
      this.#dependencies.onFailed(error);
      await this.#alarm.wait(DISK_RETRY_MS);
    }
  }

  /** What is to be sent now; `undefined` after a wait, when it is time to look again. */
  async #nextDue(): Promise<QueuedNotification | undefined> {
    const { queue, record, clock } = this.#dependencies;
    const head = record().disabled === undefined ? await queue.head() : undefined;
    if (head === undefined) {
      await this.#alarm.wait();
      return undefined;
    }
    if (this.#progress?.eventId !== head.notification.id) this.#progress = progressOf(head);
    const waitMs = this.#progress.notBeforeMs - clock.nowMs();
    if (waitMs <= 0) return head;
    await this.#alarm.wait(Math.min(waitMs, LONGEST_WAIT_MS));
    return undefined;
  }

  async #attempt({ entry, notification }: QueuedNotification): Promise<void> {
    const attempt = (this.#progress?.attempts ?? 0) + 1;
    const attemptedAtMs = this.#dependencies.clock.nowMs();
    const { answer, durationMs } = await this.#post(eventMessage(notification));
    if (this.#isOver) return;
    const verdict = retryVerdict(answer, attempt, this.#dependencies.retry);
    const { id: eventId, type, device, atMs: eventAtMs } = notification;
    const nextAttemptMs =
      verdict.kind === 'retry' ? this.#dependencies.clock.nowMs() + verdict.afterMs : undefined;
    this.#progress =
      verdict.kind === 'retry' ? { eventId, attempts: attempt, notBeforeMs: nextAttemptMs ?? 0 } : undefined;
    const event = { eventId, type, device, eventAtMs, attempt, attemptedAtMs, durationMs };
    const delivery = { ...event, ...resultOf(answer, verdict), nextAttemptMs };
    const isDone = verdict.kind === 'delivered' || verdict.kind === 'given-up';
    await this.#write(delivery, notification, isDone ? entry : undefined);
    if (verdict.kind === 'disabled') await this.#dependencies.onGone();
  }

  async #write(
    delivery: DeliveryAttempt,
    notification: Notification | undefined,
    done?: number,
  ): Promise<void> {
    this.#dependencies.onAttempted(delivery);
    await this.#dependencies.queue.record({ delivery, notification }, done);
  }

  async #post(message: Message): Promise<{ answer: Answer; durationMs: number }> {
    const { clock, record, send } = this.#dependencies;
    const nowMs = clock.nowMs();
    const endpoint = record();
    const headers = signedHeaders(message, secretsAt(endpoint, nowMs), nowMs);
    const posting = { url: new URL(endpoint.url), headers, body: message.body };
    const answer = await send(posting, this.#cut.signal);
    return { answer, durationMs: Math.max(0, clock.nowMs() - nowMs) };
  }
}

/** Goes on where the attempt before has left off. */
function progressOf({ notification: { id: eventId }, before }: QueuedNotification): Progress {
  if (before?.outcome !== 'failed') return { eventId, attempts: 0, notBeforeMs: 0 };
  return { eventId, attempts: before.attempt, notBeforeMs: before.nextAttemptMs ?? 0 };
}

function resultOf(
  answer: Answer,
  verdict: RetryDecision,
): Pick<DeliveryAttempt, 'outcome' | 'status' | 'detail' | 'nextAttemptMs'> {
  return {
    outcome: verdict.kind === 'retry' ? 'failed' : verdict.kind,
    status: answer.kind === 'answered' ? answer.status : undefined,
    detail: verdict.kind === 'delivered' ? '' : verdict.detail,
    nextAttemptMs: undefined,
  };
}
