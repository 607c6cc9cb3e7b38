export interface Backoff {
  /** Wait after the first failure, milliseconds, before jitter. */
  readonly initialMs: number;
  /** Longest wait, milliseconds. */
  readonly maxMs: number;
}

/**
 * How long to wait after failures in a row: doubling, bounded, and anywhere in the upper half of that, so that those who
 * failed together do not come back together.
 *
 * @param failures in a row, at least 1
 * @param random gives numbers in `[0, 1)`
 */
export function backoffMs(failures: number, backoff: Backoff, random: () => number): number {
  const wholeMs = Math.min(backoff.maxMs, backoff.initialMs * 2 ** (failures - 1));
  return wholeMs * (0.5 + random() / 2);
}
