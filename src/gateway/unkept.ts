/** What was found out and is on its way to a disk. */
export interface Unkept {
  readonly isPending: boolean;
  /** Resolves when what was pending at the call is on the disk. */
  flush(): Promise<void>;
}

/** Several as one, flushed in their order. */
export function unkeptBy(parts: readonly Unkept[]): Unkept {
  return {
    get isPending() {
      return parts.some((part) => part.isPending);
    },
    flush: async () => {
      for (const part of parts) if (part.isPending) await part.flush();
    },
  };
}
