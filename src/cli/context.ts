import type { Clock } from '../shared/clock.js';
import { GatewayError } from '../shared/errors.js';

/** What a command may touch of its process; `main` builds the real one, tests their own. */
export interface CliContext {
  /** Writes one line to standard output: results. */
  readonly print: (line: string) => void;
  /** Writes one line to standard error: progress and warnings. */
  readonly note: (line: string) => void;
  /** Whether standard error is a terminal, so that progress may redraw its line. */
  readonly isTerminal: boolean;
  /** Asks a yes-or-no question; `undefined` where nobody can answer: standard input is no terminal. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

export interface ConfirmFlags {
  readonly yes?: boolean;
}

/** Of every command that removes something. */
export const YES_OPTION = [
  '--yes',
  'do not ask first; nobody is asked where standard input is no terminal',
] as const;

/**
 * Asks the person at a terminal before something is removed.
 *
 * @throws GatewayError `INPUT_REFUSED` when the answer is no
 */
export async function confirm(
  { ask }: Pick<CliContext, 'ask'>,
  { yes }: ConfirmFlags,
  question: string,
): Promise<void> {
  if (yes === true || ask === undefined || (await ask(question))) return;
  throw new GatewayError('INPUT_REFUSED', 'nothing was changed');
}
