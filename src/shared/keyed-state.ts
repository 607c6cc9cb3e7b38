/**
 * State by key that is forgotten once its key has been idle, so that a stream of ever new keys cannot fill memory.
 *
 * Plain and without timers: the caller says what time it is.
 */
export class KeyedState<K, S> {
  readonly #create: (key: K) => S;
  readonly #entries = new Map<K, { state: S; usedAtMs: number }>();

  constructor(create: (key: K) => S) {
    this.#create = create;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The key's state, made if there is none, and noted as used now. */
  use(key: K, nowMs: number): S {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.usedAtMs = nowMs;
      return known.state;
    }
    const state = this.#create(key);
    this.#entries.set(key, { state, usedAtMs: nowMs });
    return state;
  }

  /** The key's state, if there is one, without counting as use. */
  peek(key: K): S | undefined {
    return this.#entries.get(key)?.state;
  }

  delete(key: K): void {
    this.#entries.delete(key);
  }

  /** Forgets and returns what has not been used for `idleMs`. */
  evict(nowMs: number, idleMs: number): { key: K; state: S }[] {
    const evicted: { key: K; state: S }[] = [];
    for (const [key, { state, usedAtMs }] of this.#entries) {
      if (nowMs - usedAtMs < idleMs) continue;
      this.#entries.delete(key);
      evicted.push({ key, state });
    }
    return evicted;
  }

  *entries(): IterableIterator<[K, S]> {
    for (const [key, { state }] of this.#entries) yield [key, state];
  }
}
