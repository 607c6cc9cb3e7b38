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

export interface ReconnectDelayOptions {
  /** Before the first further attempt, milliseconds. */
  readonly initialMs: number;
  readonly maxMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * How long to wait before attempt number `attempt`, counted from 0: doubling up to a limit, and of that between half and
 * all by chance, so that many clients of a broker that comes back do not all come at once.
 */
export function reconnectDelayMs(attempt: number, options: ReconnectDelayOptions): number {
  const fullMs = Math.min(options.maxMs, options.initialMs * 2 ** attempt);
  return Math.round((fullMs / 2) * (1 + options.random()));
}
