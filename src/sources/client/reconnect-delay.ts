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
