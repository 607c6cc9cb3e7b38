/** A place in the order of one key, held until its outcome is known. */
export interface Slot<T> {
  readonly key: string;
  outcome: T | undefined;
}

/** Lets outcomes out in the order in which their places were taken, key by key; keys do not wait for one another. */
export class OutcomeOrder<T> {
  readonly #emit: (outcome: T) => void;
  readonly #queues = new Map<string, Slot<T>[]>();
  #pending = 0;

  constructor(emit: (outcome: T) => void) {
    this.#emit = emit;
  }

  /** Places whose outcome has not been let out. */
  get pending(): number {
    return this.#pending;
  }

  /** Takes the next place of a key. */
  take(key: string): Slot<T> {
    const slot: Slot<T> = { key, outcome: undefined };
    const queue = this.#queues.get(key);
    if (queue === undefined) this.#queues.set(key, [slot]);
    else queue.push(slot);
    this.#pending += 1;
    return slot;
  }

  /** Fills a place, and lets out what it held back. */
  settle(slot: Slot<T>, outcome: T): void {
    slot.outcome = outcome;
    const queue = this.#queues.get(slot.key) ?? [];
    let first = queue[0];
    while (first?.outcome !== undefined) {
      queue.shift();
      this.#pending -= 1;
      this.#emit(first.outcome);
      first = queue[0];
    }
    if (queue.length === 0) this.#queues.delete(slot.key);
  }
}
