/** Tells sources to slow down while anything downstream has too much to do. */
export class Backpressure {
  readonly #reasons = new Set<string>();
  #whenReleased: Promise<void> | undefined;
  #release: () => void = () => undefined;

  get isOn(): boolean {
    return this.#reasons.size > 0;
  }

  /** Why it is on, for people. */
  get reasons(): readonly string[] {
    return [...this.#reasons];
  }

  /** Turns it on for a reason, or takes that reason back. */
  set(reason: string, isTooMuch: boolean): void {
    if (isTooMuch) this.#reasons.add(reason);
    else this.#reasons.delete(reason);
    if (this.isOn || this.#whenReleased === undefined) return;
    this.#whenReleased = undefined;
    this.#release();
  }

  /** Resolves when sources need not slow down any more; `undefined` when they need not now. */
  whenReleased(): Promise<void> | undefined {
    if (!this.isOn) return undefined;
    this.#whenReleased ??= new Promise((resolve) => {
      this.#release = resolve;
    });
    return this.#whenReleased;
  }
}
