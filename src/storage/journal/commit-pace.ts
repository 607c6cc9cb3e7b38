import type { DeviceId } from '../../domain/ids.js';

/**
 * While many send, a commit waits this long for more to go with it, milliseconds, and once more as long while they come one by
 * one: acknowledgements wait, windows do not. At 100 phones 10 commits a second in place of 18 (tests/bench/NOTES.md).
 */
const GATHER_MS = 50;
/** With so many changes a commit waits for no more than flows anyway, so that a flood goes on as fast as the disk takes it. */
const ENOUGH_CHANGES = 16;
/** What flows brings at least one change in such a time, milliseconds. */
const FLOW_MS = 5;
/** Of messages of 22 kB so many fit in a `RecordPage`. */
const MOST_CHANGES = 40;

/**
 * When a commit leaves: it costs nearly the same for one message as for many. Who sends one after the other is not kept
 * waiting, and neither is a broker that sends only so many ahead of their acknowledgements: it is silent then.
 */
export class CommitPace {
  #changes = 0;
  #lastChangeMs = 0;
  /** The last commit took more than one change, or one of another device than the commit before. */
  #areMany = false;
  #lastSender: DeviceId | undefined;
  #areSendersMany = false;
  #onEnough: () => void = () => undefined;

  /** @param sender whose message it is; `undefined` for what is no message of a device */
  changed(sender: DeviceId | undefined): void {
    this.#changes += 1;
    this.#lastChangeMs = performance.now();
    if (this.#changes >= ENOUGH_CHANGES) this.#onEnough();
    if (sender === undefined) return;
    this.#areSendersMany ||= this.#lastSender !== undefined && this.#lastSender !== sender;
    this.#lastSender = sender;
  }

  /** Resolves when what has come should be committed. */
  async due(): Promise<void> {
    if (this.#areMany) await this.#gather();
    this.#areMany = this.#changes > 1 || this.#areSendersMany;
    this.#areSendersMany = false;
    this.#changes = 0;
  }

  async #gather(): Promise<void> {
    const startedMs = performance.now();
    await this.#enoughWithin(GATHER_MS);
    if (this.#lastChangeMs > startedMs + GATHER_MS / 2) await this.#enoughWithin(GATHER_MS);
    let before = 0;
    while (this.#isFlowing(before, startedMs)) {
      before = this.#changes;
      await new Promise((resolve) => setTimeout(resolve, FLOW_MS));
    }
  }

  /** @param before changes that there were a moment ago */
  #isFlowing(before: number, startedMs: number): boolean {
    const areMore = this.#changes > before;
    const isTimeLeft = performance.now() < startedMs + 2 * GATHER_MS;
    return areMore && isTimeLeft && this.#changes >= ENOUGH_CHANGES && this.#changes < MOST_CHANGES;
  }

  async #enoughWithin(limitMs: number): Promise<void> {
    if (this.#changes >= ENOUGH_CHANGES) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#onEnough = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
