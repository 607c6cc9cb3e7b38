/** What must be closed, in reverse order of opening; one that fails does not keep the others open. */
export class Closers implements AsyncDisposable {
  readonly #closers: (() => PromiseLike<void> | void)[] = [];

  /** Takes note of something open and returns it. */
  add<T extends AsyncDisposable>(resource: T): T {
    this.#closers.push(() => resource[Symbol.asyncDispose]());
    return resource;
  }

  /** Takes note of something to be done at closing. */
  defer(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  /** @throws the first error that a closer threw, after all have been called */
  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.#closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
