import { setTimeout as sleep } from 'node:timers/promises';
import type { DeviceId } from '../domain/ids.js';
import type { DeliveryAttempt } from '../domain/webhooks.js';
import {
  decodeAttempt,
  encodeAttempt,
  type LoggedAttempt,
  tellsOf,
} from '../notify/webhooks/delivery-queue.js';
import { ATTEMPTS_KEPT, ATTEMPTS_STREAM, attemptSubject } from './cluster-streams.js';
import type { SharedMemory } from './connect-nats.js';
import { readStream } from './read-stream.js';

const RETRY_MS = 2000;

/** What became of the events of one endpoint, whichever gateway has sent them. */
export class AttemptLog {
  readonly #memory: Pick<SharedMemory, 'log' | 'manager' | 'connection'>;
  readonly #subject: string;

  constructor(memory: Pick<SharedMemory, 'log' | 'manager' | 'connection'>, endpoint: string) {
    this.#memory = memory;
    this.#subject = attemptSubject(endpoint);
  }

  /** Tries until NATS has it: an event that was sent and not written down would be sent again. */
  async write(attempt: LoggedAttempt, signal: AbortSignal): Promise<void> {
    const { eventId, attemptedAtMs } = attempt.delivery;
    const options = { msgID: `${eventId}/${attemptedAtMs}`, retries: 0 };
    for (;;) {
      const [writing] = await Promise.allSettled([
        this.#memory.log.publish(this.#subject, encodeAttempt(attempt), options),
      ]);
      if (writing.status === 'fulfilled' || signal.aborted) return;
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Oldest first. */
  async read(): Promise<LoggedAttempt[]> {
    return (await this.#entries()).map(({ attempt }) => attempt);
  }

  async newest(): Promise<DeliveryAttempt | undefined> {
    const { streams } = this.#memory.manager;
    const newest = await streams.getMessage(ATTEMPTS_STREAM, { last_by_subj: this.#subject });
    return newest === null ? undefined : decodeAttempt(newest.data)?.delivery;
  }

  /** Hears of attempts as any gateway makes them. */
  follow(onAttempt: (attempt: DeliveryAttempt) => void): Disposable {
    const subscription = this.#memory.connection.subscribe(this.#subject, {
      callback: (error, { data }) => {
        const attempt = error === null ? decodeAttempt(data) : undefined;
        if (attempt !== undefined) onAttempt(attempt.delivery);
      },
    });
    return { [Symbol.dispose]: () => subscription.unsubscribe() };
  }

  async forget(device: DeviceId): Promise<void> {
    for (const { sequence, attempt } of await this.#entries())
      if (isOf(device, attempt))
        // Another gateway may have removed it.
        await this.#memory.manager.streams.deleteMessage(ATTEMPTS_STREAM, sequence).catch(() => false);
  }

  async holds(device: DeviceId): Promise<boolean> {
    return (await this.read()).some((attempt) => isOf(device, attempt));
  }

  async #entries(): Promise<{ readonly sequence: number; readonly attempt: LoggedAttempt }[]> {
    const range = { stream: ATTEMPTS_STREAM, filters: [this.#subject], from: 1, limit: ATTEMPTS_KEPT };
    return (await readStream(this.#memory, range)).flatMap(({ seq: sequence, data }) => {
      const attempt = decodeAttempt(data);
      return attempt === undefined ? [] : [{ sequence, attempt }];
    });
  }
}

function isOf(device: DeviceId, { notification }: LoggedAttempt): boolean {
  return notification !== undefined && tellsOf(device, notification);
}
