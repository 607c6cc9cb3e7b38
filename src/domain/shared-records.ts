/** Records that all gateways of a cluster have the same, such as credentials, each by a key. */
export interface SharedRecords {
  /** What they are, in one word: `credentials`. */
  readonly name: string;
  /** Whether they are there again after a restart of this gateway. */
  readonly outliveRestart: boolean;
  /** Tells when something was changed here. */
  readonly changes$: { subscribe(onChange: () => void): { unsubscribe(): void } };
  /** As they are here. */
  all(): ReadonlyMap<string, unknown>;
  /** Takes over what was changed elsewhere, `undefined` for what is gone; what makes no sense here is left out. */
  take(changes: ReadonlyMap<string, unknown>): Promise<void>;
}
