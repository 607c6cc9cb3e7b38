import { CommanderError } from 'commander';
import type { Clock } from '../shared/clock.js';
import { GatewayError, messageOf, systemWords } from '../shared/errors.js';

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

/** What a command's end means for the shell: 0 done, 1 failed, 2 wrongly used or configured. */
export function exitCodeOf(error: unknown): { readonly code: number; readonly message: string } {
  // Commander has printed its message, and `--help` and `--version` are no failures.
  if (error instanceof CommanderError) return { code: error.exitCode === 0 ? 0 : 2, message: '' };
  if (error instanceof GatewayError) {
    const isUsage = error.code === 'USAGE' || error.code === 'CONFIG_INVALID';
    return { code: isUsage ? 2 : 1, message: `alongside: ${inWords(error)}` };
  }
  const words = systemWords(error);
  if (words !== undefined) return { code: 1, message: `alongside: ${placeOf(error)}${words}` };
  const stack = error instanceof Error ? error.stack : undefined;
  return { code: 1, message: `alongside: unexpected error: ${stack ?? messageOf(error)}` };
}

/** The message, with words for what the operating system said. */
function inWords({ message, cause }: GatewayError): string {
  const words = systemWords(cause);
  const said = messageOf(cause);
  if (words === undefined || message.includes(words)) return message;
  if (said === '' || !message.includes(said)) return `${message}${words}`;
  // What quotes another message of ours keeps what that one says of the place.
  return message.replace(said, cause instanceof GatewayError ? inWords(cause) : words);
}

/** The path or address that an error of the operating system is about. */
function placeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('path' in error && typeof error.path === 'string') return `${error.path}: `;
  const host = 'address' in error ? error.address : 'hostname' in error ? error.hostname : undefined;
  if (typeof host !== 'string') return '';
  return 'port' in error ? `${host}, port ${error.port}: ` : `${host}: `;
}

/** Resolves when a signal is aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
