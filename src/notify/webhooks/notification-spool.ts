import type { SchedulerLike } from 'rxjs';
import type { Notification } from '../../domain/notification.js';
import { Alarm } from '../../shared/wake-up.js';

interface NotificationSpoolOptions {
  readonly scheduler: SchedulerLike;
  /** Puts notifications of one endpoint on the disk. */
  readonly keep: (endpoint: string, notifications: readonly Notification[]) => Promise<void>;
  /** They could not be put on the disk; that is tried again. */
  readonly onFailed: (error: unknown) => void;
  /** Too many wait for the disk. */
  readonly onDropped: (notifications: number) => void;
}

interface Gathered {
  readonly endpoint: string;
  readonly notification: Notification;
}

const MAX_GATHERED = 10_000;
const RETRY_MS = 1000;

/** Notifications on their way to the disk, in their order; while one write is under way the next ones gather. */
export class NotificationSpool implements AsyncDisposable {
  readonly #options: NotificationSpoolOptions;
  readonly #alarm: Alarm;
  #gathered: Gathered[] = [];
  #keeping: Promise<void> | undefined;
  #isOver = false;

  constructor(options: NotificationSpoolOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.scheduler);
  }

  /** Whether something is not on the disk yet. */
  get isPending(): boolean {
    return this.#keeping !== undefined;
  }

  add(endpoint: string, notification: Notification): void {
    this.#gathered.push({ endpoint, notification });
    if (this.#gathered.length > MAX_GATHERED) {
      this.#gathered.shift();
      this.#options.onDropped(1);
    }
    this.#keeping ??= this.#keepAll();
  }

  /** Lets go of what is not on the disk yet of a device, or of an endpoint. */
  drop(isUnwanted: (endpoint: string, notification: Notification) => boolean): void {
    this.#gathered = this.#gathered.filter(
      ({ endpoint, notification }) => !isUnwanted(endpoint, notification),
    );
  }

  /** Resolves when nothing is pending any more. */
  async flush(): Promise<void> {
    await this.#keeping;
  }

  /** Tries what is left once more and ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#alarm.ring();
    await this.#keeping;
  }

  async #keepAll(): Promise<void> {
    // Lets what is said in one turn go together.
    await Promise.resolve();
    while (this.#gathered.length > 0) {
      const batch = this.#gathered.splice(0);
      const left = await this.#keep(batch);
      this.#gathered = [...left, ...this.#gathered];
      if (left.length === 0) continue;
      if (this.#isOver) break;
      await this.#alarm.wait(RETRY_MS);
    }
    this.#keeping = undefined;
  }

  /** @returns what could not be kept */
  async #keep(batch: readonly Gathered[]): Promise<readonly Gathered[]> {
    const endpoints = new Map<string, Notification[]>();
    for (const { endpoint, notification } of batch) {
      endpoints.set(endpoint, [...(endpoints.get(endpoint) ?? []), notification]);
    }
    const failed = new Set<string>();
    await Promise.all(
      Array.from(endpoints, async ([endpoint, notifications]) => {
        try {
          await this.#options.keep(endpoint, notifications);
        } catch (error) {
          failed.add(endpoint);
          this.#options.onFailed(error);
        }
      }),
    );
    return batch.filter(({ endpoint }) => failed.has(endpoint));
  }
}

/** Ids seen lately, up to a limit; the longest unseen goes first. */
export class RecentIds {
  readonly #ids = new Set<string>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** @returns whether it is new */
  add(id: string): boolean {
    const isNew = !this.#ids.delete(id);
    this.#ids.add(id);
    for (const oldest of this.#ids) {
      if (this.#ids.size <= this.#capacity) break;
      this.#ids.delete(oldest);
    }
    return isNew;
  }
}
