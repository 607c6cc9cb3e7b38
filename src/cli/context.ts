import type { Clock } from '../clock.js';

/** What a command may touch of its process; `main` builds the real one, tests their own. */
export interface CliContext {
  /** Writes one line to standard output: results. */
  readonly print: (line: string) => void;
  /** Writes one line to standard error: progress and warnings. */
  readonly note: (line: string) => void;
  /** Whether standard error is a terminal, so that progress may redraw its line. */
  readonly isTerminal: boolean;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}
