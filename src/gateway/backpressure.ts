/** Tells sources to slow down while anything downstream has too much to do. */
export class FlowGate {
  readonly #reasons = new Set<string>();
  #whenOpen: Promise<void> | undefined;
  #open: () => void = () => undefined;

  get isOpen(): boolean {
    return this.#reasons.size === 0;
  }

  /** Why it is closed, for people. */
  get reasons(): readonly string[] {
    return [...this.#reasons];
  }

  /** Closes the gate for a reason, or takes that reason back. */
  set(reason: string, isTooMuch: boolean): void {
    if (isTooMuch) this.#reasons.add(reason);
    else this.#reasons.delete(reason);
    if (!this.isOpen || this.#whenOpen === undefined) return;
    this.#whenOpen = undefined;
    this.#open();
  }

  /** Resolves when the gate is open; `undefined` when it is open already. */
  whenOpen(): Promise<void> | undefined {
    if (this.isOpen) return undefined;
    this.#whenOpen ??= new Promise((resolve) => {
      this.#open = resolve;
    });
    return this.#whenOpen;
  }
}
