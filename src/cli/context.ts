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

export interface ProgressLine {
  /**
   * Tells how far a phase is.
   *
   * @param done 0..1
   */
  update(phase: string, done: number, detail?: string): void;
}

/** Between two lines when the progress goes to a file. */
const LINE_EVERY_MS = 30_000;
/** Between two redraws on a terminal. */
const REDRAW_EVERY_MS = 200;
const BAR_CELLS = 24;
/** Moves the cursor up to the line before and clears it. */
const REDRAW = '\u001b[1A\u001b[2K';

/** Progress with the time left: a bar that is redrawn on a terminal, a line now and then elsewhere. */
export function createProgressLine(context: CliContext): ProgressLine {
  const everyMs = context.isTerminal ? REDRAW_EVERY_MS : LINE_EVERY_MS;
  let phaseNow: string | undefined;
  let startedMs = 0;
  let writtenMs = Number.NEGATIVE_INFINITY;
  return {
    update(phase, done, detail = '') {
      const nowMs = context.clock.nowMs();
      const isNew = phase !== phaseNow;
      if (isNew) {
        phaseNow = phase;
        startedMs = nowMs;
      }
      if (!isNew && done < 1 && nowMs - writtenMs < everyMs) return;
      writtenMs = nowMs;
      const left =
        done > 0 && nowMs > startedMs ? `, ${duration(((nowMs - startedMs) * (1 - done)) / done)} left` : '';
      const bar = context.isTerminal ? `${barOf(done)} ` : '';
      const line = `${phase}: ${bar}${Math.floor(done * 100)} %${left}${detail === '' ? '' : `, ${detail}`}`;
      context.note(context.isTerminal && !isNew ? `${REDRAW}${line}` : line);
    },
  };
}

function barOf(done: number): string {
  const full = Math.round(done * BAR_CELLS);
  return '█'.repeat(full) + '░'.repeat(BAR_CELLS - full);
}

function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
