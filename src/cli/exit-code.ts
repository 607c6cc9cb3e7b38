import { CommanderError } from 'commander';
import { GatewayError, messageOf } from '../errors.js';

/** What a command's end means for the shell: 0 done, 1 failed, 2 wrongly used or configured. */
export function exitCodeOf(error: unknown): { readonly code: number; readonly message: string } {
  // Commander has printed its message, and `--help` and `--version` are no failures.
  if (error instanceof CommanderError) return { code: error.exitCode === 0 ? 0 : 2, message: '' };
  if (error instanceof GatewayError) {
    const isUsage = error.code === 'USAGE' || error.code === 'CONFIG_INVALID';
    return { code: isUsage ? 2 : 1, message: `alongside: ${error.message}` };
  }
  const stack = error instanceof Error ? error.stack : undefined;
  return { code: 1, message: `alongside: unexpected error: ${stack ?? messageOf(error)}` };
}
